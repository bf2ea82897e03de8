// One row a group: the first or last of the selected ones, or that of the least or greatest time. `winners` has the row + 1 of each group's
// winner, 0 for none; `picked` is a list of u32 with its length first: the groups that have one.
import { at } from "./lanes";

@inline
function winnerOf<K>(winners: usize, keys: usize, row: usize): usize {
  return winners + (<usize>load<K>(at<K>(keys, row)) << 2);
}

@inline
function append<K>(picked: usize, keys: usize, row: usize, keyBase: i64): void {
  const n = load<u32>(picked) + 1;
  store<u32>(picked, n);
  store<u32>(picked + (<usize>n << 2), <u32>load<K>(at<K>(keys, row)) + <u32>keyBase);
}

@unmanaged
export class First<K> {
  @inline
  step(row: usize, lane: usize, keys: usize, values: usize, times: usize, winners: usize, picked: usize, base: i64): void {
    const winner = winnerOf<K>(winners, keys, row);
    if (load<u32>(winner) != 0) return;
    append<K>(picked, keys, row, base);
    store<u32>(winner, <u32>row + 1);
  }
}

@unmanaged
export class Last<K> {
  @inline
  step(row: usize, lane: usize, keys: usize, values: usize, times: usize, winners: usize, picked: usize, base: i64): void {
    const winner = winnerOf<K>(winners, keys, row);
    if (load<u32>(winner) == 0) append<K>(picked, keys, row, base);
    store<u32>(winner, <u32>row + 1);
  }
}

@unmanaged
export class Earliest<K, T> {
  @inline
  step(row: usize, lane: usize, keys: usize, values: usize, times: usize, winners: usize, picked: usize, base: i64): void {
    const winner = winnerOf<K>(winners, keys, row);
    const before = load<u32>(winner);
    if (before == 0) append<K>(picked, keys, row, base);
    else if (load<T>(at<T>(times, row)) >= load<T>(at<T>(times, <usize>before - 1))) return;
    store<u32>(winner, <u32>row + 1);
  }
}

@unmanaged
export class Latest<K, T> {
  @inline
  step(row: usize, lane: usize, keys: usize, values: usize, times: usize, winners: usize, picked: usize, base: i64): void {
    const winner = winnerOf<K>(winners, keys, row);
    const before = load<u32>(winner);
    if (before == 0) append<K>(picked, keys, row, base);
    else if (load<T>(at<T>(times, row)) < load<T>(at<T>(times, <usize>before - 1))) return;
    store<u32>(winner, <u32>row + 1);
  }
}

@inline
export function pick<Form, Step>(
  keys: usize, times: usize, selection: usize, n: i32, keyBase: u32, winners: usize, picked: usize,
): u32 {
  store<u32>(picked, 0);
  changetype<Form>(<usize>0).each<Step>(selection, n, 0, keys, 0, times, winners + (<usize>keyBase << 2), picked, <i64>keyBase);
  return load<u32>(picked);
}
