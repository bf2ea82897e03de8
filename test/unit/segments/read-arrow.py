"""Prints every n-th row of an Arrow IPC file as JSON: python read-arrow.py FILE STEP."""
import json
import sys

import pyarrow as pa


def printed(value):
    if isinstance(value, list):
        return [printed(element) for element in value]
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, int):
        return str(value)
    return value


def column(table, field):
    values = table.column(field.name)
    if pa.types.is_timestamp(field.type):
        values = values.cast(pa.int64())
    return {
        "type": str(field.type),
        "druidType": field.metadata[b"druid.type"].decode(),
        "nullCount": values.null_count,
        "values": [printed(values[i].as_py()) for i in range(0, table.num_rows, int(sys.argv[2]))],
    }


reader = pa.ipc.open_file(sys.argv[1])
batches = [reader.get_batch(i) for i in range(reader.num_record_batches)]
for batch in batches:
    batch.validate(full=True)
table = pa.Table.from_batches(batches)
print(
    json.dumps(
        {
            "batches": [batch.num_rows for batch in batches],
            "columns": {field.name: column(table, field) for field in table.schema},
        }
    )
)
