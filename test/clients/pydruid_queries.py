"""Asks typical queries by pydruid: its query builders, its DB-API. Prints the answers as JSON by name.

usage: python pydruid_queries.py BASE_URL
"""

import json
import sys
from urllib.parse import urlsplit

from pydruid.client import PyDruid
from pydruid.db import connect
from pydruid.utils.aggregators import count, doublesum, filtered, longmax, longmin, longsum
from pydruid.utils.dimensions import DimensionSpec, RegisteredLookupExtraction
from pydruid.utils.filters import Dimension, Filter
from pydruid.utils.having import Aggregation
from pydruid.utils.postaggregator import Field

base = sys.argv[1]
DAY = "2015-09-12/2015-09-13"
rows = {"rows": count("rows")}
common = {"datasource": "wikipedia", "intervals": DAY, "granularity": "all"}
client = PyDruid(base, "druid/v2/")
answers = {}


def counted(filter_):
    return client.timeseries(**common, aggregations=rows, filter=filter_)[0]["result"]["rows"]


total = client.timeseries(
    **common,
    aggregations={"rows": count("rows"), "added": longsum("added"), "low": longmin("delta"), "high": longmax("delta")},
    post_aggregations={"mean": Field("added") / Field("rows")},
)[0]["result"]
answers["total"] = [total["rows"], total["added"]]
answers["extremes"] = [total["low"], total["high"]]
answers["mean"] = total["mean"]

hourly = client.timeseries(**{**common, "granularity": "hour"}, aggregations=rows)
answers["hourly"] = [[row["timestamp"], row["result"]["rows"]] for row in hourly]

top = client.topn(**common, dimension="channel", metric="rows", threshold=5, aggregations=rows)
answers["topChannels"] = [[row["channel"], row["rows"]] for row in top[0]["result"]]

flags = client.groupby(**common, dimensions=["isRobot", "isNew"], aggregations=rows)
answers["flags"] = [[row["event"]["isRobot"], row["event"]["isNew"], row["event"]["rows"]] for row in flags]

large = client.groupby(**common, dimensions=["channel"], aggregations=rows, having=Aggregation("rows") > 1000)
answers["largeChannels"] = [[row["event"]["channel"], row["event"]["rows"]] for row in large]

answers["humansInEnglish"] = counted((Dimension("channel") == "#en.wikipedia") & ~(Dimension("isRobot") == "true"))
answers["germanOrFrench"] = counted(Filter(type="in", dimension="channel", values=["#de.wikipedia", "#fr.wikipedia"]))
answers["pagesWithA"] = counted(Filter(type="regex", dimension="page", pattern="^A"))
answers["noCountry"] = counted(Dimension("countryName") == None)  # noqa: E711

robots = client.timeseries(
    **common, aggregations={"rows": filtered(Dimension("isRobot") == "true", count("rows")), "sum": doublesum("added")}
)
answers["robots"] = robots[0]["result"]["rows"]

named = client.groupby(
    **common,
    dimensions=[DimensionSpec("channel", "name", extraction_function=RegisteredLookupExtraction("chan"))],
    aggregations=rows,
)
answers["namedChannels"] = [[row["event"]["name"], row["event"]["rows"]] for row in named if row["event"]["name"]]

boundary = client.time_boundary(datasource="wikipedia")[0]["result"]
answers["timeBoundary"] = [boundary["minTime"], boundary["maxTime"]]

metadata = client.segment_metadata(datasource="wikipedia", intervals=DAY, merge=True)
answers["numRows"] = metadata[0]["numRows"]

scanned = client.scan(**common, limit=3, columns=["__time", "page"], filter=Dimension("channel") == "#hi.wikipedia")
answers["scanned"] = sum(len(batch["events"]) for batch in scanned)

at = urlsplit(base)
connection = connect(host=at.hostname, port=at.port, path="/druid/v2/sql/", scheme="http")
cursor = connection.cursor()
cursor.execute("SELECT channel, COUNT(*) FROM wikipedia WHERE isRobot = %(robot)s GROUP BY 1 ORDER BY 2 DESC LIMIT 3", {"robot": "true"})
answers["sqlRobots"] = [list(row) for row in cursor.fetchall()]
cursor.execute("SELECT COLUMN_NAME FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_NAME = 'wikipedia' AND DATA_TYPE = 'BIGINT' ORDER BY 1")
answers["sqlColumns"] = [row[0] for row in cursor.fetchall()]

try:
    client.timeseries(**{**common, "datasource": "wikipedia"}, aggregations={"x": {"type": "nope"}})
    answers["error"] = "none"
except IOError as error:
    answers["error"] = "nope" in str(error)

print(json.dumps(answers))
