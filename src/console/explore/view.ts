/** Everything that the reader chose; it is in the address, so a view can be sent to others. */
export interface View {
  readonly source: string;
  /** Dimensions whose values are listed; the first is split in the chart. */
  readonly split: string;
  readonly measure: Measure;
  readonly filters: readonly Filter[];
  readonly range: Range;
  readonly compares: boolean;
  readonly chart: 'line' | 'bar';
}

export interface Measure {
  readonly kind: 'count' | 'sum' | 'avg' | 'min' | 'max' | 'distinct';
  /** Undefined for `count`. */
  readonly column?: string;
}

export interface Filter {
  readonly column: string;
  /** Null is the value that is missing. */
  readonly value: string | null;
  readonly excluded: boolean;
}

/** The last so many milliseconds up to the newest event, or from one time to another. */
export type Range = { readonly lastMs: number } | { readonly fromMs: number; readonly toMs: number };

export const LAST: Readonly<Record<string, number>> = {
  'Last 15 minutes': 900_000,
  'Last hour': 3_600_000,
  'Last 6 hours': 21_600_000,
  'Last day': 86_400_000,
  'Last week': 604_800_000,
  'Last 30 days': 2_592_000_000,
};
export const DEFAULT_LAST_MS = 3_600_000;

/** A view as the parameters of an address, and back. */
export function viewParams(view: View): Readonly<Record<string, string>> {
  return { view: JSON.stringify(view) };
}

/** What an address says; undefined when it says nothing, or what is no view. */
export function viewOf(params: URLSearchParams): Partial<View> {
  try {
    return JSON.parse(params.get('view') ?? '{}') as Partial<View>;
  } catch {
    return {};
  }
}

export function measureTitle({ kind, column }: Measure): string {
  if (kind === 'count') return 'Events';
  const names = { sum: 'Sum of', avg: 'Average', min: 'Least', max: 'Greatest', distinct: 'Distinct' };
  return `${names[kind]} ${column ?? ''}`;
}

/** A click on a value: it becomes the only one, or the filter goes again. */
export function toggled(filters: readonly Filter[], filter: Filter): readonly Filter[] {
  const others = filters.filter((other) => other.column !== filter.column || other.value !== filter.value);
  return others.length < filters.length ? others : [...others, filter];
}
