/** What ranks the items of a list. */
export interface Ranking {
  /** By item: greater is better, `-Infinity` where there is no value. */
  readonly keys: Float64Array;
  /** Whether the dimension's value of one item comes before that of another. */
  compare(a: number, b: number): number;
}

/**
 * Druid's choice of the `limit` best items, all when there are no more: it takes them one by one, and lets one in for the worst that it has
 * only when it is better. So of equal ones at the end of the choice those count that came before it was full, and of these, as better ones come,
 * the least by the dimension's value go first.
 * @param items in the order in which they are taken
 * @param sortedFrom from here on they come in the order of keys, best first, whatever their order in the list
 * @returns in the order of `items`
 * @source Druid `TopNNumericResultBuilder.java`, `TopNBinaryFn.java`
 */
export function bestOf(
  items: readonly number[],
  limit: number,
  { keys, compare }: Ranking,
  sortedFrom = items.length,
): readonly number[] {
  if (items.length <= limit) return items;
  const last = greatest(items, keys, limit);
  const equal: number[] = [];
  let seen = 0;
  let better = 0;
  for (let i = 0; i < sortedFrom; i++) {
    const key = keys[items[i]!]!;
    if (key > last) better++;
    if (key === last && seen < limit) equal.push(items[i]!);
    if (key >= last) seen++;
  }
  for (let i = sortedFrom; i < items.length; i++) if (keys[items[i]!]! > last) better++;
  seen = better + equal.length;
  for (let i = sortedFrom; i < items.length && seen < limit; i++) {
    if (keys[items[i]!]! !== last) continue;
    equal.push(items[i]!);
    seen++;
  }
  const room = limit - better;
  const kept = new Set(equal.length <= room ? equal : equal.sort((a, b) => compare(b, a)).slice(0, room));
  return items.filter((item) => keys[item]! > last || kept.has(item));
}

/** The `place`-th greatest key, counted from 1: by Hoare's selection. */
export function greatest(items: readonly number[], keys: Float64Array, place: number): number {
  const values = new Float64Array(items.length);
  for (let i = 0; i < values.length; i++) values[i] = keys[items[i]!]!;
  const wanted = values.length - place;
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const pivot = values[(low + high) >>> 1]!;
    let i = low;
    let j = high;
    while (i <= j) {
      while (values[i]! < pivot) i++;
      while (values[j]! > pivot) j--;
      if (i > j) break;
      const value = values[i]!;
      values[i++] = values[j]!;
      values[j--] = value;
    }
    if (wanted <= j) high = j;
    else if (wanted >= i) low = i;
    else break;
  }
  return values[wanted]!;
}
