import type { Interval } from '../common/interval.js';
import { intersect } from '../common/interval.js';
import type { ColumnType } from '../common/column-type.js';
import { MemoryBudget } from '../engine/window/memory-budget.js';
import { type RowBatch, typesOfTable } from '../engine/heap/row-batch.js';
import { valueColumn } from '../engine/heap/value-column.js';
import type { LookupSource } from '../lookups/lookup-source.js';
import type { NativeQuery, ScanQuery, WindowOperatorQuery } from '../query/native-query.js';
import type { VirtualColumn } from '../query/virtual-column.js';
import type { ScanOperator, WindowOperator, WindowProcessor } from '../query/window-operator.js';
import type { Table, TableColumn } from '../vectors/table.js';
import type { AnswerBody } from './answer.js';
import type { Needs } from './sources/needs.js';
import { namedBy } from '../lookups/named-lookups.js';
import type { RowSource } from './sources/row-source.js';
import type { WindowThreads } from './window-threads.js';

/** What the rows of one query may take of memory. */
const MAX_BYTES = 512 * 2 ** 20;

export interface WindowParts {
  readonly rows: RowSource;
  readonly lookups: LookupSource;
  readonly threads: WindowThreads;
  readonly signal: AbortSignal;
  answer(query: NativeQuery): Promise<AnswerBody>;
}

/**
 * Runs window operators over rows that are gathered here, many of them in a thread. A scan at their begin runs beside the data.
 * @throws DruidError as of Druid's ResourceLimitExceededException when the rows do not fit
 */
export async function answerWindow(query: WindowOperatorQuery, parts: WindowParts): Promise<AnswerBody> {
  const { batches, owned, operators } = await inputOf(query, parts);
  const lookups = namedBy(operators.flatMap(virtualColumnsOf), parts.lookups);
  const work = { batches, operators, maxBytes: MAX_BYTES, ...(lookups !== undefined && { lookups }) };
  const { table } = await parts.threads.run(work, owned, parts.signal);
  return { kind: 'rows', query, table: shown(query, table) };
}

interface Input {
  readonly batches: readonly RowBatch[];
  /** Nobody else holds the columns. */
  readonly owned: boolean;
  /** What is left to do. */
  readonly operators: readonly WindowOperator[];
}

async function inputOf(query: WindowOperatorQuery, parts: WindowParts): Promise<Input> {
  const { dataSource, operators } = query;
  const [first, ...others] = operators;
  if (dataSource.type === 'query' && dataSource.query.queryType === 'scan') {
    const owned = dataSource.query.dataSource.type === 'tables';
    return { batches: await scanned(dataSource.query, parts), owned, operators };
  }
  if (dataSource.type === 'tables') {
    const scan = first?.type === 'scan' ? first : null;
    const batches = await scanned(leafScan(query, scan), parts);
    if (scan === null) return { batches, owned: true, operators };
    // What is left of the scan needs all rows in order.
    return { batches, owned: true, operators: scan.ordering.length === 0 ? others : [ordered(scan), ...others] };
  }
  const everything: Needs = { columns: null, intervals: query.intervals, filter: null, virtualColumns: [] };
  const found: RowBatch[] = [];
  const budget = new MemoryBudget(MAX_BYTES);
  for await (const part of parts.rows.rows(dataSource, everything, query)) {
    found.push(part);
    budget.assertHolds(...found.map(({ table }) => table));
  }
  return { batches: found, owned: false, operators };
}

/** The scan that gives a query's operators their rows. */
function leafScan(query: WindowOperatorQuery, scan: ScanOperator | null): ScanQuery {
  const { dataSource, dataSources, intervals, segments, context } = query;
  const timeRange = scan?.timeRange ?? null;
  const isCut = scan !== null && scan.ordering.length === 0;
  return {
    queryType: 'scan',
    dataSource,
    dataSources,
    segments,
    context,
    intervals: timeRange === null ? intervals : intervals.flatMap((interval) => common(interval, timeRange)),
    virtualColumns: scan?.virtualColumns ?? [],
    filter: scan?.filter ?? null,
    columns: scan?.projectedColumns ?? [],
    resultFormat: 'compactedList',
    batchSize: 20_480,
    limit: isCut ? scan.limit : null,
    offset: isCut ? scan.offset : 0,
    order: 'none',
  };
}

function common(a: Interval, b: Interval): Interval[] {
  const both = intersect(a, b);
  return both === undefined ? [] : [both];
}

function ordered({ ordering, offset, limit }: ScanOperator): ScanOperator {
  return {
    type: 'scan',
    timeRange: null,
    filter: null,
    virtualColumns: [],
    projectedColumns: null,
    ordering,
    offset,
    limit,
  };
}

async function scanned(query: ScanQuery, { answer }: WindowParts): Promise<readonly RowBatch[]> {
  const body = await answer(query);
  const tables: Table[] = [];
  const budget = new MemoryBudget(MAX_BYTES);
  if (body.kind === 'scan') {
    for await (const batch of body.batches) {
      tables.push({ ...batch, names: batch.names.slice(0, -1), columns: batch.columns.slice(0, -1) });
      budget.assertHolds(...tables);
    }
  }
  return tables.map((table) => ({ table, types: typesOfTable(table), segmentId: 'window', range: null }));
}

/** The columns of the signature; one that does not exist is null. */
function shown({ outputSignature }: WindowOperatorQuery, table: Table): Table {
  const { numRows } = table;
  return {
    numRows,
    names: outputSignature.map(({ name }) => name),
    columns: outputSignature.map(({ name, type }) => table.columns[table.names.indexOf(name)] ?? nulls(numRows, type)),
  };
}

function nulls(numRows: number, type: ColumnType | null): TableColumn {
  return valueColumn(
    Array.from({ length: numRows }, () => null),
    type ?? 'STRING',
  );
}

function virtualColumnsOf(operator: WindowOperator): readonly VirtualColumn[] {
  if (operator.type === 'scan') return operator.virtualColumns;
  return operator.type === 'window' ? ofProcessor(operator.processor) : [];
}

function ofProcessor(processor: WindowProcessor): readonly VirtualColumn[] {
  if (processor.type === 'composing') return processor.processors.flatMap(ofProcessor);
  return processor.type === 'framedAgg' ? processor.virtualColumns : [];
}
