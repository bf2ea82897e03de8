import type { AggregateQuery, AnswerBody } from '../../../broker/answer.js';
import { granularityFromJson } from '../../../common/granularity.js';
import { formatIso } from '../../../common/iso-time.js';
import { jsonString } from '../../../common/json-write.js';
import { timeZone } from '../../../common/time-zone.js';
import type { Table } from '../../../vectors/table.js';
import { type CellText, cellText } from '../../../vectors/column-text.js';

/** Rows per chunk of output text: big enough to write seldom, small enough to keep little. */
const ROWS_PER_CHUNK = 1000;

type AggregateAnswer = Extract<AnswerBody, { readonly kind: 'aggregate' }>;

/** JSON array of a timeseries, topN or groupBy, in chunks of text. @source Druid native query result shapes */
export function* encodeAggregate({ query, table, dataStartMs }: AggregateAnswer): Generator<string> {
  if (query.queryType === 'topN' && table.numRows === 0) return yield emptyTopN(query, dataStartMs);
  const timestamp = timestampText(query, table);
  const members = table.names.slice(1).map((name, i): Member => {
    const text = cellText(table.columns[i + 1]!);
    return { key: `${jsonString(name)}:`, text };
  });
  switch (query.queryType) {
    case 'timeseries':
      return yield* chunks(table.numRows, (row) => `{"timestamp":${timestamp(row)},"result":${object(members, row)}}`);
    case 'groupBy':
      if (query.context.resultAsArray) {
        const withTime = query.granularity.type !== 'all';
        return yield* chunks(table.numRows, (row) =>
          arrayRow(members, row, withTime ? rawTimestamp(table, row) : null),
        );
      }
      return yield* chunks(
        table.numRows,
        (row) => `{"version":"v1","timestamp":${timestamp(row)},"event":${object(members, row)}}`,
      );
    case 'topN':
      return yield* topN(table, members, timestamp);
  }
}

/** Over all time a topN names its one bucket even when it has no row. */
function emptyTopN(query: AggregateQuery, dataStartMs: number | null): string {
  if (query.granularity.type !== 'all' || dataStartMs === null) return '[]';
  const timestamp = query.context.serializeDateTimeAsLong ? String(dataStartMs) : jsonString(formatIso(dataStartMs));
  return `[{"timestamp":${timestamp},"result":[]}]`;
}

interface Member {
  /** Quoted name and colon. */
  readonly key: string;
  readonly text: CellText;
}

function* chunks(rows: number, rowText: (row: number) => string): Generator<string> {
  let out = '[';
  for (let row = 0; row < rows; row++) {
    if (row > 0) out += ',';
    out += rowText(row);
    if (row % ROWS_PER_CHUNK === ROWS_PER_CHUNK - 1) {
      yield out;
      out = '';
    }
  }
  yield `${out}]`;
}

function* topN(table: Table, members: readonly Member[], timestamp: CellText): Generator<string> {
  const buckets: string[] = [];
  for (let row = 0; row < table.numRows; ) {
    const bucket = rawTimestamp(table, row);
    const rows: string[] = [];
    const head = timestamp(row);
    for (; row < table.numRows && rawTimestamp(table, row) === bucket; row++) rows.push(object(members, row));
    buckets.push(`{"timestamp":${head},"result":[${rows.join(',')}]}`);
  }
  yield `[${buckets.join(',')}]`;
}

function object(members: readonly Member[], row: number): string {
  let out = '{';
  for (let i = 0; i < members.length; i++) {
    const member = members[i]!;
    out += i === 0 ? member.key : `,${member.key}`;
    out += member.text(row);
  }
  return `${out}}`;
}

function arrayRow(members: readonly Member[], row: number, timestamp: string | null): string {
  const cells = members.map((member) => member.text(row));
  return `[${(timestamp === null ? cells : [timestamp, ...cells]).join(',')}]`;
}

function rawTimestamp(table: Table, row: number): string {
  const column = table.columns[0];
  return column?.type === 'LONG' && column.nulls?.[row] !== 1 ? String(column.values[row]) : 'null';
}

function timestampText(query: AggregateQuery, table: Table): CellText {
  const zone = timeZone(granularityFromJson(query.granularity).formatZone);
  const asLong = query.context.serializeDateTimeAsLong;
  let lastRaw = '';
  let lastText = '';
  return (row) => {
    const raw = rawTimestamp(table, row);
    if (raw === 'null' || asLong) return raw;
    if (raw !== lastRaw) {
      lastRaw = raw;
      lastText = jsonString(formatIso(Number(raw), zone));
    }
    return lastText;
  };
}
