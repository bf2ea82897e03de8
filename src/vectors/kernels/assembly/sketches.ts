// Updates of sketches by dictionary id: what a value hashes to was computed once per id.
import { at } from "./lanes";

/** first: table of (register << 8 | rank) by id, second: registers. */
@unmanaged
export class HllStep<K> {
  @inline
  step(row: usize, lane: usize, ids: usize, table: usize, unused: usize, registers: usize, unused2: usize, base: i64): void {
    const entry = load<u32>(table + (<usize>load<K>(at<K>(ids, row)) << 2));
    const register = registers + <usize>(entry >> 8);
    const rank = <u8>entry;
    if (rank > load<u8>(register)) store<u8>(register, rank);
  }
}

/** Carries where the next hash goes. */
@unmanaged
export class ThetaStep<K> {
  @inline
  step(row: usize, out: usize, ids: usize, hashes: usize, theta: u64): usize {
    const hash = load<u64>(hashes + (<usize>load<K>(at<K>(ids, row)) << 3));
    if (hash >= theta) return out;
    store<u64>(out, hash);
    return out + 8;
  }
}

@inline
export function hllUpdate<Form, Step>(ids: usize, table: usize, selection: usize, n: i32, registers: usize): void {
  changetype<Form>(<usize>0).each<Step>(selection, n, 0, ids, table, 0, registers, 0, 0);
}

@inline
export function thetaCollect<Form, Step>(ids: usize, hashes: usize, theta: usize, selection: usize, n: i32, out: usize): i32 {
  const end = changetype<Form>(<usize>0).fold<Step>(selection, n, out, ids, hashes, load<u64>(theta));
  return <i32>((end - out) >> 3);
}
