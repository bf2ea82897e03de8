// Kernels with dense groups: a loop of forms.ts around one of the steps below. States are 8 bytes a group (marks: 1).
import { at, intAt, pinned } from "./lanes";

/** The state of a row's group. `states` and `lane` are the same for the whole loop, so their sum is taken out of it. */
@inline
function stateOf<K>(states: usize, lane: usize, keys: usize, row: usize): usize {
  return (states + lane) + (<usize>load<K>(at<K>(keys, row)) << 3);
}

@inline
function addOne(state: usize): void {
  store<i64>(state, load<i64>(state) + 1);
}

@inline
function addValue<V>(state: usize, values: usize, row: usize, base: i64): void {
  if (isFloat<V>()) store<f64>(state, load<f64>(state) + <f64>load<V>(at<V>(values, row)));
  else store<i64>(state, load<i64>(state) + intAt<V>(values, row, base));
}

// Most values are no new extreme: a branch that is foreseen saves the store, and what the next row of the group would wait for.

@inline
function keepMin<V>(state: usize, values: usize, row: usize, base: i64): void {
  if (isFloat<V>()) {
    const value = <f64>load<V>(at<V>(values, row));
    const kept = load<f64>(state);
    // Equal zeros may differ in their sign.
    if (!(value > kept)) store<f64>(state, min<f64>(kept, value));
  } else {
    const value = intAt<V>(values, row, base);
    if (value < load<i64>(state)) store<i64>(state, value);
  }
}

@inline
function keepMax<V>(state: usize, values: usize, row: usize, base: i64): void {
  if (isFloat<V>()) {
    const value = <f64>load<V>(at<V>(values, row));
    const kept = load<f64>(state);
    if (!(value < kept)) store<f64>(state, max<f64>(kept, value));
  } else {
    const value = intAt<V>(values, row, base);
    if (value > load<i64>(state)) store<i64>(state, value);
  }
}

@unmanaged
export class CountStep<K> {
  @inline
  step(row: usize, lane: usize, keys: usize, values: usize, times: usize, first: usize, second: usize, base: i64): void {
    addOne(stateOf<K>(first, lane, keys, row));
  }
}

@unmanaged
export class SeenStep<K> {
  @inline
  step(row: usize, lane: usize, keys: usize, values: usize, times: usize, first: usize, second: usize, base: i64): void {
    store<u8>(first + <usize>load<K>(at<K>(keys, row)), 1);
  }
}

@unmanaged
export class SumStep<K, V> {
  @inline
  step(row: usize, lane: usize, keys: usize, values: usize, times: usize, first: usize, second: usize, base: i64): void {
    addValue<V>(stateOf<K>(first, lane, keys, row), values, row, base);
  }
}

@unmanaged
export class MinStep<K, V> {
  @inline
  step(row: usize, lane: usize, keys: usize, values: usize, times: usize, first: usize, second: usize, base: i64): void {
    keepMin<V>(stateOf<K>(first, lane, keys, row), values, row, base);
  }
}

@unmanaged
export class MaxStep<K, V> {
  @inline
  step(row: usize, lane: usize, keys: usize, values: usize, times: usize, first: usize, second: usize, base: i64): void {
    keepMax<V>(stateOf<K>(first, lane, keys, row), values, row, base);
  }
}

@unmanaged
export class CountSumStep<K, V> {
  @inline
  step(row: usize, lane: usize, keys: usize, values: usize, times: usize, first: usize, second: usize, base: i64): void {
    addOne(stateOf<K>(first, lane, keys, row));
    addValue<V>(stateOf<K>(second, lane, keys, row), values, row, base);
  }
}

@unmanaged
export class MinMaxStep<K, V> {
  @inline
  step(row: usize, lane: usize, keys: usize, values: usize, times: usize, first: usize, second: usize, base: i64): void {
    keepMin<V>(stateOf<K>(first, lane, keys, row), values, row, base);
    keepMax<V>(stateOf<K>(second, lane, keys, row), values, row, base);
  }
}

@inline
export function groupCount<Form, Step>(keys: usize, selection: usize, n: i32, keyBase: u32, counts: usize, laneBytes: usize): void {
  changetype<Form>(<usize>0).each<Step>(selection, n, laneBytes, keys, 0, 0, counts + (<usize>keyBase << 3), 0, 0);
}

@inline
export function groupSeen<Form, Step>(keys: usize, selection: usize, n: i32, keyBase: u32, seen: usize, laneBytes: usize): void {
  changetype<Form>(<usize>0).each<Step>(selection, n, 0, keys, 0, 0, seen + <usize>keyBase, 0, 0);
}

@inline
export function groupReduce<Form, Step>(
  keys: usize, values: usize, base: f64, selection: usize, n: i32, keyBase: u32, states: usize, laneBytes: usize,
): void {
  if (n == 0) return;
  const first = states + (<usize>keyBase << 3);
  const from = pinned(<i64>base, first);
  changetype<Form>(<usize>0).each<Step>(selection, n, laneBytes, keys, values, 0, first, 0, from);
}

@inline
export function groupPair<Form, Step>(
  keys: usize, values: usize, base: f64, selection: usize, n: i32, keyBase: u32, first: usize, second: usize, laneBytes: usize,
): void {
  if (n == 0) return;
  const offset = <usize>keyBase << 3;
  const from = pinned(<i64>base, first + offset);
  changetype<Form>(<usize>0).each<Step>(selection, n, laneBytes, keys, values, 0, first + offset, second + offset, from);
}
