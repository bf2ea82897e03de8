import type { Filter, Measure, Range, View } from './view.js';

/** [from, to) in UTC milliseconds. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** About so many points in a chart; at most so many when the reader chose the step. */
const POINTS = 120;
const MAX_POINTS = 1500;
/** How many values are listed of each dimension, by how many dimensions there are. */
const LISTED: readonly (readonly number[])[] = [[50], [12, 6], [8, 4, 3]];
export const STEPS: readonly Step[] = [
  { ms: 1000, period: 'PT1S', title: '1 second' },
  { ms: 5000, period: 'PT5S', title: '5 seconds' },
  { ms: 15_000, period: 'PT15S', title: '15 seconds' },
  { ms: 60_000, period: 'PT1M', title: '1 minute' },
  { ms: 300_000, period: 'PT5M', title: '5 minutes' },
  { ms: 900_000, period: 'PT15M', title: '15 minutes' },
  { ms: 3_600_000, period: 'PT1H', title: '1 hour' },
  { ms: 21_600_000, period: 'PT6H', title: '6 hours' },
  { ms: 86_400_000, period: 'P1D', title: '1 day' },
  { ms: 604_800_000, period: 'P7D', title: '1 week' },
];

/** The time of a point in a chart. */
interface Step {
  readonly ms: number;
  readonly period: string;
  readonly title: string;
}

/** What the range means when the newest event is of this time. */
export function spanOf(range: Range, newestMs: number): Span {
  if ('lastMs' in range) return { fromMs: newestMs + 1 - range.lastMs, toMs: newestMs + 1 };
  return range;
}

/** As long, and just before. */
export function previous({ fromMs, toMs }: Span): Span {
  return { fromMs: fromMs - (toMs - fromMs), toMs: fromMs };
}

/** The step that was chosen, if the span has room for it, or the one that suits the span. */
export function stepOf(span: Span, chosen: string | null): Step {
  const lengthMs = span.toMs - span.fromMs;
  const own = stepsFor(lengthMs).find(({ period }) => period === chosen);
  return own ?? STEPS.find(({ ms }) => lengthMs / ms <= POINTS) ?? STEPS.at(-1)!;
}

/** Steps that give a line of a span: two points at least, and not too many. */
export function stepsFor(lengthMs: number): readonly Step[] {
  return STEPS.filter(({ ms }) => lengthMs / ms <= MAX_POINTS && lengthMs / ms >= 2);
}

/** The name of a measure in answers, by its place in the view. */
export function measureName(i: number): string {
  return `m${i}`;
}

/** The measures over time, of the rows with these values of the first dimensions. */
export function timeseries(view: View, span: Span, path: readonly (string | null)[] = []): object {
  return {
    queryType: 'timeseries',
    dataSource: view.source,
    intervals: [interval(span)],
    granularity: { type: 'period', period: stepOf(span, view.step).period, timeZone: 'UTC' },
    ...measured(view.measures),
    ...filtered(view, path),
  };
}

/** The measures over the whole span. */
export function total(view: View, span: Span): object {
  return { ...timeseries(view, span), granularity: 'all' };
}

/**
 * Values of the dimension after those of the path, greatest first.
 * @param only when given, just these, to compare with
 */
export function topValues(
  view: View,
  span: Span,
  path: readonly (string | null)[] = [],
  only?: readonly (string | null)[],
): object {
  const dimension = view.splits[path.length]!;
  const more = [
    ...(path.length === 0 && view.search !== '' ? [part(dimension, view.search)] : []),
    ...(only === undefined ? [] : [{ type: 'or', fields: only.map((value) => matcher(dimension, value)) }]),
  ];
  return {
    queryType: 'topN',
    dataSource: view.source,
    intervals: [interval(span)],
    granularity: 'all',
    dimension: { type: 'default', dimension, outputName: 'name' },
    metric: measureName(0),
    threshold: LISTED[view.splits.length - 1]?.[path.length] ?? 1,
    ...measured(view.measures),
    ...filtered(view, path, more),
  };
}

function interval({ fromMs, toMs }: Span): string {
  return `${new Date(fromMs).toISOString()}/${new Date(toMs).toISOString()}`;
}

interface Measured {
  readonly aggregations: readonly object[];
  readonly postAggregations?: readonly object[];
}

function measured(measures: readonly Measure[]): Measured {
  const all = measures.map((measure, i) => one(measure, measureName(i)));
  return {
    aggregations: all.flatMap(({ aggregations }) => aggregations),
    postAggregations: all.flatMap(({ postAggregations }) => postAggregations ?? []),
  };
}

function one({ kind, column = '' }: Measure, name: string): Measured {
  switch (kind) {
    case 'count':
      return { aggregations: [{ type: 'count', name }] };
    case 'sum':
    case 'min':
    case 'max': {
      const type = `double${kind[0]!.toUpperCase()}${kind.slice(1)}`;
      return { aggregations: [{ type, name, fieldName: column }] };
    }
    case 'distinct':
      return { aggregations: [{ type: 'cardinality', name, fields: [column], round: true }] };
    case 'avg': {
      const [sum, rows] = [`${name}.sum`, `${name}.rows`];
      const isThere = { type: 'not', field: { type: 'null', column } };
      const fields = [sum, rows].map((fieldName) => ({ type: 'fieldAccess', fieldName }));
      return {
        aggregations: [
          { type: 'doubleSum', name: sum, fieldName: column },
          { type: 'filtered', filter: isThere, aggregator: { type: 'count', name: rows } },
        ],
        postAggregations: [{ type: 'arithmetic', name, fn: '/', fields }],
      };
    }
  }
}

/** Values of one dimension: any of the wanted, none of the excluded. Dimensions: all of them. And the values of the path, and more. */
function filtered({ filters, splits }: View, path: readonly (string | null)[], more: readonly object[] = []): object {
  const columns = [...new Set(filters.map((filter) => filter.column))];
  const chosen = columns.flatMap((column) => {
    const own = filters.filter((filter) => filter.column === column);
    const wanted = own.filter((filter) => !filter.excluded).map(filterOf);
    return [
      ...(wanted.length > 0 ? [{ type: 'or', fields: wanted }] : []),
      ...own.filter((filter) => filter.excluded).map((filter) => ({ type: 'not', field: filterOf(filter) })),
    ];
  });
  const fields = [...chosen, ...path.map((value, i) => matcher(splits[i]!, value)), ...more];
  return fields.length === 0 ? {} : { filter: { type: 'and', fields } };
}

function filterOf({ column, value, contains }: Filter): object {
  return contains === true ? part(column, value ?? '') : matcher(column, value);
}

function part(dimension: string, value: string): object {
  return { type: 'search', dimension, query: { type: 'insensitive_contains', value } };
}

function matcher(column: string, value: string | null): object {
  if (value === null) return { type: 'null', column };
  return { type: 'equals', column, matchValueType: 'STRING', matchValue: value };
}
