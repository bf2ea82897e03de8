import { TIME_COLUMN } from '../../common/column-type.js';
import { type RowBatch, typesOfTable } from '../../engine/heap/row-batch.js';
import type { VisibleSegment } from '../../metadata/metadata-view.js';
import type { ScanLeaf } from '../../plan/leaf-plan.js';
import { isDerivedColumn } from '../../query/desugar/derived-columns.js';
import { concatTables } from '../../vectors/concat-tables.js';
import type { Table } from '../../vectors/table.js';
import type { FixedState } from '../fixed-state.js';
import type { Gathering } from '../gathering.js';
import type { LeafCall, Scatter } from '../scatter.js';
import type { Needs } from './needs.js';

/**
 * The rows of tables for work that the broker does itself: segment by segment in time order, the next one read ahead, then the rows of
 * streams. Only the needed columns and the rows that the filter keeps travel.
 */
export async function* tableRows(
  scatter: Scatter,
  call: LeafCall,
  fixed: FixedState,
  needs: Needs,
  gathering: Gathering,
  signal: AbortSignal,
): AsyncGenerator<RowBatch, void> {
  const plan: ScanLeaf = {
    kind: 'scan',
    intervals: needs.intervals,
    filter: needs.filter,
    virtualColumns: needs.virtualColumns,
    columns: needs.columns ?? [],
    maxRows: null,
    order: 'none',
  };
  const asked = { ...call, plan };
  const reads: (() => Promise<RowBatch>)[] = [];
  for (const [dataSource, segments] of fixed.segments) {
    for (const segment of segments) {
      reads.push(async () => {
        const found = await scatter.segments(asked, dataSource, [segment], signal);
        return segmentBatch(segment, needs, gathering.tablesOf(found));
      });
    }
  }
  for (const [dataSource, streams] of fixed.streams) {
    if (streams.length === 0) continue;
    reads.push(async () => {
      const found = await scatter.streams(asked, dataSource, streams, signal);
      return streamBatch(dataSource, needs, gathering.tablesOf(found));
    });
  }
  yield* readAhead(reads);
}

/** Results in order, each begun while the one before it is used. */
async function* readAhead<T>(reads: readonly (() => Promise<T>)[]): AsyncGenerator<T, void> {
  let next = reads[0]?.();
  for (let i = 0; i < reads.length; i++) {
    const value = await next!;
    next = reads[i + 1]?.();
    // Whoever leaves early does not wait for it, nor for its failure.
    next?.catch(() => undefined);
    yield value;
  }
}

function segmentBatch({ row }: VisibleSegment, needs: Needs, tables: readonly Table[]): RowBatch {
  const table = shownTable(needs, tables);
  const range = { minTimeMs: row.minTimeMs, maxTimeMs: row.maxTimeMs };
  return { table, types: typesOfTable(table), segmentId: row.id, range };
}

function streamBatch(dataSource: string, needs: Needs, tables: readonly Table[]): RowBatch {
  const table = shownTable(needs, tables);
  const times = table.columns[table.names.indexOf(TIME_COLUMN)];
  let [minTimeMs, maxTimeMs] = [0, -1];
  if (times?.type === 'LONG' && times.values.length > 0) {
    minTimeMs = times.values.reduce((min, time) => Math.min(min, Number(time)), Number.POSITIVE_INFINITY);
    maxTimeMs = times.values.reduce((max, time) => Math.max(max, Number(time)), Number.NEGATIVE_INFINITY);
  }
  return { table, types: typesOfTable(table), segmentId: dataSource, range: { minTimeMs, maxTimeMs } };
}

/** Without the segment's name, which is the last column, and without what only the filter reads. */
function shownTable(needs: Needs, tables: readonly Table[]): Table {
  const filled = tables.filter(({ numRows }) => numRows > 0);
  const table = concatTables(filled.length > 0 ? filled : tables.slice(0, 1));
  const kept = table.names.flatMap((name, i) => (name.startsWith('$segment') || isDerivedColumn(name) ? [] : [i]));
  if (needs.columns !== null && kept.length === table.names.length) return table;
  return {
    numRows: table.numRows,
    names: kept.map((i) => table.names[i]!),
    columns: kept.map((i) => table.columns[i]!),
  };
}
