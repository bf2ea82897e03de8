/** The rows of the stored sample segments: every format version holds the same ones. */
import type { Cell, PlainColumn } from '../unit/segments/segment-fixture.js';

const NUM_ROWS = 48;

function rows(value: (i: number) => Cell): Cell[] {
  return Array.from({ length: NUM_ROWS }, (_, i) => value(i));
}

/** Repeats a few values. */
function cycle(...values: readonly Cell[]): Cell[] {
  return rows((i) => values[i % values.length]!);
}

export const SAMPLE: readonly PlainColumn[] = [
  { name: '__time', type: 'LONG', values: rows((i) => 1_700_000_000_000n + 60_000n * BigInt(i >> 2)) },
  { name: 'page', type: 'STRING', indexed: true, values: rows((i) => ['Aar', null, 'Zürich', 'Aar'][i >> 4]!) },
  { name: 'tags', type: 'STRING', multiValue: true, indexed: true, values: cycle(['a', 'b'], ['b'], [], ['a', null]) },
  { name: 'added', type: 'LONG', narrow: true, values: cycle(300n, -5n, null, 7n) },
  { name: 'price', type: 'DOUBLE', values: cycle(0.25, 19.99, 3, null) },
  { name: 'ratio', type: 'FLOAT', values: cycle(0.5, null, -1, 2) },
  { name: 'names', type: 'ARRAY<STRING>', values: cycle(['x', null], [], null, ['y']) },
  { name: 'counts', type: 'ARRAY<LONG>', narrow: true, values: cycle([1n, 2n], null, [null], []) },
  { name: 'parts', type: 'ARRAY<DOUBLE>', values: cycle(null, [1.5], [], [null, -2]) },
  { name: 'event', type: 'COMPLEX<json>', values: cycle(Buffer.from('{"a":1}'), null, Buffer.from('"ü"')) },
  { name: 'users', type: 'COMPLEX<HLLSketch>', values: cycle(Buffer.of(1, 2), Buffer.of(), null, Buffer.of(255)) },
];
