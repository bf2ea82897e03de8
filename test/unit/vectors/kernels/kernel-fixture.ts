/** Two memories with the same contents, kernels over one and twins over the other, and random columns for both. */
import fc from 'fast-check';
import { expect } from 'vitest';
import type {
  IntType,
  KernelSet,
  KeyWidth,
  SelectionForm,
  StateType,
  ValueType,
} from '../../../../src/vectors/kernels/kernel-set.js';
import { twinKernels } from '../../../../src/vectors/kernels/twin-kernels.js';
import { bindKernels, loadKernelModule } from '../../../../src/vectors/kernels/wasm-kernels.js';

export const FORMS: readonly SelectionForm[] = ['all', 'bits', 'rows'];
export const KEYS: readonly KeyWidth[] = ['u8', 'u16', 'u32'];
export const NARROW_INTS: readonly Exclude<IntType, 'i64'>[] = ['u8', 'i8', 'u16', 'i16', 'u32', 'i32'];
export const INTS: readonly IntType[] = [...NARROW_INTS, 'i64'];
export const VALUES: readonly ValueType[] = [...INTS, 'f32', 'f64'];
export const STATES: readonly StateType[] = ['i64', 'f64'];

const ARRAYS = {
  u8: Uint8Array,
  i8: Int8Array,
  u16: Uint16Array,
  i16: Int16Array,
  u32: Uint32Array,
  i32: Int32Array,
  i64: BigInt64Array,
  f32: Float32Array,
  f64: Float64Array,
} as const;

const PAGES = 128;
/** Above all that tests lay out: a column that ends at the end of memory must not be read beyond. */
const MEMORY_BYTES = PAGES * 65_536;

export interface Region {
  readonly pointer: number;
  readonly bytes: number;
}

export class KernelPair {
  readonly wasmMemory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES, shared: true });
  readonly twinMemory = new SharedArrayBuffer(MEMORY_BYTES);
  readonly wasm: KernelSet = bindKernels(loadKernelModule(), this.wasmMemory);
  readonly twin: KernelSet = twinKernels(() => this.twinMemory);
  readonly #buffers = [this.wasmMemory.buffer, this.twinMemory];
  #top = 64;
  #bottom = MEMORY_BYTES;

  /** Forgets what was laid out and fills it with `byte`, so that what a kernel leaves alone or reads too much is seen. */
  clear(byte = 0): void {
    for (const buffer of this.#buffers) {
      new Uint8Array(buffer, 0, Math.min(MEMORY_BYTES, this.#top + 64)).fill(byte);
    }
    this.#top = 64;
    this.#bottom = MEMORY_BYTES;
  }

  /** `skew`: elements by which the start is off a multiple of 16. */
  place(type: ValueType, values: ArrayLike<number> | ArrayLike<bigint>, skew = 0): number {
    const array = ARRAYS[type];
    const pointer = this.reserve((values.length + skew) * array.BYTES_PER_ELEMENT) + skew * array.BYTES_PER_ELEMENT;
    for (const buffer of this.#buffers) write(buffer, type, pointer, values);
    return pointer;
  }

  /** A column whose last byte is the memory's last. */
  placeAtEnd(type: ValueType, values: ArrayLike<number> | ArrayLike<bigint>): number {
    const bytes = values.length * ARRAYS[type].BYTES_PER_ELEMENT;
    const pointer =
      Math.floor((this.#bottom - bytes) / 8) * 8 + ((this.#bottom - bytes) % ARRAYS[type].BYTES_PER_ELEMENT);
    this.#bottom = pointer;
    for (const buffer of this.#buffers) write(buffer, type, pointer, values);
    return pointer;
  }

  reserve(bytes: number): number {
    const pointer = Math.ceil(this.#top / 16) * 16;
    this.#top = pointer + bytes;
    expect(this.#top).toBeLessThan(MEMORY_BYTES / 2);
    return pointer;
  }

  read(of: 'wasm' | 'twin', type: ValueType, pointer: number, n: number): (number | bigint)[] {
    const buffer = of === 'wasm' ? this.wasmMemory.buffer : this.twinMemory;
    const array = ARRAYS[type] as typeof Float64Array;
    return [...new array(buffer as SharedArrayBuffer, pointer, n)];
  }

  /**
   * Runs a kernel of both and expects the same answer and the same bytes; `reals` are compared as numbers (one NaN is as good as another)
   * and `ignored` not at all.
   */
  expectSame(
    run: (kernels: KernelSet) => unknown,
    { reals = [], ignored = [] }: { reals?: readonly Region[]; ignored?: readonly Region[] } = {},
  ): void {
    expect(run(this.wasm)).toEqual(run(this.twin));
    for (const { pointer, bytes } of reals) {
      expect(this.read('wasm', 'f64', pointer, bytes / 8)).toEqual(this.read('twin', 'f64', pointer, bytes / 8));
    }
    const ours = Buffer.from(new Uint8Array(this.wasmMemory.buffer, 0, this.#top + 64));
    const theirs = Buffer.from(new Uint8Array(this.twinMemory, 0, this.#top + 64));
    for (const { pointer, bytes } of [...reals, ...ignored]) {
      ours.fill(0, pointer, pointer + bytes);
      theirs.fill(0, pointer, pointer + bytes);
    }
    if (ours.equals(theirs)) return;
    const at = ours.findIndex((byte, i) => byte !== theirs[i]);
    expect.fail(
      `memory differs at byte ${at}: [${ours.subarray(at, at + 8).join()}], twin [${theirs.subarray(at, at + 8).join()}]`,
    );
  }
}

function write(
  buffer: ArrayBufferLike,
  type: ValueType,
  pointer: number,
  values: ArrayLike<number> | ArrayLike<bigint>,
): void {
  const array = ARRAYS[type] === BigInt64Array ? BigInt64Array.from(values as ArrayLike<bigint>) : undefined;
  const bytes = array ?? new (ARRAYS[type] as typeof Float64Array)(values as ArrayLike<number>);
  new Uint8Array(buffer, pointer, bytes.byteLength).set(new Uint8Array(bytes.buffer));
}

export interface Selection {
  readonly form: SelectionForm;
  readonly pointer: number;
  /** The kernels' n: rows of the block, or length of the list. */
  readonly n: number;
}

/** Lays out a selection of the rows of a block, of which `isSelected` says which. */
export function placeSelection(pair: KernelPair, form: SelectionForm, isSelected: readonly boolean[]): Selection {
  if (form === 'all') return { form, pointer: 0, n: isSelected.length };
  const rows = isSelected.flatMap((selected, row) => (selected ? [row] : []));
  if (form === 'rows') return { form, pointer: pair.place('u16', rows), n: rows.length };
  const bytes = new Uint8Array(Math.ceil(isSelected.length / 64) * 8);
  for (const row of rows) bytes[row >> 3]! |= 1 << (row & 7);
  return { form, pointer: pair.place('u8', bytes), n: isSelected.length };
}

/** Lengths around words and vectors, short ones, sometimes a whole block. */
export const lengths = fc.oneof(
  { weight: 12, arbitrary: fc.integer({ min: 0, max: 200 }) },
  { weight: 1, arbitrary: fc.constantFrom(1000, 4095, 65_535, 65_536) },
);

/** Which rows are selected: words that are empty, full, sparse and dense in turn. */
export function selections(n: number): fc.Arbitrary<boolean[]> {
  return fc
    .record({
      seed: fc.nat(),
      densities: fc.array(fc.constantFrom(0, 0.03, 0.3, 0.9, 1), { minLength: 1, maxLength: 4 }),
    })
    .map(({ seed, densities }) => {
      const random = randomOf(seed);
      return Array.from({ length: n }, (_, row) => random() < densities[(row >> 6) % densities.length]!);
    });
}

/** A small deterministic generator, so that a block of 65,536 rows shrinks by its seed. */
export function randomOf(seed: number): () => number {
  let state = (seed ^ 0x9e3779b9) | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const RANGES: Record<Exclude<IntType, 'i64'>, readonly [number, number]> = {
  u8: [0, 255],
  i8: [-128, 127],
  u16: [0, 65_535],
  i16: [-32_768, 32_767],
  u32: [0, 4_294_967_295],
  i32: [-2_147_483_648, 2_147_483_647],
};
const REAL_EXTREMES = [NaN, -0, 0, Infinity, -Infinity, 1.5, -1.5, 5e-324, -5e-324, 3.4e38, 2 ** 53];
const LONG_EXTREMES = [-(2n ** 63n), 2n ** 63n - 1n, 0n, -1n, 2n ** 53n + 1n];

/** n elements of a type. Reals are `wild` (NaN, infinities, zeros of both signs) or multiples of 1/4, whose sums are exact. */
export function column(type: ValueType, n: number, wild: boolean): fc.Arbitrary<readonly number[] | readonly bigint[]> {
  return fc.nat().map((seed) => {
    const random = randomOf(seed);
    // Some columns have extremes in every other row, some nearly none.
    const extremes = random() < 0.5 ? 0.4 : 0.01;
    const pick = <T>(choices: readonly T[]): T => choices[Math.floor(random() * choices.length)]!;
    if (type === 'i64') {
      return Array.from({ length: n }, () => {
        if (random() < extremes) return pick(LONG_EXTREMES);
        return BigInt(Math.floor((random() - 0.5) * 2 ** 50));
      });
    }
    if (type === 'f32' || type === 'f64') {
      return Array.from({ length: n }, () =>
        wild && random() < extremes ? pick(REAL_EXTREMES) : Math.floor((random() - 0.5) * 4000) / 4,
      );
    }
    const [low, high] = RANGES[type];
    return Array.from({ length: n }, () =>
      random() < extremes ? pick([low, high]) : low + Math.floor(random() * (high - low + 1)),
    );
  });
}

/** n keys of groups below `size`, clustered or not. */
export function keys(n: number, size: number): fc.Arbitrary<number[]> {
  return fc.record({ seed: fc.nat(), runs: fc.boolean() }).map(({ seed, runs }) => {
    const random = randomOf(seed);
    let key = 0;
    return Array.from({ length: n }, () => {
      if (!runs || random() < 0.1) key = Math.floor(random() * size);
      return key;
    });
  });
}

export const bases = (type: ValueType): fc.Arbitrary<number> =>
  type === 'i64' ? fc.constant(0) : fc.constantFrom(0, 1, -7, 1_700_000_000_000, -(2 ** 52), 2 ** 52);

export const skews = fc.integer({ min: 0, max: 15 });
