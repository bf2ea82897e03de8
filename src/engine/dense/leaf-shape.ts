import { TIME_COLUMN } from '../../common/column-type.js';
import type { GroupedLeaf } from '../../plan/leaf-plan.js';
import type { SegmentContext } from '../../vectors/block.js';
import type { AggregatorSpec, Filter } from '../../query/native-query.js';

/**
 * All that aggregators want of one column under one filter, so that they share its passes. LONG feeds wrap at 64 bits; DOUBLE ones keep sums of
 * scaled integers apart from sums of reals.
 */
export interface Feed {
  /** Place in `LeafShape.filters`. */
  readonly filter: number;
  readonly column: string;
  readonly kind: 'long' | 'double';
  readonly sum: boolean;
  readonly min: boolean;
  readonly max: boolean;
}

/** What the state columns of one aggregator are made from. */
export type Output =
  | { readonly op: 'count'; readonly filter: number }
  | { readonly op: 'sum' | 'min' | 'max'; readonly feed: number; readonly filter: number }
  | { readonly op: 'other'; readonly other: number; readonly filter: number };

/** An aggregator without kernels: it gets the rows and groups that kernels found. */
export interface OtherAggregator {
  /** Without its filter. */
  readonly spec: AggregatorSpec;
  readonly filter: number;
}

/** A grouped plan as the dense path sees it. */
export interface LeafShape {
  /** Columns of the dimensions, in order. */
  readonly dimensions: readonly string[];
  /** By dimension: whether its column is LONG, or else STRING. */
  readonly isNumber: readonly boolean[];
  /** Filters of aggregators; the first is null: every row of the plan. */
  readonly filters: readonly (Filter | null)[];
  readonly feeds: readonly Feed[];
  /** With any of them states stay in their thread, which gives a partial of its own. */
  readonly others: readonly OtherAggregator[];
  /** By place of the aggregator in the plan. */
  readonly outputs: readonly Output[];
  /** By filter: whether it matters how many rows a group has under it, and not only whether it has any. */
  readonly isCounted: readonly boolean[];
}

/** The shape of a plan, or undefined when it has parts that only the general path knows. */
export function leafShape(plan: GroupedLeaf, segments: readonly SegmentContext[]): LeafShape | undefined {
  if (plan.fillEmptyBuckets && plan.dimensions.length > 0) return undefined;
  const isNumber: boolean[] = [];
  for (const { type, dimension, outputType } of plan.dimensions) {
    if (type !== 'default' || dimension === TIME_COLUMN) return undefined;
    const stored = segments.find(({ columnTypes }) => columnTypes[dimension] !== undefined)?.columnTypes[dimension];
    if (outputType !== 'STRING' && (outputType !== 'LONG' || stored !== 'LONG')) return undefined;
    isNumber.push(stored === 'LONG');
  }
  const builder = new ShapeBuilder();
  for (const spec of plan.aggregators) if (!builder.add(spec, null)) return undefined;
  const { filters, feeds, others, outputs } = builder;
  const isCounted = filters.map(
    (_, filter) =>
      plan.segmentCut !== null || outputs.some((output) => output.op === 'count' && output.filter === filter),
  );
  const dimensions = plan.dimensions.map(({ dimension }) => dimension);
  return { dimensions, isNumber, filters, feeds, others, outputs, isCounted };
}

/** Whether kernels can read a feed from its column in a segment. */
function feedFits(feed: Feed, segment: SegmentContext): boolean {
  const type = segment.columnTypes[feed.column];
  if (type === undefined || type === 'LONG') return true;
  return feed.kind === 'double' && (type === 'DOUBLE' || type === 'FLOAT');
}

/** Whether a segment's columns have types that the dense path reads. Multi-value blocks only show when they are met. */
export function segmentFits(shape: LeafShape, segment: SegmentContext): boolean {
  const fits = (column: string, i: number): boolean => {
    const type = segment.columnTypes[column];
    return type === undefined || type === (shape.isNumber[i] ? 'LONG' : 'STRING');
  };
  return shape.dimensions.every(fits) && shape.feeds.every((feed) => feedFits(feed, segment));
}

type NumberSpec = Extract<AggregatorSpec, { readonly type: 'sum' | 'min' | 'max' }>;

class ShapeBuilder {
  readonly filters: (Filter | null)[] = [null];
  readonly feeds: Feed[] = [];
  readonly others: OtherAggregator[] = [];
  readonly outputs: Output[] = [];
  readonly #filterKeys = ['null'];

  /** @returns false for an aggregator that only the general path has */
  add(spec: AggregatorSpec, filter: Filter | null): boolean {
    switch (spec.type) {
      case 'count':
        this.outputs.push({ op: 'count', filter: this.#filterOf(filter) });
        return true;
      case 'sum':
      case 'min':
      case 'max':
        if (spec.kind === 'float') this.#addOther(spec, filter);
        else this.#addNumber(spec, spec.kind, this.#filterOf(filter));
        return true;
      case 'filtered':
        return this.add(
          spec.aggregator,
          filter === null ? spec.filter : { type: 'and', fields: [filter, spec.filter] },
        );
      case 'grouping':
      case 'expression':
        return false;
      default:
        this.#addOther(spec, filter);
        return true;
    }
  }

  #addOther(spec: AggregatorSpec, filter: Filter | null): void {
    const at = this.#filterOf(filter);
    const other = this.others.push({ spec, filter: at }) - 1;
    this.outputs.push({ op: 'other', other, filter: at });
  }

  #addNumber(spec: NumberSpec, kind: 'long' | 'double', filter: number): void {
    const { type: op, fieldName: column } = spec;
    let feed = this.feeds.findIndex(
      (known) => known.filter === filter && known.column === column && known.kind === kind,
    );
    if (feed < 0) feed = this.feeds.push({ filter, column, kind, sum: false, min: false, max: false }) - 1;
    this.feeds[feed] = { ...this.feeds[feed]!, [op]: true };
    this.outputs.push({ op, feed, filter });
  }

  #filterOf(filter: Filter | null): number {
    const key = JSON.stringify(filter);
    const known = this.#filterKeys.indexOf(key);
    if (known >= 0) return known;
    this.#filterKeys.push(key);
    return this.filters.push(filter) - 1;
  }
}
