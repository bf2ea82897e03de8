// Choosing groups: the k-th best state by a heap of k indexes (kept in the output buffer), then one pass that collects.
import { orderKey } from "./lanes";

/** Integers of which a greater one is always the better state. */
@inline
function rankOf<T>(states: usize, i: u32, flip: i64): i64 {
  const state = states + (<usize>i << 3);
  return (isFloat<T>() ? orderKey(load<f64>(state)) : load<i64>(state)) ^ flip;
}

@inline
function isGroup(counts: usize, i: u32): bool {
  return counts == 0 || load<i64>(counts + (<usize>i << 3)) > 0;
}

/** Moves the index at `root` down a heap whose top is the worst, until none below is worse. */
function siftDown<T>(heap: usize, size: u32, root: u32, states: usize, flip: i64): void {
  const index = load<u32>(heap + (<usize>root << 2));
  const rank = rankOf<T>(states, index, flip);
  for (;;) {
    let child: u32 = 2 * root + 1;
    if (child >= size) break;
    let below = load<u32>(heap + (<usize>child << 2));
    let belowRank = rankOf<T>(states, below, flip);
    if (child + 1 < size) {
      const other = load<u32>(heap + (<usize>(child + 1) << 2));
      const otherRank = rankOf<T>(states, other, flip);
      if (otherRank < belowRank) {
        child++;
        below = other;
        belowRank = otherRank;
      }
    }
    if (belowRank >= rank) break;
    store<u32>(heap + (<usize>root << 2), below);
    root = child;
  }
  store<u32>(heap + (<usize>root << 2), index);
}

/** The rank of the k-th best group, or the lowest of all when there are not more than k. */
@inline
function threshold<T>(states: usize, counts: usize, n: u32, k: u32, flip: i64, heap: usize): i64 {
  let size: u32 = 0;
  let i: u32 = 0;
  for (; i < n && size < k; i++) {
    if (isGroup(counts, i)) store<u32>(heap + (<usize>(size++) << 2), i);
  }
  if (size < k) return i64.MIN_VALUE;
  for (let root = size >> 1; root > 0; root--) siftDown<T>(heap, size, root - 1, states, flip);
  let worst = rankOf<T>(states, load<u32>(heap), flip);
  for (; i < n; i++) {
    const rank = rankOf<T>(states, i, flip);
    if (rank > worst && isGroup(counts, i)) {
      store<u32>(heap, i);
      siftDown<T>(heap, size, 0, states, flip);
      worst = rankOf<T>(states, load<u32>(heap), flip);
    }
  }
  return worst;
}

@inline
export function topK<T>(states: usize, counts: usize, n: u32, k: u32, descending: i32, out: usize, capacity: u32): i32 {
  if (k == 0) return 0;
  // The complement of a two's complement number is its mirror image, without overflow.
  const flip: i64 = descending ? 0 : -1;
  // A heap of more than the capacity is not needed: then either all groups fit or the answer is -1.
  const least = k <= capacity ? threshold<T>(states, counts, n, k, flip, out) : i64.MIN_VALUE;
  let found: u32 = 0;
  for (let i: u32 = 0; i < n; i++) {
    if (rankOf<T>(states, i, flip) < least || !isGroup(counts, i)) continue;
    if (found == capacity) return -1;
    store<u32>(out + (<usize>(found++) << 2), i);
  }
  return <i32>found;
}

export function nonEmpty(counts: usize, n: u32, out: usize): i32 {
  let found: usize = 0;
  for (let i: u32 = 0; i < n; i++) {
    if (load<i64>(counts + (<usize>i << 3)) > 0) store<u32>(out + (found++ << 2), i);
  }
  return <i32>found;
}
