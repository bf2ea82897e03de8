import type { MemoryRef } from '../../memory/memory-ref.js';
import type { Block, Dictionary } from '../../vectors/block.js';
import type { RunSegment } from '../run.js';

/** What the ids of a dimension mean within a set of groups; null where every row is null. */
export interface LayoutSpace {
  readonly key: string;
  /** Largest id. */
  readonly size: number;
  readonly dictionary: Dictionary | null;
  /** Of a dimension of numbers: what its codes stand for. */
  readonly numbers?: NumberSpace;
}

/** Code c from 1 on is the number from + c; a safe integer, as all numbers of the space. */
export interface NumberSpace {
  readonly from: number;
}

/** A part of the group number: a dimension, or, last, the time bucket. */
interface LayoutPart {
  /** Possible codes: 0 (null) to range - 1. */
  readonly range: number;
  /** Of the part's code in its word. */
  readonly stride: number;
  /** Which 32-bit word of the key it is in; always 0 when groups are dense. */
  readonly word: number;
}

/**
 * How rows of segments become groups. Dense: the group is the mixed-radix number of its parts, time the most significant. Hashed: parts are packed
 * into 32-bit words, which a chain of hash tables numbers.
 */
export interface GroupLayout {
  /** Equal for segments whose groups meet as integers. */
  readonly key: string;
  /** By dimension. */
  readonly spaces: readonly (LayoutSpace | null)[];
  /** By dimension, then time. */
  readonly parts: readonly LayoutPart[];
  readonly numWords: number;
  /** Number of dense groups; null when they are hashed. */
  readonly denseGroups: number | null;
  /** Dense groups of one time bucket. */
  readonly groupsPerBucket: number;
}

/** Possible groups that are always kept as a plain array. */
const MIN_DENSE = 65_536;
const MAX_DENSE = 4 * 2 ** 20;
const MAX_STATE_BYTES = 128 * 2 ** 20;
const WORD = 2 ** 32;

export interface LayoutLimits {
  readonly numBuckets: number;
  /** Rows of the whole task, about. */
  readonly numRows: number;
  /** Most groups that are kept as plain arrays. */
  readonly maxDense: number;
  /** State arrays of 8 bytes a group that there can be. */
  readonly numArrays: number;
}

export function groupLayout(
  spaces: readonly (LayoutSpace | null)[],
  { numBuckets, numRows, maxDense, numArrays }: LayoutLimits,
): GroupLayout {
  const ranges = [...spaces.map((space) => (space === null ? 1 : space.size + 1)), numBuckets];
  const groups = ranges.reduce((product, range) => product * range, 1);
  const limit = Math.min(MAX_DENSE, maxDense, Math.max(MIN_DENSE, 2 * numRows), MAX_STATE_BYTES / (8 * numArrays));
  const isDense = groups <= limit;
  const parts: LayoutPart[] = [];
  let word = 0;
  let stride = 1;
  for (const range of ranges) {
    if (stride * range > WORD) {
      word++;
      stride = 1;
    }
    parts.push({ range, stride, word });
    stride *= range;
  }
  return {
    key: JSON.stringify(spaces.map((space) => (space === null ? null : [space.key, space.size]))),
    spaces,
    parts,
    numWords: word + 1,
    denseGroups: isDense ? groups : null,
    groupsPerBucket: groups / numBuckets,
  };
}

/** How a segment's ids of a dimension become codes of its layout. */
export type SegmentCodes =
  | { readonly kind: 'null' }
  /** Ids as they are. @property dictionaryKey a block with another dictionary does not fit */
  | { readonly kind: 'own'; readonly dictionaryKey: string; readonly size: number }
  /** Numbers of the space. */
  | { readonly kind: 'numbers'; readonly from: number }
  /** Ids of the space, through a table when they are not the segment's own. */
  | { readonly kind: 'space'; readonly remap: MemoryRef | null };

/** By dimension: the space of one of numbers; null where no row has a value, undefined for a dimension of texts. */
export type NumberSpaces = readonly (LayoutSpace | null | undefined)[];

/** The spaces of a task's dimensions, segment by segment; the same in every thread. */
export class TaskSpaces {
  readonly #segments: readonly RunSegment[];
  readonly #columns: readonly string[];
  /** Largest size that any segment states of a space. */
  readonly #sizes = new Map<string, number>();
  /** By dimension: the space of all segments that have the column, when they agree. */
  readonly #common = new Map<number, LayoutSpace | null>();
  readonly #numbers: NumberSpaces;

  constructor(segments: readonly RunSegment[], columns: readonly string[], numbers: NumberSpaces) {
    this.#segments = segments;
    this.#columns = columns;
    this.#numbers = numbers;
    for (const segment of segments) {
      for (const column of columns) {
        const space = segment.spaces?.[column];
        if (space !== undefined) this.#sizes.set(space.key, Math.max(space.size, this.#sizes.get(space.key) ?? 0));
      }
    }
  }

  /** The space of a dimension in a segment, shared with others where possible; a segment without the column takes the space of the others. */
  shared(segment: number, dimension: number): LayoutSpace | null {
    const numbers = this.#numbers[dimension];
    if (numbers !== undefined) return numbers;
    const column = this.#columns[dimension]!;
    const { spaces, columnTypes } = this.#segments[segment]!;
    const space = spaces?.[column];
    if (space !== undefined) return { key: space.key, size: this.#sizes.get(space.key)!, dictionary: null };
    if (columnTypes[column] === undefined) return this.#commonSpace(dimension);
    return this.own(segment, dimension);
  }

  /** The segment's dictionary as a space; null when no block of it has values. */
  own(segment: number, dimension: number): LayoutSpace | null {
    const numbers = this.#numbers[dimension];
    if (numbers !== undefined) return numbers;
    const dictionary = lastDictionary(this.#segments[segment]!, this.#columns[dimension]!);
    return dictionary === undefined ? null : { key: dictionary.key, size: dictionary.size, dictionary };
  }

  /** @param isOwn true for codes of `own`, else of `shared` */
  codes(segment: number, dimension: number, isOwn: boolean): SegmentCodes {
    const column = this.#columns[dimension]!;
    const { spaces, columnTypes } = this.#segments[segment]!;
    if (columnTypes[column] === undefined) return { kind: 'null' };
    const numbers = this.#numbers[dimension];
    if (numbers !== undefined) return numbers === null ? { kind: 'null' } : { kind: 'numbers', ...numbers.numbers! };
    const space = spaces?.[column];
    if (space !== undefined && !isOwn) return { kind: 'space', remap: space.remap };
    const own = this.own(segment, dimension);
    return own === null ? { kind: 'null' } : { kind: 'own', dictionaryKey: own.key, size: own.size };
  }

  #commonSpace(dimension: number): LayoutSpace | null {
    let common = this.#common.get(dimension);
    if (common === undefined) {
      common = this.#agreedSpace(dimension);
      this.#common.set(dimension, common);
    }
    return common;
  }

  #agreedSpace(dimension: number): LayoutSpace | null {
    const column = this.#columns[dimension]!;
    let common: LayoutSpace | null = null;
    for (let segment = 0; segment < this.#segments.length; segment++) {
      if (this.#segments[segment]!.columnTypes[column] === undefined) continue;
      const space = this.shared(segment, dimension);
      if (space === null) continue;
      if (common !== null && common.key !== space.key) return null;
      common = space;
    }
    return common;
  }
}

/** A segment's blocks share one dictionary; one that still grows is the largest in the last block. */
function lastDictionary(segment: RunSegment, column: string): Dictionary | undefined {
  const known = segment.dictionaryOf?.(column);
  if (known !== undefined) return known ?? undefined;
  for (let index = segment.numBlocks - 1; index >= 0; index--) {
    const dictionary = dictionaryOf(segment.block(index), column);
    if (dictionary !== undefined) return dictionary;
  }
  return undefined;
}

function dictionaryOf(block: Block, column: string): Dictionary | undefined {
  const stored = block.stored(column);
  return stored?.kind === 'ids' || stored?.kind === 'multiIds' ? stored.dictionary : undefined;
}
