"""Child process: ClickHouse (chdb) behind lines of JSON. Usage: python chdb_peer.py <session directory>"""
import json
import sys
import time

import chdb
from chdb.session import Session

TYPES = {"integer": "UInt32", "double": "Float64", "word": "LowCardinality(String)", "date": "Date", "text": "String"}

session = Session(sys.argv[1])
threads = 1


def load(source, columns):
    """A MergeTree table of one part, sorted by time, as segments are."""
    session.query("CREATE DATABASE IF NOT EXISTS bench ENGINE = Atomic")
    if int(session.query("SELECT count() FROM system.tables WHERE database = 'bench' AND name = 'lineitem'", "TSV").data()) == 0:
        stored = ", ".join(f"{name} {TYPES[kind]}" for name, kind in columns)
        session.query(f"CREATE TABLE bench.loading ({stored}) ENGINE = MergeTree ORDER BY l_shipdate")
        names = ", ".join(name for name, _ in columns)
        session.query(
            f"INSERT INTO bench.loading SELECT {names} FROM file('{source}', 'CSV', '{stored}, end_ String') "
            "SETTINGS format_csv_delimiter = '|', format_csv_allow_double_quotes = 0, format_csv_allow_single_quotes = 0"
        )
        session.query("OPTIMIZE TABLE bench.loading FINAL")
        session.query("RENAME TABLE bench.loading TO bench.lineitem")
    session.query("USE bench")
    return {"version": f"{chdb.__version__} (ClickHouse {chdb.engine_version})"}


def query(sql, values):
    settings = (
        f" SETTINGS max_threads = {threads}, use_uncompressed_cache = 0, use_query_cache = 0, use_query_condition_cache = 0,"
        " output_format_json_quote_64bit_integers = 0"
    )
    started_at = time.perf_counter()
    answer = session.query(sql + settings, "JSONCompact")
    ms = (time.perf_counter() - started_at) * 1000
    return {"ms": ms, "rows": json.loads(answer.data())["data"]} if values else {"ms": ms}


for line in sys.stdin:
    request = json.loads(line)
    try:
        if "load" in request:
            reply = load(request["load"], request["columns"])
        elif "threads" in request:
            threads = request["threads"]
            reply = {}
        else:
            reply = query(request["sql"], request["values"])
    except Exception as error:  # the parent decides what an error means
        reply = {"error": str(error)}
    sys.stdout.write(json.dumps(reply) + "\n")
    sys.stdout.flush()
