import { finishScan } from '../../engine/finish.js';
import { runOnHeap } from '../../engine/heap/heap-run.js';
import { mergePartials } from '../../engine/merge.js';
import { leafColumns } from '../../plan/leaf-columns.js';
import type { LeafPlan, ScanLeaf } from '../../plan/leaf-plan.js';
import type { NativeQuery, ScanQuery } from '../../query/native-query.js';
import type { Table } from '../../vectors/table.js';
import type { Needs } from './needs.js';
import type { RowSource } from './row-source.js';

/** Partials that lie beside each other before they are merged. */
const MERGED_AT = 8;

/** Runs a grouped leaf over a data source that is no table. */
export async function groupRows(
  query: NativeQuery,
  plan: LeafPlan,
  source: RowSource,
  signal: AbortSignal,
): Promise<readonly Table[]> {
  let partials: Table[] = [];
  for await (const batch of source.rows(query.dataSource, needsOf(plan), query)) {
    partials.push(await runOnHeap(plan, batch, signal));
    if (partials.length >= MERGED_AT) partials = [mergePartials(plan, partials)];
  }
  return partials;
}

/** The rows of a scan over a data source that is no table; without an order they go on as they come. */
export async function* scanRows(
  query: ScanQuery,
  plan: LeafPlan,
  source: RowSource,
  signal: AbortSignal,
): AsyncGenerator<Table, void> {
  const all: Table[] = [];
  let skip = query.offset;
  let left = query.limit ?? Number.POSITIVE_INFINITY;
  for await (const batch of source.rows(query.dataSource, needsOf(plan), query)) {
    const maxRows = Number.isFinite(left) ? skip + left : null;
    const asked: ScanLeaf = { ...(plan as ScanLeaf), ...(query.order === 'none' && { maxRows }) };
    const table = await runOnHeap(asked, batch, signal);
    if (query.order !== 'none') {
      all.push(table);
      continue;
    }
    const shown = finishScan({ ...query, offset: skip, limit: Number.isFinite(left) ? left : null }, [table]);
    skip = Math.max(0, skip - table.numRows);
    left -= shown.numRows;
    if (shown.numRows > 0) yield shown;
    if (left <= 0) return;
  }
  if (query.order === 'none' || all.length === 0) return;
  const ordered = finishScan(query, all);
  if (ordered.numRows > 0) yield ordered;
}

/** What a plan wants of a data source. */
export function needsOf(plan: LeafPlan): Needs {
  const { intervals, filter, virtualColumns } = plan;
  return { columns: leafColumns(plan), intervals, filter, virtualColumns };
}
