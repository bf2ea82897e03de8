/**
 * Tables between nodes, as Arrow IPC streams. The Millrace column type travels in the field's metadata (`millrace`), since a table
 * distinguishes what Arrow would merge (JSON text and strings). Ids mean nothing on another node: they travel as strings. Other Arrow readers see plain columns.
 */
import type * as Arrow from 'apache-arrow';
import type { ColumnType } from '../common/column-type.js';
import { assert } from '../common/assert.js';
import { resolveIds } from '../vectors/ids-column.js';
import type { Table, TableColumn } from '../vectors/table.js';

type ArrowModule = typeof Arrow;

type WireColumn = Exclude<TableColumn, { readonly type: 'IDS' }>;

/** @returns an Arrow IPC stream with one record batch */
export async function encodeTable(unresolved: Table): Promise<Uint8Array> {
  const arrow = await import('apache-arrow');
  const table = resolveIds(unresolved);
  const fields: Arrow.Field[] = [];
  const children: Arrow.Data[] = [];
  table.columns.forEach((column, i) => {
    const data = toData(arrow, column as WireColumn, table.numRows);
    fields.push(
      new arrow.Field(table.names[i] ?? '', data.type, true, new Map([['millrace', wireType(column as WireColumn)]])),
    );
    children.push(data);
  });
  const schema = new arrow.Schema(fields);
  const struct = arrow.makeData({ type: new arrow.Struct(fields), length: table.numRows, nullCount: 0, children });
  return arrow.tableToIPC(new arrow.Table(schema, new arrow.RecordBatch(schema, struct)), 'stream');
}

/** The inverse of `encodeTable`. */
export async function decodeTable(bytes: Uint8Array): Promise<Table> {
  const arrow = await import('apache-arrow');
  const table = arrow.tableFromIPC(bytes);
  const columns = table.schema.fields.map((field, i) => {
    const vector = table.getChildAt(i);
    assert(vector !== null, `Table column [${field.name}] is missing`);
    return fromVector(vector, field.metadata.get('millrace') ?? '', table.numRows);
  });
  return { numRows: table.numRows, names: table.schema.fields.map((field) => field.name), columns };
}

/** The column's type; of JSON with what its values are. */
function wireType(column: WireColumn): string {
  return column.type === 'JSON' && column.valueType !== undefined ? `JSON ${column.valueType}` : column.type;
}

function toData(arrow: ArrowModule, column: WireColumn, length: number): Arrow.Data {
  switch (column.type) {
    case 'LONG':
      return arrow.makeData({ type: new arrow.Int64(), length, data: column.values, ...validity(column.nulls) });
    case 'DOUBLE':
      return arrow.makeData({ type: new arrow.Float64(), length, data: column.values, ...validity(column.nulls) });
    case 'FLOAT':
      return arrow.makeData({ type: new arrow.Float32(), length, data: column.values, ...validity(column.nulls) });
    case 'STRING':
      return dictionaryData(arrow, column, length);
    case 'STRINGS':
      return utf8Data(arrow, stringLists(column, length));
    case 'JSON':
      return utf8Data(arrow, column.texts);
    case 'BINARY':
      return arrow.makeData({
        type: new arrow.Binary(),
        length,
        valueOffsets: Int32Array.from(column.offsets),
        data: column.bytes,
        ...validity(column.nulls),
      });
  }
}

function dictionaryData(arrow: ArrowModule, column: TableColumn & { type: 'STRING' }, length: number): Arrow.Data {
  const nulls = new Uint8Array(length);
  const ids = new Int32Array(length);
  for (let i = 0; i < length; i++) {
    const id = column.ids[i]!;
    if (id < 0) nulls[i] = 1;
    else ids[i] = id;
  }
  const type = new arrow.Dictionary(new arrow.Utf8(), new arrow.Int32(), nextDictionaryId++);
  const dictionary = arrow.makeVector(utf8Data(arrow, column.dictionary)) as Arrow.Vector<Arrow.Utf8>;
  return arrow.makeData({ type, length, data: ids, dictionary, ...validity(nulls) });
}

/** Dictionary ids only have to differ within one stream. */
let nextDictionaryId = 1;

function utf8Data(arrow: ArrowModule, texts: readonly (string | null)[]): Arrow.Data<Arrow.Utf8> {
  const offsets = new Int32Array(texts.length + 1);
  const nulls = new Uint8Array(texts.length);
  const parts = texts.map((text, i) => {
    if (text === null) nulls[i] = 1;
    const bytes = Buffer.from(text ?? '', 'utf8');
    offsets[i + 1] = offsets[i]! + bytes.length;
    return bytes;
  });
  return arrow.makeData({
    type: new arrow.Utf8(),
    length: texts.length,
    valueOffsets: offsets,
    data: new Uint8Array(Buffer.concat(parts)),
    ...validity(nulls),
  });
}

function stringLists(column: TableColumn & { type: 'STRINGS' }, length: number): string[] {
  const texts: string[] = [];
  for (let i = 0; i < length; i++) {
    const values: (string | null)[] = [];
    for (let k = column.offsets[i]!; k < column.offsets[i + 1]!; k++) {
      const id = column.ids[k]!;
      values.push(id < 0 ? null : column.dictionary[id]!);
    }
    texts.push(JSON.stringify(values));
  }
  return texts;
}

function validity(nulls: Uint8Array | null): { nullBitmap?: Uint8Array; nullCount: number } {
  if (nulls === null || !nulls.includes(1)) return { nullCount: 0 };
  const bitmap = new Uint8Array((((nulls.length + 7) >> 3) + 63) & ~63);
  let nullCount = 0;
  for (let i = 0; i < nulls.length; i++) {
    if (nulls[i] === 1) nullCount++;
    else bitmap[i >> 3]! |= 1 << (i & 7);
  }
  return { nullBitmap: bitmap, nullCount };
}

function fromVector(vector: Arrow.Vector, wire: string, length: number): TableColumn {
  const [type, valueType] = wire.split(' ') as [WireColumn['type'], ColumnType | undefined];
  switch (type) {
    case 'LONG':
      return { type, values: (vector.toArray() as BigInt64Array).slice(), nulls: nullsOf(vector, length) };
    case 'DOUBLE':
      return { type, values: (vector.toArray() as Float64Array).slice(), nulls: nullsOf(vector, length) };
    case 'FLOAT':
      return { type, values: (vector.toArray() as Float32Array).slice(), nulls: nullsOf(vector, length) };
    case 'STRING':
      return stringColumn(vector, length);
    case 'STRINGS':
      return stringsColumn(vector, length);
    case 'JSON': {
      const texts = Array.from({ length }, (_, i) => vector.get(i) as string | null);
      return { type, texts, ...(valueType !== undefined && { valueType }) };
    }
    case 'BINARY':
      return binaryColumn(vector, length);
  }
}

function nullsOf(vector: Arrow.Vector, length: number): Uint8Array | null {
  if (vector.nullCount === 0) return null;
  const nulls = new Uint8Array(length);
  for (let i = 0; i < length; i++) nulls[i] = vector.isValid(i) ? 0 : 1;
  return nulls;
}

function stringColumn(vector: Arrow.Vector, length: number): TableColumn {
  const ids = new Int32Array(length).fill(-1);
  const data = vector.data[0];
  const dictionary = (data?.dictionary?.toArray() ?? []) as Iterable<string>;
  for (let i = 0; i < length; i++) {
    if (vector.isValid(i)) ids[i] = (data!.values as Int32Array)[i]!;
  }
  return { type: 'STRING', ids, dictionary: [...dictionary] };
}

function stringsColumn(vector: Arrow.Vector, length: number): TableColumn {
  const offsets = new Uint32Array(length + 1);
  const ids: number[] = [];
  const idOf = new Map<string, number>();
  for (let i = 0; i < length; i++) {
    for (const value of JSON.parse(vector.get(i) as string) as (string | null)[]) {
      if (value !== null && !idOf.has(value)) idOf.set(value, idOf.size);
      ids.push(value === null ? -1 : idOf.get(value)!);
    }
    offsets[i + 1] = ids.length;
  }
  return { type: 'STRINGS', offsets, ids: Int32Array.from(ids), dictionary: [...idOf.keys()] };
}

function binaryColumn(vector: Arrow.Vector, length: number): TableColumn {
  const offsets = new Uint32Array(length + 1);
  const parts: Uint8Array[] = [];
  for (let i = 0; i < length; i++) {
    const value = vector.get(i) as Uint8Array | null;
    if (value !== null) parts.push(value);
    offsets[i + 1] = offsets[i]! + (value?.length ?? 0);
  }
  return { type: 'BINARY', offsets, bytes: new Uint8Array(Buffer.concat(parts)), nulls: nullsOf(vector, length) };
}
