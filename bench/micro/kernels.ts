// What the kernels cost a row, in blocks of 65,536 as the engine runs them; every measured loop's answer is checked against its twin.
// usage: npm run bench:micro -- [filter, a part of a name] [--twins]
import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { bench, run } from 'mitata';
import type { KernelSet, SelectionForm } from '../../src/vectors/kernels/kernel-set.js';
import { twinKernels } from '../../src/vectors/kernels/twin-kernels.js';
import { bindKernels, loadKernelModule } from '../../src/vectors/kernels/wasm-kernels.js';

const BLOCK = 65_536;
const BLOCKS = 16;
const ROWS = BLOCK * BLOCKS;
const PARTS = 200_000;

const [filter = ''] = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const withTwins = process.argv.includes('--twins');
const memory = new WebAssembly.Memory({ initial: 2048, maximum: 2048, shared: true });
const wasm = bindKernels(loadKernelModule(), memory);
const twin = twinKernels(() => memory.buffer);
let top = 64;
let seed = 1;

function random(below: number): number {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((seed / 2 ** 32) * below);
}

function reserve(bytes: number): number {
  const pointer = Math.ceil(top / 64) * 64;
  top = pointer + bytes;
  return pointer;
}

type Column = Uint8Array | Uint16Array | Uint32Array | Int32Array | Float64Array;
interface ColumnType {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, pointer: number, n: number): Column;
}

function place(array: ColumnType, n: number, valueOf: (i: number) => number): number {
  const pointer = reserve(n * array.BYTES_PER_ELEMENT);
  const view = new array(memory.buffer, pointer, n);
  for (let i = 0; i < n; i++) view[i] = valueOf(i);
  return pointer;
}

const rowsByName = new Map<string, number>();

interface Check {
  /** Where the answer lies, besides what the kernel returns. */
  readonly out?: number;
  readonly bytes?: number;
  /** Copies of f64 states among which the kernels divide the rows as they like. */
  readonly copies?: number;
  readonly reset?: () => void;
}

function contents(out: number, bytes: number): Uint8Array {
  return new Uint8Array(memory.buffer, out, bytes).slice();
}

function folded(out: number, bytes: number, copies: number): number[] {
  const states = new Float64Array(memory.buffer, out, bytes / 8);
  const groups = states.length / copies;
  return Array.from({ length: groups }, (_, group) => {
    let sum = 0;
    for (let copy = 0; copy < copies; copy++) sum += states[copy * groups + group]!;
    return sum;
  });
}

/** Measures `work` (over `rows` rows) when its answer equals the twin's. `reset` brings back what `work` changes. */
function measure(
  name: string,
  rows: number,
  work: (kernels: KernelSet) => unknown,
  { out = 0, bytes = 0, copies = 1, reset = () => {} }: Check = {},
): void {
  if (!name.includes(filter)) return;
  const answers = [wasm, twin].map((kernels) => {
    new Uint8Array(memory.buffer, out, bytes).fill(0);
    reset();
    const answer = work(kernels);
    return [answer, copies === 1 ? contents(out, bytes) : folded(out, bytes, copies)];
  });
  assert.ok(isDeepStrictEqual(answers[0], answers[1]), `${name}: another answer than the twin's`);
  const sides: [string, KernelSet][] = withTwins
    ? [
        [name, wasm],
        [`${name} (twin)`, twin],
      ]
    : [[name, wasm]];
  for (const [side, kernels] of sides) {
    rowsByName.set(side, rows);
    bench(side, () => {
      reset();
      return work(kernels);
    });
  }
}

function eachBlock(work: (firstRow: number) => void): void {
  for (let block = 0; block < BLOCKS; block++) work(block * BLOCK);
}

// Reals are small multiples of 1/4, so that sums are exact in any order.
const u8 = place(Uint8Array, ROWS, () => random(50));
const u16 = place(Uint16Array, ROWS, () => random(2526));
const i32 = place(Int32Array, ROWS, () => random(2 ** 31) - 2 ** 30);
const f64 = place(Float64Array, ROWS, () => random(4000) / 4);
const parts = place(Uint32Array, ROWS, () => random(PARTS));
const modes = place(Uint8Array, ROWS, () => random(7));
const codes = place(Uint8Array, ROWS, () => random(200));
const state = reserve(64);
const states = reserve(PARTS * 8);
const counts = reserve(PARTS * 8);
const bits = reserve(BLOCK / 8);
const groups = reserve(ROWS * 4);

const one = { out: state, bytes: 8 };
measure('sum u8', ROWS, (k) => eachBlock((row) => k.sum('all', 'u8')(u8 + row, 0, 0, BLOCK, state)), one);
measure('sum u16', ROWS, (k) => eachBlock((row) => k.sum('all', 'u16')(u16 + row * 2, 0, 0, BLOCK, state)), one);
measure('sum i32', ROWS, (k) => eachBlock((row) => k.sum('all', 'i32')(i32 + row * 4, 0, 0, BLOCK, state)), one);
measure('sum f64', ROWS, (k) => eachBlock((row) => k.sum('all', 'f64')(f64 + row * 8, 0, 0, BLOCK, state)), one);
measure('max f64', ROWS, (k) => eachBlock((row) => k.max('all', 'f64')(f64 + row * 8, 0, 0, BLOCK, state)), one);
measure('max u8', ROWS, (k) => eachBlock((row) => k.max('all', 'u8')(u8 + row, 0, 0, BLOCK, state)), one);

const products = reserve(BLOCK * 8);
const longs = { out: products, bytes: BLOCK * 8 };
measure(
  'multiplyInts u32 * u8',
  ROWS,
  (k) => eachBlock((row) => k.multiplyInts('u32', 'u8')(parts + row * 4, 90_000, 1, u8 + row, 0, -1, BLOCK, products)),
  longs,
);
measure(
  'multiplyInts, then multiplyByInts u8',
  ROWS,
  (k) =>
    eachBlock((row) => {
      k.multiplyInts('u32', 'u8')(parts + row * 4, 90_000, 1, u8 + row, 0, -1, BLOCK, products);
      k.multiplyByInts('u8')(products, u8 + row, 100, 1, BLOCK, products);
    }),
  longs,
);

const many = { out: states, bytes: PARTS * 8 };
measure(
  'groupSum u32 keys, 200k groups, f64',
  ROWS,
  (k) => eachBlock((row) => k.groupSum('all', 'u32', 'f64')(parts + row * 4, f64 + row * 8, 0, 0, BLOCK, 0, states, 0)),
  many,
);
measure(
  'groupSum u32 keys, 200k groups, u8',
  ROWS,
  (k) => eachBlock((row) => k.groupSum('all', 'u32', 'u8')(parts + row * 4, u8 + row, 0, 0, BLOCK, 0, states, 0)),
  many,
);
measure(
  'groupCountSum u32 keys, 200k groups, u8',
  ROWS,
  (k) =>
    eachBlock((row) =>
      k.groupCountSum('all', 'u32', 'u8')(parts + row * 4, u8 + row, 0, 0, BLOCK, 0, states, counts, 0),
    ),
  many,
);
for (const lanes of [0, 64]) {
  measure(
    `groupSum u8 keys, 7 groups, f64, ${lanes === 0 ? 1 : 4} copies`,
    ROWS,
    (k) =>
      eachBlock((row) => k.groupSum('all', 'u8', 'f64')(modes + row, f64 + row * 8, 0, 0, BLOCK, 0, states, lanes)),
    many,
  );
}
const winners = reserve(PARTS * 4);
const picked = reserve((BLOCK + 1) * 4);
const clearWinners = { out: picked, bytes: 4, reset: () => new Uint32Array(memory.buffer, winners, PARTS).fill(0) };
measure(
  'pickLast u8 keys, 7 groups',
  BLOCK,
  (k) => k.pickLast('all', 'u8')(modes, 0, 0, BLOCK, 0, winners, picked),
  clearWinners,
);
measure(
  'pickLatest u8 keys, 7 groups, i32 times',
  BLOCK,
  (k) => k.pickLatest('all', 'u8', 'i32')(modes, i32, 0, BLOCK, 0, winners, picked),
  clearWinners,
);
measure(
  'pickLatest u32 keys, 200k groups, i32 times',
  BLOCK,
  (k) => k.pickLatest('all', 'u32', 'i32')(parts, i32, 0, BLOCK, 0, winners, picked),
  clearWinners,
);

measure(
  'groupMinMax u8 keys, 7 groups, u8, 4 copies',
  ROWS,
  (k) =>
    eachBlock((row) => k.groupMinMax('all', 'u8', 'u8')(modes + row, u8 + row, 0, 0, BLOCK, 0, states, counts, 64)),
  { out: states, bytes: 256 },
);

const table = place(Uint8Array, 4096, (id) => Number(id % 3 === 1));
const word = { out: bits, bytes: BLOCK / 8 };
const total = (select: (row: number) => number) => {
  let selected = 0;
  eachBlock((row) => {
    selected += select(row);
  });
  return selected;
};
measure(
  'selectIds u8, 7 ids',
  ROWS,
  (k) => total((row) => k.selectIds('u8')(modes + row, table, 7, BLOCK, bits)),
  word,
);
measure(
  'selectIds u8, 200 ids',
  ROWS,
  (k) => total((row) => k.selectIds('u8')(codes + row, table, 200, BLOCK, bits)),
  word,
);
measure(
  'selectIds u16, 2526 ids',
  ROWS,
  (k) => total((row) => k.selectIds('u16')(u16 + row * 2, table, 2526, BLOCK, bits)),
  word,
);
measure('selectIntRange u8', ROWS, (k) => total((row) => k.selectIntRange('u8')(u8 + row, 5, 20, BLOCK, bits)), word);
measure(
  'selectIntRange u16',
  ROWS,
  (k) => total((row) => k.selectIntRange('u16')(u16 + row * 2, 5, 900, BLOCK, bits)),
  word,
);
measure(
  'selectIntRange i32',
  ROWS,
  (k) => total((row) => k.selectIntRange('i32')(i32 + row * 4, -5e8, 5e8, BLOCK, bits)),
  word,
);
measure(
  'selectRealRange f64',
  ROWS,
  (k) => total((row) => k.selectRealRange('f64')(f64 + row * 8, 10, 500, 0, BLOCK, bits)),
  word,
);

const rowList = reserve(BLOCK * 2);
for (const percent of [0.1, 1, 3, 5, 10, 30, 90]) {
  const selected = reserve(BLOCK / 8);
  const bytes = new Uint8Array(memory.buffer, selected, BLOCK / 8);
  for (let row = 0; row < BLOCK; row++) if (random(100_000) < percent * 1000) bytes[row >> 3]! |= 1 << (row & 7);
  const rows = reserve(BLOCK * 2);
  const count = wasm.bitsToRows(selected, BLOCK, rows);
  const of: [SelectionForm, number, number][] = [
    ['bits', selected, BLOCK],
    ['rows', rows, count],
  ];
  for (const [form, pointer, n] of of) {
    const at = `${form}, ${percent}%`;
    measure(`sum f64 ${at}`, BLOCK, (k) => k.sum(form, 'f64')(f64, 0, pointer, n, state), one);
    measure(`sum u8 ${at}`, BLOCK, (k) => k.sum(form, 'u8')(u8, 0, pointer, n, state), one);
    const group = (k: KernelSet) => k.groupSum(form, 'u8', 'f64')(modes, f64, 0, pointer, n, 0, states, 64);
    measure(`groupSum u8 keys f64 ${at}`, BLOCK, group, { out: states, bytes: 256, copies: 4 });
  }
  measure(`bitsToRows ${percent}%`, BLOCK, (k) => k.bitsToRows(selected, BLOCK, rowList), {
    out: rowList,
    bytes: count * 2,
  });
}

for (const [distinct, slots] of [
  [1000, 4096],
  [1_000_000, 2 ** 21],
] as const) {
  const low = place(Uint32Array, ROWS, () => random(distinct));
  const header = place(Uint32Array, 5, () => 0);
  const slotsAt = reserve(slots * 4);
  const pairs = reserve(slots * 4);
  const clear = () => {
    new Uint32Array(memory.buffer, header, 5).set([slots - 1, 0, slots / 2, slotsAt, pairs]);
    new Uint32Array(memory.buffer, slotsAt, slots).fill(0);
  };
  const work = (k: KernelSet) =>
    eachBlock((row) => k.hashGroups('all')(0, low + row * 4, 0, BLOCK, header, groups + row * 4));
  measure(`hashGroups, ${distinct} groups, new`, ROWS, work, { out: groups, bytes: ROWS * 4, reset: clear });
  clear();
  work(wasm);
  measure(`hashGroups, ${distinct} groups, known`, ROWS, work, { out: groups, bytes: ROWS * 4 });
}

const sums = place(Float64Array, PARTS, () => random(1e9));
const chosen = reserve(PARTS * 4);
for (const k of [10, 100, 10_000]) {
  measure(`topK f64, ${k} of 200k`, PARTS, (kernels) => kernels.topK('f64')(sums, 0, PARTS, k, 1, chosen, PARTS), {
    out: chosen,
    bytes: k * 4,
  });
}

const { benchmarks } = await run({ format: 'quiet' });
console.log('ns/row (least)   (median)   Mrows/s');
for (const { alias, runs } of benchmarks) {
  const stats = runs[0]?.stats;
  const rows = rowsByName.get(alias);
  if (stats === undefined || rows === undefined) throw new Error(`Bench [${alias}] did not run`);
  const [least, median] = [stats.min / rows, stats.p50 / rows];
  console.log(
    `${least.toFixed(3).padStart(14)} ${median.toFixed(3).padStart(10)} ${(1000 / least).toFixed(0).padStart(9)}   ${alias}`,
  );
}
