type Json = Readonly<Record<string, unknown>>;

const MIN = -4611686018427387904n;
const MAX = 4611686018427387903n;
/** As Druid prints all of time. */
export const ETERNITY = '-146136543-09-08T08:23:32.096Z/146140482-04-24T15:36:27.903Z';

type Range = readonly [bigint, bigint];

/** Bounds of `__time` taken out of a filter: sorted, disjoint intervals as Druid prints them, and what is left to filter. */
export function splitTimeFilter(filter: Json | null): {
  readonly intervals: readonly string[];
  readonly filter: Json | null;
} {
  if (filter === null) return { intervals: [ETERNITY], filter: null };
  const whole = rangesOf(filter);
  if (whole !== null) return { intervals: whole.map(text), filter: null };
  if (filter['type'] !== 'and') return { intervals: [ETERNITY], filter };
  let ranges: readonly Range[] = [[MIN, MAX]];
  const rest: Json[] = [];
  for (const field of filter['fields'] as readonly Json[]) {
    const mine = rangesOf(field);
    if (mine === null) rest.push(field);
    else ranges = intersect(ranges, mine);
  }
  const left = rest.length === 0 ? null : rest.length === 1 ? rest[0]! : { ...filter, fields: rest };
  return { intervals: ranges.map(text), filter: left };
}

/** Instants that a filter accepts; null when it reads more than `__time`. */
function rangesOf(filter: Json): readonly Range[] | null {
  switch (filter['type']) {
    case 'true':
      return [[MIN, MAX]];
    case 'false':
      return [];
    case 'range': {
      if (filter['column'] !== '__time' || filter['matchValueType'] !== 'LONG') return null;
      const open = (key: string): bigint => (filter[key] === true ? 1n : 0n);
      const [lower, upper] = [filter['lower'], filter['upper']];
      const from = lower === undefined || lower === null ? MIN : BigInt(lower as number) + open('lowerOpen');
      const to = upper === undefined || upper === null ? MAX : BigInt(upper as number) + 1n - open('upperOpen');
      return from < to ? [[from, to]] : [];
    }
    case 'equals': {
      if (filter['column'] !== '__time' || filter['matchValueType'] !== 'LONG') return null;
      const at = BigInt(filter['matchValue'] as number);
      return [[at, at + 1n]];
    }
    case 'and': {
      const parts = (filter['fields'] as readonly Json[]).map(rangesOf);
      if (parts.some((p) => p === null)) return null;
      return parts.reduce<readonly Range[]>((all, part) => intersect(all, part!), [[MIN, MAX]]);
    }
    case 'or': {
      const parts = (filter['fields'] as readonly Json[]).map(rangesOf);
      if (parts.some((p) => p === null)) return null;
      return merge(parts.flatMap((part) => [...part!]));
    }
    case 'not': {
      const inner = rangesOf(filter['field'] as Json);
      return inner === null ? null : complement(inner);
    }
    default:
      return null;
  }
}

function intersect(a: readonly Range[], b: readonly Range[]): Range[] {
  const all = a.flatMap(([from, to]) =>
    b.map(([otherFrom, otherTo]): Range => [from > otherFrom ? from : otherFrom, to < otherTo ? to : otherTo]),
  );
  return merge(all.filter(([from, to]) => from < to));
}

function merge(ranges: readonly Range[]): Range[] {
  const sorted = [...ranges].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const merged: [bigint, bigint][] = [];
  for (const [from, to] of sorted) {
    const last = merged.at(-1);
    if (last !== undefined && from <= last[1]) {
      if (to > last[1]) last[1] = to;
    } else merged.push([from, to]);
  }
  return merged;
}

function complement(ranges: readonly Range[]): Range[] {
  const gaps: Range[] = [];
  let from = MIN;
  for (const [start, end] of merge(ranges)) {
    if (from < start) gaps.push([from, start]);
    from = end;
  }
  if (from < MAX) gaps.push([from, MAX]);
  return gaps;
}

function text([from, to]: Range): string {
  const [all, end] = ETERNITY.split('/') as [string, string];
  return `${from <= MIN ? all : iso(from)}/${to >= MAX ? end : iso(to)}`;
}

/** ISO text, years beyond four digits as Joda prints them. */
function iso(ms: bigint): string {
  const date = new Date(Number(ms));
  if (Number.isNaN(date.getTime())) return (ms < 0n ? ETERNITY.split('/')[0] : ETERNITY.split('/')[1])!;
  return date
    .toISOString()
    .replace(/^\+0*(?=\d{5})/, '')
    .replace(/^-00(?=\d{4})/, '-');
}
