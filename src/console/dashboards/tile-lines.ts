/** A row of an answer, its columns in the statement's order. */
export type Row = Readonly<Record<string, unknown>>;

export interface Lines {
  /** Seconds since 1970, ascending. */
  readonly times: readonly number[];
  readonly lines: readonly { readonly label: string; readonly values: readonly (number | null)[] }[];
}

const MOST_LINES = 6;
const MOST_BUCKETS = 2_000;
/** An event is in answers well within this time. */
const SETTLED_MS = 400;

/**
 * An answer as lines over time: the first column that holds times is the axis, a column of text splits into a line per value, and
 * each column of numbers is a line. Undefined when there is no time or no number.
 */
export function tileLines(rows: readonly Row[]): Lines | undefined {
  const sample = rows[0];
  if (sample === undefined) return { times: [], lines: [] };
  const names = Object.keys(sample);
  const time = names.find((name) => rows.every((row) => isTime(row[name])));
  const numbers = names.filter((name) => rows.some((row) => typeof row[name] === 'number'));
  if (time === undefined || numbers.length === 0) return undefined;
  const split = names.find((name) => name !== time && !numbers.includes(name));
  const found = [...new Set(rows.map((row) => Date.parse(row[time] as string) / 1000))].toSorted((a, b) => a - b);
  const times = withEmptyBuckets(found);
  const places = new Map(times.map((at, i) => [at, i]));
  const lines = new Map<string, { readonly values: (number | null)[]; sum: number }>();
  for (const row of rows) {
    for (const number of numbers) {
      const value = row[number];
      if (typeof value !== 'number') continue;
      const label = lineLabel(split === undefined ? undefined : row[split], number, numbers.length);
      const line = lines.get(label) ?? {
        values: Array.from<number | null>({ length: times.length }).fill(null),
        sum: 0,
      };
      lines.set(label, line);
      line.values[places.get(Date.parse(row[time] as string) / 1000)!] = value;
      line.sum += value;
    }
  }
  const shown = [...lines].toSorted(([, a], [, b]) => (split === undefined ? 0 : b.sum - a.sum)).slice(0, MOST_LINES);
  return { times, lines: shown.map(([label, { values }]) => ({ label, values })) };
}

/** Times of buckets of one length, with those that no row has: a line must not lead over them as if there had been something. */
function withEmptyBuckets(times: readonly number[]): readonly number[] {
  const [first, last] = [times[0], times.at(-1)];
  if (first === undefined || last === undefined || times.length < 3) return times;
  const step = Math.min(...times.slice(1).map((at, i) => at - times[i]!));
  const count = (last - first) / step + 1;
  const isRegular = times.every((at) => Number.isInteger((at - first) / step));
  return isRegular && count <= MOST_BUCKETS ? Array.from({ length: count }, (_, i) => first + i * step) : times;
}

/**
 * Without the newest bucket while it can still grow, which would always look like a drop, and without the oldest, which the window
 * cuts: what is left is complete.
 */
export function completeLines({ times, lines }: Lines, evaluatedAtMs: number): Lines {
  const step = Math.min(...times.slice(1).map((time, i) => time - times[i]!));
  const last = times.at(-1);
  const grows = last !== undefined && (last + (Number.isFinite(step) ? step : 0)) * 1000 + SETTLED_MS > evaluatedAtMs;
  const [from, to] = times.length > 3 ? [1, grows ? -1 : times.length] : [0, times.length];
  return {
    times: times.slice(from, to),
    lines: lines.map(({ label, values }) => ({ label, values: values.slice(from, to) })),
  };
}

function lineLabel(split: unknown, number: string, numbers: number): string {
  if (split === undefined) return number;
  const name = split === null ? 'null' : String(split);
  return numbers === 1 ? name : `${name}, ${number}`;
}

function isTime(value: unknown): boolean {
  return typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(value);
}
