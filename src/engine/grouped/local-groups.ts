import { grown } from '../../aggregators/grouped-aggregator.js';
import type { KeyPart } from './key-part.js';
import { WordPairTable } from './word-pair-table.js';

/** Up to this many possible keys are looked up in a plain array instead of a hash table. */
const DENSE_KEYS = 2 ** 20;
const PACKED_KEYS = 2 ** 32;

/**
 * Groups of rows whose codes mean the same values (blocks of one segment): packed codes to dense local group numbers, and from these
 * to the run's group numbers. A local group asks for its run group once, through `runGroupOf`.
 */
export class LocalGroups {
  readonly #ranges: readonly number[];
  /** Code arrays are packed into 32-bit words by these strides; a part that does not fit starts the next word. */
  readonly #words: readonly (readonly { readonly part: number; readonly stride: number }[])[];
  readonly #dense: Uint32Array | null;
  readonly #tables: readonly WordPairTable[];
  #numDense = 0;
  /** Run group by local group. */
  #runGroups = new Uint32Array(0);
  #numLocal = 0;
  /** True while every local group has its own number in the run. */
  #isIdentity = true;

  constructor(ranges: readonly number[]) {
    this.#ranges = ranges;
    this.#words = packWords(ranges);
    const keys = ranges.reduce((product, range) => product * range, 1);
    this.#dense = keys <= DENSE_KEYS ? new Uint32Array(keys) : null;
    this.#tables =
      this.#dense === null
        ? Array.from({ length: Math.max(1, this.#words.length - 1) }, () => new WordPairTable())
        : [];
  }

  /** False once a part's codes have outgrown this layout. */
  fits(parts: readonly KeyPart[]): boolean {
    return parts.every((part, i) => part.range === this.#ranges[i]);
  }

  /**
   * Writes the run's group number of each of n rows.
   * @param runGroupOf group of the i-th row's values, made when it is new
   */
  resolve(
    parts: readonly KeyPart[],
    n: number,
    out: Uint32Array,
    scratch: Uint32Array,
    runGroupOf: (row: number) => number,
  ): void {
    if (this.#dense !== null) {
      packCodes(parts, this.#words[0] ?? [], n, scratch);
      this.#numDense = denseGroups(scratch, n, this.#dense, this.#numDense, out);
      this.#translate(n, this.#numDense, out, runGroupOf);
      return;
    }
    const words = this.#words;
    packCodes(parts, words[0]!, n, out);
    if (words.length === 1) {
      scratch.fill(0, 0, n);
      this.#tables[0]!.internAll(scratch, out, n, out);
    }
    for (let word = 1; word < words.length; word++) {
      packCodes(parts, words[word]!, n, scratch);
      this.#tables[word - 1]!.internAll(out, scratch, n, out);
    }
    this.#translate(n, this.#tables.at(-1)!.size, out, runGroupOf);
  }

  #translate(n: number, numLocal: number, out: Uint32Array, runGroupOf: (row: number) => number): void {
    if (numLocal > this.#numLocal) {
      this.#runGroups = grown(this.#runGroups, numLocal);
      let next = this.#numLocal;
      // Local numbers are given in row order, so the first row of each new one is met in ascending order.
      for (let i = 0; i < n && next < numLocal; i++) {
        if (out[i] !== next) continue;
        const group = runGroupOf(i);
        if (group !== next) this.#isIdentity = false;
        this.#runGroups[next++] = group;
      }
      this.#numLocal = numLocal;
    }
    if (!this.#isIdentity) mapGroups(out, n, this.#runGroups);
  }
}

function packWords(ranges: readonly number[]): { part: number; stride: number }[][] {
  const words: { part: number; stride: number }[][] = [[]];
  let product = 1;
  ranges.forEach((range, part) => {
    if (range === 1) return;
    if (product * range > PACKED_KEYS) {
      words.push([]);
      product = 1;
    }
    words.at(-1)!.push({ part, stride: product });
    product *= range;
  });
  return words;
}

function packCodes(
  parts: readonly KeyPart[],
  word: readonly { readonly part: number; readonly stride: number }[],
  n: number,
  out: Uint32Array,
): void {
  const [first, ...others] = word;
  if (first === undefined) {
    out.fill(0, 0, n);
    return;
  }
  out.set(parts[first.part]!.codes.subarray(0, n));
  for (const { part, stride } of others) addStrided(parts[part]!.codes, stride, n, out);
}

function addStrided(codes: Uint32Array, stride: number, n: number, out: Uint32Array): void {
  for (let i = 0; i < n; i++) out[i] = out[i]! + codes[i]! * stride;
}

/** out[i] = number of keys[i], from 0 in order of first appearance. @returns how many keys have a number afterwards */
function denseGroups(keys: Uint32Array, n: number, numbers: Uint32Array, size: number, out: Uint32Array): number {
  let next = size;
  for (let i = 0; i < n; i++) {
    const key = keys[i]!;
    let number = numbers[key]!;
    if (number === 0) {
      number = ++next;
      numbers[key] = number;
    }
    out[i] = number - 1;
  }
  return next;
}

function mapGroups(groups: Uint32Array, n: number, map: Uint32Array): void {
  for (let i = 0; i < n; i++) groups[i] = map[groups[i]!]!;
}
