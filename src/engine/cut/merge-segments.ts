import type { GroupedLeaf, LeafPlan } from '../../plan/leaf-plan.js';
import type { Table, TableColumn } from '../../vectors/table.js';
import { mergePartials } from '../merge.js';
import { SegmentFold } from './segment-fold.js';

/**
 * Merges partials as `mergePartials` does, but a topN that is ordered by an aggregator as Druid does: each segment gives its best groups, and
 * as the segments come together one after another, in time order, the best of those that there are go on. A group so loses what it had in
 * former segments when it was not among the best there: Druid's approximation, exact while a bucket has no more groups than the cut.
 * @param partials those without `segment` are segments of their own, before the others
 * @source Druid `TopNQueryEngine.java`, `TopNBinaryFn.java`
 */
export function mergeSegments(plan: LeafPlan, partials: readonly Table[]): Table {
  if (plan.kind === 'scan' || plan.segmentCut === null || plan.segmentCut.by === 'dimension') {
    return mergePartials(plan, partials);
  }
  const { limit, by, descending } = plan.segmentCut;
  const numRows = partials.reduce((sum, partial) => sum + partial.numRows, 0);
  if (numRows <= limit) return ofAll(mergePartials(plan, partials));
  const fold = new SegmentFold(plan, { limit, descending, aggregator: by.aggregator });
  return fold.merge(withNullIds(bySegment(plan, partials)));
}

function ofAll(table: Table): Table {
  const { segment: _, ...whole } = table;
  return whole;
}

/** One partial a segment, in time order. */
function bySegment(plan: GroupedLeaf, partials: readonly Table[]): Table[] {
  const found: Table[] = [];
  const segments = new Map<number, Table[]>();
  for (const partial of partials) {
    if (partial.numRows === 0) continue;
    const known = partial.segment === undefined ? undefined : segments.get(partial.segment);
    if (partial.segment === undefined) found.push(partial);
    else if (known === undefined) segments.set(partial.segment, [partial]);
    else known.push(partial);
  }
  const places = [...segments.keys()].sort((a, b) => a - b);
  return [...found, ...places.map((place) => mergePartials(plan, segments.get(place)!))];
}

/** A segment without the dimension's column has only nulls, which are ids of any space: so they do not keep the others from meeting by id. */
function withNullIds(partials: readonly Table[]): Table[] {
  const known = partials.find((partial) => partial.columns[1]?.type === 'IDS')?.columns[1];
  if (known?.type !== 'IDS') return [...partials];
  return partials.map((partial) => {
    const column = partial.columns[1]!;
    if (column.type !== 'STRING' || column.dictionary.length > 0) return partial;
    const nulls: TableColumn = { type: 'IDS', ids: new Uint32Array(partial.numRows), space: known.space };
    return { ...partial, columns: partial.columns.map((other, i) => (i === 1 ? nulls : other)) };
  });
}
