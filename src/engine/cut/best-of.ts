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
  items: Uint32Array,
  limit: number,
  { keys, compare }: Ranking,
  sortedFrom = items.length,
): Uint32Array {
  if (items.length <= limit) return items;
  const last = greatest(items, keys, limit);
  const { better, equal } = placesInChoice(items, keys, { last, limit, sortedFrom });
  const room = limit - better;
  const kept =
    equal.length <= room
      ? equal
      : Uint32Array.from(
          Array.from(equal)
            .sort((a, b) => compare(items[b]!, items[a]!))
            .slice(0, room),
        ).sort();
  const chosen = new Uint32Array(better + kept.length);
  let count = 0;
  let next = 0;
  for (let i = 0; i < items.length; i++) {
    const isKept = i === kept[next];
    if (isKept) next++;
    if (isKept || keys[items[i]!]! > last) chosen[count++] = items[i]!;
  }
  return chosen;
}

interface ChoiceEnd {
  /** The key of the worst that is chosen. */
  readonly last: number;
  readonly limit: number;
  readonly sortedFrom: number;
}

/** How many are better than the worst that is chosen, and the places of those equal to it that were let in, ascending. */
function placesInChoice(
  items: Uint32Array,
  keys: Float64Array,
  { last, limit, sortedFrom }: ChoiceEnd,
): { readonly better: number; readonly equal: Uint32Array } {
  const equal = new Uint32Array(limit);
  let count = 0;
  let seen = 0;
  let better = 0;
  for (let i = 0; i < sortedFrom; i++) {
    const key = keys[items[i]!]!;
    if (key > last) better++;
    if (key === last && seen < limit) equal[count++] = i;
    if (key >= last) seen++;
  }
  for (let i = sortedFrom; i < items.length; i++) if (keys[items[i]!]! > last) better++;
  for (let i = sortedFrom; i < items.length && better + count < limit; i++) {
    const key = keys[items[i]!]!;
    if (key === last) equal[count++] = i;
  }
  return { better, equal: equal.subarray(0, count) };
}

/** The `place`-th greatest key, counted from 1: by Hoare's selection. */
export function greatest(items: Uint32Array, keys: Float64Array, place: number): number {
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
