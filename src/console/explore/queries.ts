import type { Filter, Measure, Range, View } from './view.js';

/** [from, to) in UTC milliseconds. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** About so many points in the chart. */
const POINTS = 120;
const LISTED = 50;
const STEPS: readonly (readonly [ms: number, period: string])[] = [
  [1000, 'PT1S'],
  [5000, 'PT5S'],
  [15_000, 'PT15S'],
  [60_000, 'PT1M'],
  [300_000, 'PT5M'],
  [900_000, 'PT15M'],
  [3_600_000, 'PT1H'],
  [21_600_000, 'PT6H'],
  [86_400_000, 'P1D'],
  [604_800_000, 'P7D'],
];
const NAME = 'value';

/** What the range means when the newest event is of this time. */
export function spanOf(range: Range, newestMs: number): Span {
  if ('lastMs' in range) return { fromMs: newestMs + 1 - range.lastMs, toMs: newestMs + 1 };
  return range;
}

/** As long, and just before. */
export function previous({ fromMs, toMs }: Span): Span {
  return { fromMs: fromMs - (toMs - fromMs), toMs: fromMs };
}

/** The step of the chart in milliseconds and as a period. */
export function stepOf({ fromMs, toMs }: Span): readonly [ms: number, period: string] {
  return STEPS.find(([ms]) => (toMs - fromMs) / ms <= POINTS) ?? STEPS.at(-1)!;
}

/** The measure over time, of the rows with one value of the split where one is given. */
export function timeseries(view: View, span: Span, value?: string | null): object {
  const filters =
    value === undefined ? view.filters : [...view.filters, { column: view.split, value, excluded: false }];
  return {
    queryType: 'timeseries',
    dataSource: view.source,
    intervals: [interval(span)],
    granularity: { type: 'period', period: stepOf(span)[1], timeZone: 'UTC' },
    ...measured(view.measure),
    ...filtered(filters),
  };
}

/** The measure over the whole span. */
export function total(view: View, span: Span): object {
  return { ...timeseries(view, span), granularity: 'all' };
}

/** Values of the split, greatest first; only some when they are given, to compare with. */
export function topValues(view: View, span: Span, only?: readonly (string | null)[]): object {
  const query = {
    queryType: 'topN',
    dataSource: view.source,
    intervals: [interval(span)],
    granularity: 'all',
    dimension: { type: 'default', dimension: view.split, outputName: 'name' },
    metric: NAME,
    threshold: LISTED,
    ...measured(view.measure),
    ...filtered(view.filters),
  };
  if (only === undefined) return query;
  const wanted = { type: 'or', fields: only.map((value) => matcher(view.split, value)) };
  const own = (filtered(view.filters) as { readonly filter?: object }).filter;
  return { ...query, filter: own === undefined ? wanted : { type: 'and', fields: [own, wanted] } };
}

function interval({ fromMs, toMs }: Span): string {
  return `${new Date(fromMs).toISOString()}/${new Date(toMs).toISOString()}`;
}

function measured({ kind, column = '' }: Measure): object {
  switch (kind) {
    case 'count':
      return { aggregations: [{ type: 'count', name: NAME }] };
    case 'sum':
    case 'min':
    case 'max': {
      const type = `double${kind[0]!.toUpperCase()}${kind.slice(1)}`;
      return { aggregations: [{ type, name: NAME, fieldName: column }] };
    }
    case 'distinct':
      return { aggregations: [{ type: 'cardinality', name: NAME, fields: [column], round: true }] };
    case 'avg':
      return {
        aggregations: [
          { type: 'doubleSum', name: 'sum', fieldName: column },
          {
            type: 'filtered',
            filter: { type: 'not', field: { type: 'null', column } },
            aggregator: { type: 'count', name: 'rows' },
          },
        ],
        postAggregations: [
          {
            type: 'arithmetic',
            name: NAME,
            fn: '/',
            fields: [
              { type: 'fieldAccess', fieldName: 'sum' },
              { type: 'fieldAccess', fieldName: 'rows' },
            ],
          },
        ],
      };
  }
}

/** Values of one dimension: any of the wanted, none of the excluded. Dimensions: all of them. */
function filtered(filters: readonly Filter[]): object {
  if (filters.length === 0) return {};
  const columns = [...new Set(filters.map((filter) => filter.column))];
  const fields = columns.flatMap((column) => {
    const own = filters.filter((filter) => filter.column === column);
    const wanted = own.filter((filter) => !filter.excluded).map((filter) => matcher(column, filter.value));
    const unwanted = own.filter((filter) => filter.excluded).map((filter) => matcher(column, filter.value));
    return [
      ...(wanted.length > 0 ? [{ type: 'or', fields: wanted }] : []),
      ...unwanted.map((field) => ({ type: 'not', field })),
    ];
  });
  return { filter: { type: 'and', fields } };
}

function matcher(column: string, value: string | null): object {
  if (value === null) return { type: 'null', column };
  return { type: 'equals', column, matchValueType: 'STRING', matchValue: value };
}
