import type { ZoneRef } from '../../memory/block-ref.js';
import type { StoredVector } from '../../vectors/block.js';
import type { KernelSet, KeyWidth, Pointer, ValueType } from '../../vectors/kernels/kernel-set.js';
import type { Selection } from '../../vectors/selection.js';
import type { Arithmetic } from './arithmetic-expression.js';
import type { VectorScratch } from './vector-scratch.js';

/** What a computation reads of a block. */
export interface BlockInputs {
  readonly numRows: number;
  /** Rows that somebody wants. */
  readonly wanted: Selection;
  readonly scratch: VectorScratch;
  /** A stored column; undefined for a virtual one, and where there is none. */
  input(name: string): StoredVector | undefined;
  zone(name: string): ZoneRef | undefined;
  /** Results of equal expressions of the same block. */
  readonly results: Map<string, Computed>;
}

/** Computed values of a whole block in the home arena: doubles, or i64 that are so many times as large. */
export interface Computed {
  readonly isInteger: boolean;
  readonly values: Pointer;
  readonly scale: number;
  /** No integer is further from 0. */
  readonly bound: number;
}

/** Rows that go through all steps together, so that what is in between stays in the cache. */
const CHUNK_ROWS = 4096;
/** Integers up to this are exact as doubles too. */
const MAX_BOUND = 2 ** 53;
const MAX_SCALE = 9;
const BYTES: Readonly<Record<ValueType, number>> = {
  u8: 1,
  i8: 1,
  u16: 2,
  i16: 2,
  u32: 4,
  i32: 4,
  i64: 8,
  f32: 4,
  f64: 8,
};

type Ints = StoredVector & { kind: 'ints' };
type Binary = Arithmetic & { kind: 'binary' };

/** Where values lie: of the chunk at hand, or of the whole block. */
interface Slot {
  readonly pointer: Pointer;
  readonly isWhole: boolean;
}

/** A part of the expression; an integer one stands for its values / 10^scale. */
type Part =
  | { readonly kind: 'constant'; readonly value: number; readonly scale: number }
  /** (base + element) * sign of a column of integers: not computed yet. */
  | {
      readonly kind: 'linear';
      readonly column: Ints;
      readonly base: number;
      readonly sign: 1 | -1;
      readonly scale: number;
      readonly bound: number;
    }
  | { readonly kind: 'values'; readonly slot: Slot; readonly scale: number; readonly bound: number };

/** A column of unsigned elements whose values fit 32 bits with their sign. */
type Short = Part & { readonly kind: 'linear'; readonly column: Ints & { readonly type: KeyWidth } };

type Step = (from: number, n: number) => void;

/** The values of a block by kernels, for sums; undefined for inputs in other forms. */
export function sumsByKernels(name: string, root: Arithmetic, block: BlockInputs): StoredVector | undefined {
  if (root.kind !== 'binary') return undefined;
  return new BlockArithmetic(name, block, true).compute(root) ?? new BlockArithmetic(name, block, false).compute(root);
}

/** One expression over one block, by kernels: as exact integers, or as doubles in the order that the expression has. */
export class BlockArithmetic {
  readonly #name: string;
  readonly #block: BlockInputs;
  readonly #isInteger: boolean;
  readonly #kernels: KernelSet;
  readonly #steps: Step[] = [];
  #numSlots = 0;

  constructor(name: string, block: BlockInputs, isInteger: boolean) {
    this.#name = name;
    this.#block = block;
    this.#isInteger = isInteger;
    this.#kernels = block.scratch.kernels;
  }

  /** undefined when an input has another form, or integers could become too large. */
  compute(root: Binary): StoredVector | undefined {
    const { results, scratch, numRows } = this.#block;
    const out: Slot = { pointer: scratch.room(`${this.#name} values`, 8 * numRows), isWhole: true };
    const part = this.#binary(root, out);
    if (part === undefined || part.kind === 'constant') return undefined;
    const { scale, bound } = part;
    const slot = part.kind === 'linear' ? this.#values(part, 0, out).slot : part.slot;
    this.#run();
    const values = slot.pointer;
    results.set(root.key, { isInteger: this.#isInteger, values, scale, bound });
    const { arena } = scratch;
    if (!this.#isInteger) return { kind: 'reals', logical: 'double', arena, type: 'f64', values, nulls: 0 };
    return { kind: 'ints', logical: 'double', arena, type: 'i64', base: 0, scale, values, nulls: 0, bound };
  }

  /** Chunks without a wanted row are left out. */
  #run(): void {
    const { numRows, wanted } = this.#block;
    const { rows, count } = wanted;
    let next = 0;
    for (let from = 0; from < numRows; from += CHUNK_ROWS) {
      const to = Math.min(numRows, from + CHUNK_ROWS);
      if (rows === null ? from >= count : next >= count || rows[next]! >= to) continue;
      if (rows !== null) while (next < count && rows[next]! < to) next++;
      for (const step of this.#steps) step(from, to - from);
    }
  }

  #part(node: Arithmetic): Part | undefined {
    switch (node.kind) {
      case 'constant':
        return this.#constant(node.value);
      case 'column':
        return this.#column(node.name);
      case 'binary': {
        const known = this.#block.results.get(node.key);
        if (known !== undefined && known.isInteger === this.#isInteger) {
          const { values, scale, bound } = known;
          return { kind: 'values', slot: { pointer: values, isWhole: true }, scale, bound };
        }
        return this.#binary(node, this.#slot());
      }
    }
  }

  #constant(value: number): Part | undefined {
    if (!this.#isInteger) return { kind: 'constant', value, scale: 0 };
    for (let scale = 0; scale <= MAX_SCALE; scale++) {
      const integer = Math.round(value * 10 ** scale);
      if (Math.abs(integer) < 2 ** 31 && integer / 10 ** scale === value)
        return { kind: 'constant', value: integer, scale };
    }
    return undefined;
  }

  #column(name: string): Part | undefined {
    const stored = this.#block.input(name);
    if (stored === undefined || (stored.kind !== 'ints' && stored.kind !== 'reals') || stored.nulls !== 0)
      return undefined;
    if (stored.kind === 'ints') {
      const { type, base, scale } = stored;
      if (type === 'i64') return undefined;
      if (type === null) {
        return {
          kind: 'constant',
          ...(this.#isInteger ? { value: base, scale } : { value: base / 10 ** scale, scale: 0 }),
        };
      }
      const bound = zoneBound(this.#block.zone(name), scale) ?? Math.abs(base) + 2 ** (8 * BYTES[type]);
      if (this.#isInteger) return { kind: 'linear', column: stored, base, sign: 1, scale, bound };
    } else if (this.#isInteger) return undefined;
    return this.#doubles(stored);
  }

  #doubles(stored: StoredVector & { kind: 'ints' | 'reals' }): Part {
    const type = stored.type!;
    const values = this.#local(stored, BYTES[type]);
    if (type === 'f64') return { kind: 'values', slot: { pointer: values, isWhole: true }, scale: 0, bound: 0 };
    const [base, divisor] = stored.kind === 'ints' ? [stored.base, 10 ** stored.scale] : [0, 1];
    const slot = this.#slot();
    const convert = this.#kernels.toF64(type);
    this.#steps.push((from, n) => convert(values + from * BYTES[type], base, divisor, n, slot.pointer));
    return { kind: 'values', slot, scale: 0, bound: 0 };
  }

  #binary({ operator, left, right }: Binary, out: Slot): Part | undefined {
    const a = this.#part(left);
    const b = a && this.#part(right);
    if (a === undefined || b === undefined) return undefined;
    // Inputs that are constant throughout the block are rare: the general way computes them.
    if (a.kind === 'constant' && b.kind === 'constant') return undefined;
    const part = operator === '*' ? this.#product(a, b, out) : this.#sum(a, b, operator === '-' ? -1 : 1, out);
    return this.#isInteger && part !== undefined && boundOf(part) > MAX_BOUND ? undefined : part;
  }

  #product(a: Part, b: Part, out: Slot): Part | undefined {
    const scale = a.scale + b.scale;
    const bound = boundOf(a) * boundOf(b);
    if (this.#isInteger && (scale > MAX_SCALE || bound > MAX_BOUND)) return undefined;
    if (a.kind === 'constant') return this.#affine(b, a.value, 0, { scale, bound }, out);
    if (b.kind === 'constant') return this.#affine(a, b.value, 0, { scale, bound }, out);
    const [first, second] = isShort(a) ? [b, a] : [a, b];
    if (isShort(first) && isShort(second)) this.#shortProduct(first, second, out);
    else if (isShort(second)) this.#productBy(this.#values(first, 0).slot, second, out);
    else this.#both(this.#kernels.multiply(this.#stateType), this.#values(a, 0).slot, this.#values(b, 0).slot, out);
    return { kind: 'values', slot: out, scale, bound };
  }

  /** Both are read from their columns, without 64-bit values of either in between. */
  #shortProduct(a: Short, b: Short, out: Slot): void {
    const [x, y] = [this.#elements(a), this.#elements(b)];
    const kernel = this.#kernels.multiplyInts(a.column.type, b.column.type);
    this.#steps.push((from, n) => kernel(x(from), a.base, a.sign, y(from), b.base, b.sign, n, place(out, from)));
  }

  #productBy(values: Slot, by: Short, out: Slot): void {
    const elements = this.#elements(by);
    const kernel = this.#kernels.multiplyByInts(by.column.type);
    this.#steps.push((from, n) => kernel(place(values, from), elements(from), by.base, by.sign, n, place(out, from)));
  }

  /** Where a column's elements lie from a row on. */
  #elements({ column }: Short): (from: number) => Pointer {
    const bytes = BYTES[column.type];
    const values = this.#local(column, bytes);
    return (from) => values + from * bytes;
  }

  /** a + sign * b */
  #sum(a: Part, b: Part, sign: 1 | -1, out: Slot): Part | undefined {
    const scale = Math.max(a.scale, b.scale);
    const [times, plus] = [10 ** (scale - a.scale), 10 ** (scale - b.scale)];
    const bound = boundOf(a) * times + boundOf(b) * plus;
    if (this.#isInteger && bound > MAX_BOUND) return undefined;
    if (b.kind === 'constant') return this.#shifted(a, 1, sign * b.value * plus, times, { scale, bound }, out);
    if (a.kind === 'constant') return this.#shifted(b, sign, a.value * times, plus, { scale, bound }, out);
    const [x, y] = [this.#values(a, scale - a.scale), this.#values(b, scale - b.scale)];
    const type = this.#stateType;
    this.#both(sign === 1 ? this.#kernels.add(type) : this.#kernels.subtract(type), x.slot, y.slot, out);
    return { kind: 'values', slot: out, scale, bound };
  }

  /** sign * part * times + offset: of a column that is not computed yet, part of how it is read. */
  #shifted(
    part: Part,
    sign: 1 | -1,
    offset: number,
    times: number,
    of: { readonly scale: number; readonly bound: number },
    out: Slot,
  ): Part {
    if (part.kind !== 'linear' || times !== 1) return this.#affine(part, sign * times, offset, of, out);
    const turned = part.sign === sign ? 1 : -1;
    return { ...part, ...of, base: part.base + offset * turned, sign: turned };
  }

  #affine(
    part: Part,
    factor: number,
    offset: number,
    { scale, bound }: { readonly scale: number; readonly bound: number },
    out: Slot,
  ): Part {
    const { slot } = this.#values(part, 0);
    const kernel = this.#kernels.affine(this.#stateType);
    this.#steps.push((from, n) => kernel(place(slot, from), factor, offset, n, place(out, from)));
    return { kind: 'values', slot: out, scale, bound };
  }

  /** A part's values, times 10^shift. */
  #values(part: Part, shift: number, out?: Slot): Part & { kind: 'values' } {
    const factor = 10 ** shift;
    const scale = part.scale + shift;
    const bound = boundOf(part) * factor;
    if (part.kind === 'linear') {
      const { column, base, sign } = part;
      const type = column.type!;
      const values = this.#local(column, BYTES[type]);
      const slot = out ?? this.#slot();
      const kernel = this.#kernels.toI64(type);
      this.#steps.push((from, n) => kernel(values + from * BYTES[type], base, sign * factor, n, place(slot, from)));
      return { kind: 'values', slot, scale, bound };
    }
    if (part.kind === 'constant') throw new TypeError('A constant has no values');
    if (shift === 0) return part;
    return this.#affine(part, factor, 0, { scale, bound }, this.#slot()) as Part & { kind: 'values' };
  }

  #both(kernel: (a: Pointer, b: Pointer, n: number, out: Pointer) => void, a: Slot, b: Slot, out: Slot): void {
    this.#steps.push((from, n) => kernel(place(a, from), place(b, from), n, place(out, from)));
  }

  /** A column's elements in the home arena. */
  #local({ arena, values }: { readonly arena: number; readonly values: Pointer }, elementBytes: number): Pointer {
    const { scratch, numRows } = this.#block;
    return scratch.local(`${this.#name} input ${this.#numSlots++}`, arena, values, elementBytes * numRows);
  }

  #slot(): Slot {
    const pointer = this.#block.scratch.room(`chunk ${this.#numSlots++}`, 8 * CHUNK_ROWS);
    return { pointer, isWhole: false };
  }

  get #stateType(): 'i64' | 'f64' {
    return this.#isInteger ? 'i64' : 'f64';
  }
}

/** What a zone says of the size of integers; tighter than what their type does. */
function zoneBound(zone: ZoneRef | undefined, scale: number): number | undefined {
  if (zone?.kind !== 'long' && zone?.kind !== 'double') return undefined;
  const size = Math.max(Math.abs(Number(zone.min)), Math.abs(Number(zone.max)));
  // A little more than the product, which is rounded.
  return Number.isFinite(size) ? Math.ceil(size * 10 ** scale) + 1 : undefined;
}

function place({ pointer, isWhole }: Slot, from: number): Pointer {
  return isWhole ? pointer + 8 * from : pointer;
}

function isShort(part: Part): part is Short {
  if (part.kind !== 'linear' || part.bound >= 2 ** 31) return false;
  const { type } = part.column;
  return type === 'u8' || type === 'u16' || type === 'u32';
}

function boundOf(part: Part): number {
  return part.kind === 'constant' ? Math.abs(part.value) : part.bound;
}
