/** A row of a live answer: an element of its JSON array. */
export interface LiveRow {
  /** Equal in two answers for what is the same row to a person: its time and dimensions. Unique within an answer. */
  readonly key: string;
  /** The element's JSON text. */
  readonly text: string;
  /** Of an element whose `result` is an array of rows itself (topN, search): those rows. */
  readonly inner?: readonly LiveRow[];
}

/** How one array of rows becomes another; numbers are indexes. Applied in the order of the members. */
interface Changes {
  /** In the old array, ascending. */
  readonly removed: readonly number[];
  /** In the new array, ascending: where the row is put once those before it are there. */
  readonly added: readonly (readonly [at: number, row: string])[];
  /** In the new array: rows of the same key with other values. */
  readonly changed: readonly (readonly [at: number, row: string])[];
  /** In the new array: elements of which only rows of their `result` changed. */
  readonly within: readonly (readonly [at: number, delta: string])[];
}

/** Gives rows of equal keys keys of their own. */
export function withUniqueKeys(rows: readonly LiveRow[]): readonly LiveRow[] {
  const seen = new Map<string, number>();
  return rows.map((row) => {
    const count = seen.get(row.key) ?? 0;
    seen.set(row.key, count + 1);
    return count === 0 ? row : { ...row, key: `${row.key}#${count}` };
  });
}

export function sameRows(a: readonly LiveRow[], b: readonly LiveRow[]): boolean {
  return a.length === b.length && a.every((row, i) => row.text === b[i]!.text);
}

/** The JSON array of the rows. */
export function rowsText(rows: readonly LiveRow[]): string {
  return `[${rows.map(({ text }) => text).join(',')}]`;
}

/** JSON text of what turns `before` into `after`, order included; `{}` when nothing does. */
export function deltaText(before: readonly LiveRow[], after: readonly LiveRow[]): string {
  const { removed, added, changed, within } = changes(before, after);
  const members: string[] = [];
  const list = (name: string, entries: readonly (readonly [number, string])[]): void => {
    if (entries.length > 0) members.push(`"${name}":[${entries.map(([at, text]) => `[${at},${text}]`).join(',')}]`);
  };
  if (removed.length > 0) members.push(`"removed":[${removed.join(',')}]`);
  list('added', added);
  list('changed', changed);
  list('within', within);
  return `{${members.join(',')}}`;
}

function changes(before: readonly LiveRow[], after: readonly LiveRow[]): Changes {
  const places = new Map(before.map(({ key }, i) => [key, i]));
  const origins = keepOrder(after.map(({ key }) => places.get(key) ?? -1));
  const stays = new Uint8Array(before.length);
  const added: [number, string][] = [];
  const changed: [number, string][] = [];
  const within: [number, string][] = [];
  for (let i = 0; i < after.length; i++) {
    const row = after[i]!;
    const origin = origins[i]!;
    const old = before[origin];
    if (old === undefined) {
      added.push([i, row.text]);
      continue;
    }
    stays[origin] = 1;
    if (old.text === row.text) continue;
    if (old.inner !== undefined && row.inner !== undefined) within.push([i, deltaText(old.inner, row.inner)]);
    else changed.push([i, row.text]);
  }
  const removed: number[] = [];
  for (let i = 0; i < before.length; i++) if (stays[i] === 0) removed.push(i);
  return { removed, added, changed, within };
}

/** Origins (-1: none) with as few as possible set to -1, so that the others ascend: rows that only moved are removed and added. */
function keepOrder(origins: readonly number[]): readonly number[] {
  // Longest ascending subsequence: `ends[n]` is where the one of n + 1 rows with the smallest last origin ends.
  const ends: number[] = [];
  const previous = new Int32Array(origins.length).fill(-1);
  for (let i = 0; i < origins.length; i++) {
    if (origins[i] === -1) continue;
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (origins[ends[middle]!]! < origins[i]!) low = middle + 1;
      else high = middle;
    }
    if (low > 0) previous[i] = ends[low - 1]!;
    ends[low] = i;
  }
  const kept = origins.map(() => -1);
  for (let i = ends.at(-1) ?? -1; i !== -1; i = previous[i]!) kept[i] = origins[i]!;
  return kept;
}
