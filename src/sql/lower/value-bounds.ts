/** Comparisons of one value with constants, as Druid's `equals` and `range` filters have them. @source Druid `RangeFilter.java`, `EqualityFilter.java` */
type Json = Readonly<Record<string, unknown>>;
export type BoundValue = string | number | bigint;

export interface Bounds {
  readonly lower: BoundValue | null;
  readonly upper: BoundValue | null;
  readonly lowerOpen: boolean;
  readonly upperOpen: boolean;
}

const NONE: Bounds = { lower: null, upper: null, lowerOpen: false, upperOpen: false };

/** undefined for operators and values that are no bounds. */
export function boundsOf(operator: string, value: unknown): Bounds | undefined {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'bigint') return undefined;
  switch (operator) {
    case '=':
      return { ...NONE, lower: value, upper: value };
    case '<':
      return { ...NONE, upper: value, upperOpen: true };
    case '<=':
      return { ...NONE, upper: value };
    case '>':
      return { ...NONE, lower: value, lowerOpen: true };
    case '>=':
      return { ...NONE, lower: value };
    default:
      return undefined;
  }
}

export function intersected(a: Bounds, b: Bounds): Bounds {
  const low = pick(a.lower, a.lowerOpen, b.lower, b.lowerOpen, (x, y) => x > y);
  const high = pick(a.upper, a.upperOpen, b.upper, b.upperOpen, (x, y) => x < y);
  return { lower: low.value, lowerOpen: low.open, upper: high.value, upperOpen: high.open };
}

function pick(
  a: BoundValue | null,
  aOpen: boolean,
  b: BoundValue | null,
  bOpen: boolean,
  isTighter: (x: BoundValue, y: BoundValue) => boolean,
): { readonly value: BoundValue | null; readonly open: boolean } {
  if (a === null || b === null) return a === null ? { value: b, open: bOpen } : { value: a, open: aOpen };
  if (a === b) return { value: a, open: aOpen || bOpen };
  return isTighter(a, b) ? { value: a, open: aOpen } : { value: b, open: bOpen };
}

/** No value lies within. */
export function isEmpty({ lower, upper, lowerOpen, upperOpen }: Bounds): boolean {
  return lower !== null && upper !== null && (lower > upper || (lower === upper && (lowerOpen || upperOpen)));
}

export function rangeJson(column: string, matchValueType: string, bounds: Bounds): Json {
  const { lower, upper, lowerOpen, upperOpen } = bounds;
  if (isEmpty(bounds)) return { type: 'false' };
  if (lower !== null && lower === upper) return { type: 'equals', column, matchValueType, matchValue: lower };
  return {
    type: 'range',
    column,
    matchValueType,
    ...(lower !== null && { lower }),
    ...(upper !== null && { upper }),
    ...(lowerOpen && { lowerOpen }),
    ...(upperOpen && { upperOpen }),
  };
}
