import type * as Arrow from 'apache-arrow';
import { parseJson } from '../../common/json-read.js';
import type { OutputColumn } from '../../sql/planned-statement.js';
import type { SqlType } from '../../sql/types/sql-type.js';
import type { Table, TableColumn } from '../../vectors/table.js';
import { type SqlCellOptions, sqlCellText } from './sql-cell.js';
import type { SqlResult } from './sql-rows.js';

type ArrowModule = typeof Arrow;

/** @source https://arrow.apache.org/docs/format/Columnar.html#format-ipc */
export const ARROW_STREAM = 'application/vnd.apache.arrow.stream';

/**
 * An answer as an Arrow IPC stream, a record batch a table: BIGINT as int64, DOUBLE as float64, FLOAT as float32, BOOLEAN as bool, TIMESTAMP and DATE as
 * milliseconds in UTC, arrays as lists, everything else as UTF-8 text as JSON answers have it.
 */
export async function* encodeArrowRows(
  { columns, batches }: SqlResult,
  options: SqlCellOptions,
): AsyncGenerator<Uint8Array> {
  const arrow = await import('apache-arrow');
  const schema = new arrow.Schema(
    columns.map(({ name, sqlType }) => new arrow.Field(name, typeOf(arrow, sqlType), true)),
  );
  const { writer, taken } = chunkWriter(arrow);
  let isEmpty = true;
  for await (const table of batches) {
    isEmpty = false;
    writer.write(recordBatch(arrow, schema, columns, table, options));
    yield* taken();
  }
  if (isEmpty) writer.write(recordBatch(arrow, schema, columns, NO_ROWS, options));
  writer.finish();
  yield* taken();
}

const NO_ROWS: Table = { numRows: 0, names: [], columns: [] };

/** A writer whose bytes are taken after each write, so that no batch waits in memory for its reader. */
function chunkWriter(arrow: ArrowModule): {
  readonly writer: Arrow.RecordBatchStreamWriter;
  readonly taken: () => readonly Uint8Array[];
} {
  const chunks: Uint8Array[] = [];
  class ChunkWriter extends arrow.RecordBatchStreamWriter {
    protected override _write(chunk: ArrayBufferView): this {
      if (chunk.byteLength > 0) {
        chunks.push(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength).slice());
        // oxlint-disable-next-line no-underscore-dangle -- the writer pads by it
        this._position += chunk.byteLength;
      }
      return this;
    }
  }
  return { writer: new ChunkWriter(), taken: () => chunks.splice(0) };
}

function typeOf(arrow: ArrowModule, { name, element }: SqlType): Arrow.DataType {
  switch (name) {
    case 'BOOLEAN':
      return new arrow.Bool();
    case 'TINYINT':
    case 'SMALLINT':
    case 'INTEGER':
    case 'BIGINT':
      return new arrow.Int64();
    case 'FLOAT':
      return new arrow.Float32();
    case 'REAL':
    case 'DOUBLE':
    case 'DECIMAL':
      return new arrow.Float64();
    case 'TIMESTAMP':
    case 'DATE':
    case 'TIME':
      return new arrow.TimestampMillisecond('UTC');
    case 'ARRAY':
      return new arrow.List(
        new arrow.Field('item', element === null ? new arrow.Utf8() : typeOf(arrow, element), true),
      );
    default:
      return new arrow.Utf8();
  }
}

function recordBatch(
  arrow: ArrowModule,
  schema: Arrow.Schema,
  columns: readonly OutputColumn[],
  table: Table,
  options: SqlCellOptions,
): Arrow.RecordBatch {
  const children = columns.map((output, i) => {
    const type = schema.fields[i]!.type;
    const builder = arrow.makeBuilder({ type, nullValues: [null] });
    const column = table.columns[i];
    if (column !== undefined) {
      const value = cellValue(column, output, options);
      for (let row = 0; row < table.numRows; row++) builder.append(value(row));
    }
    return builder.finish().flush();
  });
  const struct = arrow.makeData({
    type: new arrow.Struct(schema.fields),
    length: table.numRows,
    nullCount: 0,
    children,
  });
  return new arrow.RecordBatch(schema, struct);
}

/** The value of a row as Arrow's builders take it. */
function cellValue(column: TableColumn, output: OutputColumn, options: SqlCellOptions): (row: number) => unknown {
  const { name, element } = output.sqlType;
  const isTime = name === 'TIMESTAMP' || name === 'DATE' || name === 'TIME';
  // Times are instants here: what a zone shows of them is the reader's.
  const shown = isTime ? { ...output, sqlType: { ...output.sqlType, name: 'BIGINT' as const } } : output;
  const text = sqlCellText(column, shown, { ...options, stringifyArrays: false });
  const read = reader(isTime ? 'TIMESTAMP' : name, element);
  return (row) => {
    const json = text(row);
    return json === 'null' ? null : read(json);
  };
}

function reader(name: SqlType['name'], element: SqlType | null): (json: string) => unknown {
  switch (name) {
    case 'BOOLEAN':
      return (json) => json === 'true';
    case 'TINYINT':
    case 'SMALLINT':
    case 'INTEGER':
    case 'BIGINT':
      return BigInt;
    case 'FLOAT':
    case 'REAL':
    case 'DOUBLE':
    case 'DECIMAL':
    case 'TIMESTAMP':
      return (json) => Number(plainText(json));
    case 'ARRAY':
      return (json) => (parseJson(json) as readonly unknown[]).map((value) => elementValue(value, element));
    default:
      return plainText;
  }
}

function elementValue(value: unknown, element: SqlType | null): unknown {
  if (value === null) return null;
  switch (element?.name) {
    case 'INTEGER':
    case 'BIGINT':
      return BigInt(value as number | bigint);
    case 'FLOAT':
    case 'DOUBLE':
      return Number(value);
    default:
      return typeof value === 'string' ? value : JSON.stringify(value);
  }
}

function plainText(json: string): string {
  return json.startsWith('"') ? (JSON.parse(json) as string) : json;
}
