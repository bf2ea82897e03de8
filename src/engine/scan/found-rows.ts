import type { Pointer } from '../../vectors/kernels/kernel-set.js';
import type { Selection } from '../../vectors/selection.js';
import { rowList } from '../../vectors/selection.js';
import type { RunContext } from '../run.js';
import { placeOf } from './block-order.js';

/** Matching rows of one block: those of a list, or all from `from` on. */
export interface FoundBlock {
  readonly segment: number;
  readonly block: number;
  readonly count: number;
  readonly from: number;
  readonly rows: Uint16Array | null;
}

const HEADER_WORDS = 2;
const WORDS = 5;

/** Which rows match, block by block, of one thread or of several that handed theirs on. */
export class FoundRows {
  readonly #blocks: FoundBlock[] = [];
  /** Of the first segment. */
  numRowsInFirst = 0;

  add(found: FoundBlock): void {
    this.#blocks.push(found);
    if (found.segment === 0) this.numRowsInFirst += found.count;
  }

  get isEmpty(): boolean {
    return this.#blocks.length === 0;
  }

  /**
   * Rows [skip, skip + limit) in the order of the blocks, as selections.
   * @returns how many rows there were before them
   */
  page(skip: number, limit: number, use: (found: FoundBlock, selection: Selection) => void): number {
    this.#blocks.sort((a, b) => placeOf(a.segment, a.block) - placeOf(b.segment, b.block));
    let skipped = 0;
    let left = limit;
    for (const found of this.#blocks) {
      const first = Math.min(found.count, skip - skipped);
      skipped += first;
      const count = Math.min(found.count - first, left);
      if (count > 0) use(found, partOf(found, first, count));
      left -= count;
    }
    return skipped;
  }

  /** Describes all of it in scratch of the home arena for another thread. */
  describe(context: RunContext): Pointer {
    const listed = this.#blocks.reduce((sum, { rows, count }) => sum + (rows === null ? 0 : count), 0);
    const head = HEADER_WORDS + WORDS * this.#blocks.length;
    const bytes = 4 * head + 2 * listed;
    const pointer = context.scratch(context.home).allocate(bytes);
    const buffer = context.buffer(context.home, pointer + bytes);
    const words = new Uint32Array(buffer, pointer, head);
    const lists = new Uint16Array(buffer, pointer + 4 * head, listed);
    words[0] = this.#blocks.length;
    let at = HEADER_WORDS;
    let end = 0;
    for (const { segment, block, count, from, rows } of this.#blocks) {
      words.set([segment, block, count, from, rows === null ? 0 : 1], at);
      at += WORDS;
      if (rows === null) continue;
      lists.set(rows, end);
      end += count;
    }
    return pointer;
  }

  /** Adds what another thread described. */
  take(pointer: Pointer, context: RunContext): void {
    const [numBlocks] = new Uint32Array(context.buffer(context.home, pointer + 4), pointer, 1);
    const head = HEADER_WORDS + WORDS * numBlocks!;
    const words = new Uint32Array(context.buffer(context.home, pointer + 4 * head), pointer, head);
    let end = pointer + 4 * head;
    for (let at = HEADER_WORDS; at < head; at += WORDS) {
      const [segment, block, count, from, isList] = words.subarray(at, at + WORDS) as unknown as Five;
      let rows: Uint16Array | null = null;
      if (isList === 1) {
        rows = new Uint16Array(context.buffer(context.home, end + 2 * count), end, count).slice();
        end += 2 * count;
      }
      this.add({ segment, block, count, from, rows });
    }
    context.scratch(context.home).free(pointer);
  }
}

type Five = readonly [number, number, number, number, number];

function partOf({ rows, from, count }: FoundBlock, first: number, length: number): Selection {
  if (rows !== null) return { rows: first === 0 && length === count ? rows : rows.subarray(first), count: length };
  const start = from + first;
  if (start === 0) return { rows: null, count: length };
  return { rows: rowList({ rows: null, count: 0 }).subarray(start, start + length), count: length };
}
