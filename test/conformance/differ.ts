import { ExactNumber, exactText, type ExactJson } from './exact-json.js';

export interface DifferRules {
  /** Only kinds of values and members, of lists the first element: the values depend on machine and moment. */
  readonly shapeOnly: boolean;
  /** Members that must be there with any value. */
  readonly volatile: ReadonlySet<string>;
  /** Takes what no two servers have in common (names of nodes, versions of segments) out of a text. */
  readonly neutral: (text: string) => string;
}

/** Sums of floats depend on their order: relative. */
const TOLERANCE = 1e-9;

/** Where and how `got` first differs from `want`; null if it does not. */
export function differ(want: ExactJson, got: ExactJson, rules: DifferRules, at = '$'): string | null {
  const kind = kindOf(want);
  if (rules.shapeOnly && (want === null || got === null)) return null;
  if (kind !== kindOf(got)) return `${at}: ${cut(want)} expected, got ${cut(got)}`;
  if (Array.isArray(want) && Array.isArray(got)) return differLists(want, got, rules, at);
  if (want instanceof Map && got instanceof Map) return differObjects(want, got, rules, at);
  if (rules.shapeOnly) return null;
  const isSame =
    want instanceof ExactNumber && got instanceof ExactNumber
      ? sameNumber(want, got)
      : typeof want === 'string' && typeof got === 'string'
        ? rules.neutral(want) === rules.neutral(got)
        : want === got;
  return isSame ? null : `${at}: ${cut(want)} expected, got ${cut(got)}`;
}

function differLists(
  want: readonly ExactJson[],
  got: readonly ExactJson[],
  rules: DifferRules,
  at: string,
): string | null {
  if (!rules.shapeOnly && want.length !== got.length) {
    return `${at}: ${want.length} elements expected, got ${got.length}: ${cut(want)} expected, got ${cut(got)}`;
  }
  const numCompared = rules.shapeOnly ? Math.min(1, want.length, got.length) : want.length;
  for (let i = 0; i < numCompared; i++) {
    const difference = differ(want[i]!, got[i]!, rules, `${at}[${i}]`);
    if (difference !== null) return difference;
  }
  return null;
}

function differObjects(
  want: ReadonlyMap<string, ExactJson>,
  got: ReadonlyMap<string, ExactJson>,
  rules: DifferRules,
  at: string,
): string | null {
  const mine = new Map([...got].map(([key, value]) => [rules.neutral(key), value]));
  for (const [name, value] of want) {
    const key = rules.neutral(name);
    const other = mine.get(key);
    if (other === undefined) return `${at}.${key}: missing, ${cut(value)} expected`;
    mine.delete(key);
    const difference = rules.volatile.has(key) ? null : differ(value, other, rules, `${at}.${key}`);
    if (difference !== null) return difference;
  }
  const [extra] = mine.keys();
  return extra === undefined || rules.shapeOnly ? null : `${at}.${extra}: unexpected, got ${cut(mine.get(extra))}`;
}

function sameNumber(want: ExactNumber, got: ExactNumber): boolean {
  if (want.text === got.text) return true;
  if (want.isInteger || got.isInteger) return false;
  const a = Number(want.text);
  const b = Number(got.text);
  // Equal values are written alike; others are the same sum in another order.
  return a !== b && Math.abs(a - b) <= TOLERANCE * Math.max(Math.abs(a), Math.abs(b));
}

function kindOf(value: ExactJson): string {
  if (value === null) return 'null';
  if (value instanceof ExactNumber) return 'number';
  if (Array.isArray(value)) return 'array';
  return value instanceof Map ? 'object' : typeof value;
}

function cut(value: ExactJson | undefined): string {
  const text = exactText(value);
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
