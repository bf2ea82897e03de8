/** Everything that the reader chose; it is in the address, so a view can be sent to others. */
export interface View {
  readonly source: string;
  /** Dimensions whose values are listed, each within those of the one before, at least one; the first is split in the charts. */
  readonly splits: readonly string[];
  /** At least one; values are in order of the first. */
  readonly measures: readonly Measure[];
  readonly filters: readonly Filter[];
  /** Only values of the first dimension with this text are listed. */
  readonly search: string;
  readonly range: Range;
  /** Period of a point in the charts; null = as the range suggests. */
  readonly step: string | null;
  readonly compares: boolean;
  readonly chart: 'line' | 'bar';
}

export interface Measure {
  readonly kind: 'count' | 'sum' | 'avg' | 'min' | 'max' | 'distinct';
  /** Undefined for `count`. */
  readonly column?: string;
}

/** More columns than these cannot be read beside each other. */
export const MAX_MEASURES = 4;
/** Each one more multiplies the rows. */
export const MAX_SPLITS = 3;

export interface Filter {
  readonly column: string;
  /** The value is a part of those that are meant. */
  readonly contains?: boolean;
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

export function filterText({ column, value, excluded, contains }: Filter): string {
  if (contains === true) return `${column} ${excluded ? 'without' : 'with'} “${value ?? ''}”`;
  return `${column} ${excluded ? '≠' : '='} ${value ?? 'null'}`;
}

/** A click on a value: it is filtered by, or the filter goes again. */
export function toggled(filters: readonly Filter[], filter: Filter): readonly Filter[] {
  const others = filters.filter((other) => !isSame(other, filter));
  return others.length < filters.length ? others : [...others, filter];
}

/** A click on a value within others: rows must have all of them. */
export function narrowed(filters: readonly Filter[], path: readonly Filter[]): readonly Filter[] {
  if (path.length === 1) return toggled(filters, path[0]!);
  return [...filters, ...path.filter((filter) => !filters.some((other) => isSame(other, filter)))];
}

function isSame(a: Filter, b: Filter): boolean {
  return a.column === b.column && a.value === b.value && (a.contains ?? false) === (b.contains ?? false);
}
