/** Druid's string orders. All put null first; unless said otherwise the empty string comes next. @source Druid `StringComparators.java` */

export type StringOrdering = 'lexicographic' | 'alphanumeric' | 'numeric' | 'strlen' | 'version' | 'natural';

/** Negative, zero or positive; null sorts before every string. */
export type StringComparator = (a: string | null, b: string | null) => number;

/** The comparator of an ordering; `natural` compares strings lexicographically. */
export function stringComparator(ordering: StringOrdering): StringComparator {
  return COMPARATORS[ordering];
}

/** The ordering with this name in any case, or undefined. */
export function findStringOrdering(name: string): StringOrdering | undefined {
  const lower = name.toLowerCase();
  return Object.hasOwn(COMPARATORS, lower) ? (lower as StringOrdering) : undefined;
}

/** By UTF-16 code units, as Java's `String.compareTo`. */
export function compareLexicographic(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function compareLength(a: string, b: string): number {
  return a.length - b.length || compareLexicographic(a, b);
}

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** By value; text that is no number comes before all numbers. */
export function compareNumeric(a: string, b: string): number {
  const isNumberA = NUMBER.test(a);
  const isNumberB = NUMBER.test(b);
  if (!isNumberA || !isNumberB) {
    if (isNumberA === isNumberB) return compareLexicographic(a, b);
    return isNumberA ? 1 : -1;
  }
  const x = Number(a);
  const y = Number(b);
  if (x !== y) return x < y ? -1 : 1;
  // Doubles that look equal may be different integers.
  if (Number.isSafeInteger(x) || !/^[+-]?\d+$/.test(a) || !/^[+-]?\d+$/.test(b)) return 0;
  const exactA = BigInt(a.replace('+', ''));
  const exactB = BigInt(b.replace('+', ''));
  return exactA < exactB ? -1 : exactA > exactB ? 1 : 0;
}

/** Value of a digit in the scripts that Druid counts as digits, or -1. */
function digitValue(unit: number): number {
  if (unit >= 0x30 && unit <= 0x39) return unit - 0x30;
  if (unit >= 0x660 && unit <= 0x669) return unit - 0x660;
  if (unit >= 0x6f0 && unit <= 0x6f9) return unit - 0x6f0;
  if (unit >= 0x966 && unit <= 0x96f) return unit - 0x966;
  if (unit >= 0xff10 && unit <= 0xff19) return unit - 0xff10;
  return -1;
}

function endOfRun(text: string, from: number, digits: boolean): number {
  let end = from;
  while (end < text.length && digitValue(text.charCodeAt(end)) >= 0 === digits) end++;
  return end;
}

/** Digit runs by value, other runs without regard to case, digits before the rest. */
export function compareAlphanumeric(a: string, b: string): number {
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const digitsA = digitValue(a.charCodeAt(i)) >= 0;
    const digitsB = digitValue(b.charCodeAt(j)) >= 0;
    if (digitsA !== digitsB) return digitsA ? -1 : 1;
    const endA = endOfRun(a, i, digitsA);
    const endB = endOfRun(b, j, digitsB);
    const runA = a.slice(i, endA);
    const runB = b.slice(j, endB);
    const result = digitsA ? compareDigits(runA, runB) : compareIgnoringCase(runA, runB);
    if (result !== 0) return result;
    i = endA;
    j = endB;
  }
  return a.length - b.length;
}

function compareDigits(a: string, b: string): number {
  const zerosA = leadingZeros(a);
  const zerosB = leadingZeros(b);
  const significant = a.length - zerosA - (b.length - zerosB);
  if (significant !== 0) return significant;
  for (let i = zerosA, j = zerosB; i < a.length; i++, j++) {
    const difference = digitValue(a.charCodeAt(i)) - digitValue(b.charCodeAt(j));
    if (difference !== 0) return difference;
  }
  return zerosA - zerosB;
}

function leadingZeros(digits: string): number {
  let n = 0;
  while (n < digits.length && digitValue(digits.charCodeAt(n)) === 0) n++;
  return n;
}

/** Unit by unit, upper case and then lower case, as Java's `CASE_INSENSITIVE_ORDER`. */
function compareIgnoringCase(a: string, b: string): number {
  const n = Math.min(a.length, b.length);
  for (let i = 0; i < n; i++) {
    const x = a[i]!;
    const y = b[i]!;
    if (x === y) continue;
    const foldedX = fold(x);
    const foldedY = fold(y);
    if (foldedX !== foldedY) return foldedX - foldedY;
  }
  return a.length - b.length;
}

function fold(unit: string): number {
  const upper = unit.toUpperCase();
  return (upper.length === 1 ? upper : unit).toLowerCase().charCodeAt(0);
}

/** Qualifiers of Maven versions from oldest to newest; the empty one is a release. */
const QUALIFIERS = ['alpha', 'beta', 'milestone', 'rc', 'snapshot', '', 'sp'];
const QUALIFIER_ALIASES: Readonly<Record<string, string>> = {
  a: 'alpha',
  b: 'beta',
  m: 'milestone',
  cr: 'rc',
  ga: '',
  final: '',
  release: '',
};

type VersionItem = bigint | string;

/** Numbers are bigint, qualifiers text; zeros and releases before a qualifier or at the end do not count. */
function versionItems(version: string): VersionItem[] {
  const items: VersionItem[] = [];
  const trim = (): void => {
    while (items.length > 0 && (items.at(-1) === 0n || items.at(-1) === '')) items.pop();
  };
  for (const [token] of version.toLowerCase().matchAll(/\d+|[^\d.\-_]+/g)) {
    if (/^\d/.test(token)) items.push(BigInt(token));
    else {
      trim();
      items.push(QUALIFIER_ALIASES[token] ?? token);
    }
  }
  trim();
  return items;
}

function qualifierRank(qualifier: string): number {
  const known = QUALIFIERS.indexOf(qualifier);
  return known >= 0 ? known : QUALIFIERS.length;
}

function compareVersionItems(a: VersionItem | undefined, b: VersionItem | undefined): number {
  // A missing item is a release or a zero, whatever it meets.
  if (typeof a === 'bigint' || typeof b === 'bigint') {
    if (typeof a === 'string') return -1;
    if (typeof b === 'string') return 1;
    const x = a ?? 0n;
    const y = b ?? 0n;
    return x < y ? -1 : x > y ? 1 : 0;
  }
  const x = a ?? '';
  const y = b ?? '';
  return (
    qualifierRank(x) - qualifierRank(y) || (qualifierRank(x) === QUALIFIERS.length ? compareLexicographic(x, y) : 0)
  );
}

/** Maven's order of artifact versions: `1.9` before `1.10`, `2.0-rc1` before `2.0`. */
export function compareVersion(a: string, b: string): number {
  const itemsA = versionItems(a);
  const itemsB = versionItems(b);
  const n = Math.max(itemsA.length, itemsB.length);
  for (let i = 0; i < n; i++) {
    const result = compareVersionItems(itemsA[i], itemsB[i]);
    if (result !== 0) return result;
  }
  return 0;
}

function nullsFirst(compare: (a: string, b: string) => number): StringComparator {
  return (a, b) => {
    if (a === null) return b === null ? 0 : -1;
    return b === null ? 1 : compare(a, b);
  };
}

const COMPARATORS: Readonly<Record<StringOrdering, StringComparator>> = {
  lexicographic: nullsFirst(compareLexicographic),
  alphanumeric: nullsFirst(compareAlphanumeric),
  numeric: nullsFirst(compareNumeric),
  strlen: nullsFirst(compareLength),
  version: nullsFirst(compareVersion),
  natural: nullsFirst(compareLexicographic),
};
