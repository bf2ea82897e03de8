import { freeRowTexts, ROWS_COLUMN, signatureType } from '../../../engine/scan/read-rows.js';
import { assert } from '../../../common/assert.js';
import { jsonString } from '../../../common/json-write.js';
import type { ScanQuery } from '../../../query/native-query.js';
import type { Table } from '../../../vectors/table.js';
import { type CellText, cellText } from '../../../vectors/column-text.js';

/** Rows per part of output text: other work goes on between parts, and a client that is gone is noticed. */
const ROWS_PER_PART = 1000;
const BYTES_PER_PART = 2 ** 20;

/**
 * JSON array of a scan, streamed: one result object per `batchSize` rows of a segment. Bytes hold until the next chunk is asked for.
 * @source Druid `query/scan/ScanResultValue.java`
 */
export async function* encodeScan(
  query: ScanQuery,
  batches: AsyncIterable<Table>,
): AsyncGenerator<string | Uint8Array> {
  let head = '[';
  for await (const table of batches) {
    for (const [from, to, segmentId] of runs(query, table)) {
      if (table.names[0] === ROWS_COLUMN) yield* textObject(head, query, table, from, to, segmentId);
      else yield* resultObject(head, query, table, from, to, segmentId);
      head = ',';
    }
    freeRowTexts(table);
  }
  yield head === '[' ? '[]' : ']';
}

/** Rows of one segment, at most `batchSize`; ordered results mix segments and name none, as Druid does. */
function* runs(query: ScanQuery, table: Table): Generator<readonly [number, number, string | null]> {
  const segments = table.columns.at(-1);
  const mixed = query.order !== 'none' || segments?.type !== 'STRING';
  for (let from = 0; from < table.numRows; ) {
    let to = from + 1;
    const limit = Math.min(table.numRows, from + query.batchSize);
    if (mixed) to = limit;
    else while (to < limit && segments.ids[to] === segments.ids[from]) to++;
    const id = mixed ? null : (segments.dictionary[segments.ids[from]!] ?? null);
    yield [from, to, id];
    from = to;
  }
}

/** Rows whose text was made beside the data. */
function* textObject(
  before: string,
  { columns }: ScanQuery,
  table: Table,
  from: number,
  to: number,
  segmentId: string | null,
): Generator<string | Uint8Array> {
  const [rows, types] = table.columns;
  assert(rows?.type === 'BINARY' && types?.type === 'STRING', 'Rows as text have another form');
  const keys = columns.map((name) => jsonString(name));
  yield eventsHead(before, segmentId, keys);
  // Each row has a comma in front.
  const end = rows.offsets[to]!;
  for (let at = rows.offsets[from]! + 1; at < end; at += BYTES_PER_PART) {
    yield rows.bytes.subarray(at, Math.min(end, at + BYTES_PER_PART));
  }
  yield eventsTail(keys, types.dictionary[types.ids[from]!]!.split(','));
}

function* resultObject(
  before: string,
  query: ScanQuery,
  table: Table,
  from: number,
  to: number,
  segmentId: string | null,
): Generator<string> {
  const names = table.names.slice(0, -1);
  const cells = names.map((_, i) => cellText(table.columns[i]!));
  const keys = names.map((name) => jsonString(name));
  let out = eventsHead(before, segmentId, keys);
  for (let row = from; row < to; row++) {
    if (row > from) out += ',';
    out += query.resultFormat === 'list' ? objectEvent(keys, cells, row) : arrayEvent(cells, row);
    if ((row - from) % ROWS_PER_PART === ROWS_PER_PART - 1) {
      yield out;
      out = '';
    }
  }
  const types = names.map((_, i) => signatureType(table.columns[i]!));
  yield `${out}${eventsTail(keys, types)}`;
}

function eventsHead(before: string, segmentId: string | null, keys: readonly string[]): string {
  const id = segmentId === null ? 'null' : jsonString(segmentId);
  return `${before}{"segmentId":${id},"columns":[${keys.join(',')}],"events":[`;
}

function eventsTail(keys: readonly string[], types: readonly string[]): string {
  const signature = keys.map((key, i) => `{"name":${key},"type":"${types[i]}"}`);
  return `],"rowSignature":[${signature.join(',')}]}`;
}

function arrayEvent(cells: readonly CellText[], row: number): string {
  let out = '[';
  for (let i = 0; i < cells.length; i++) out += i === 0 ? cells[i]!(row) : `,${cells[i]!(row)}`;
  return `${out}]`;
}

function objectEvent(keys: readonly string[], cells: readonly CellText[], row: number): string {
  let out = '{';
  for (let i = 0; i < keys.length; i++) out += `${i === 0 ? '' : ','}${keys[i]}:${cells[i]!(row)}`;
  return `${out}}`;
}
