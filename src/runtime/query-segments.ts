import { assert } from '../common/assert.js';
import type { RunSegment } from '../engine/run.js';
import type { SegmentBlocks } from '../memory/block-ref.js';
import {
  blockRows,
  type SegmentDefinition,
  type SegmentSlice,
  sliceBlock,
  sliceSize,
} from '../memory/segment-table.js';
import { type ArenaMemory, openBlock } from '../vectors/block-view.js';
import { openSegment } from '../vectors/segment-view.js';

/** A stored segment by the number of its definition, or a real-time one with all that is known of its blocks. */
export type QuerySegment = SegmentBlocks | SegmentSlice;

/**
 * The segments of a query in a message. Per segment four Int32 words: the id of its definition, or -1 - its place in `blocks`; its place
 * in `spaces` or -1; where its block numbers begin and how many there are (-1 = all). The block numbers follow.
 */
export interface QuerySegments {
  readonly words: SharedArrayBuffer;
  readonly numSegments: number;
  readonly spaces: readonly NonNullable<SegmentSlice['spaces']>[];
  readonly blocks: readonly SegmentBlocks[];
}

/** A segment as a run takes it, and what the runtime asks of it. */
export interface OpenSegment extends RunSegment {
  rowsOf(block: number): number;
}

const WORDS = 4;

export function isSlice(segment: QuerySegment): segment is SegmentSlice {
  return 'definition' in segment;
}

export function numBlocksOf(segment: QuerySegment): number {
  return isSlice(segment) ? sliceSize(segment) : segment.blocks.length;
}

export function packSegments(segments: readonly QuerySegment[]): QuerySegments {
  const numSegments = segments.length;
  const listed = segments.reduce((sum, s) => sum + (isSlice(s) && s.blocks !== null ? s.blocks.length : 0), 0);
  const buffer = new SharedArrayBuffer((numSegments * WORDS + listed) * 4);
  const words = new Int32Array(buffer);
  const spaces: NonNullable<SegmentSlice['spaces']>[] = [];
  const blocks: SegmentBlocks[] = [];
  let end = numSegments * WORDS;
  segments.forEach((segment, i) => {
    const at = i * WORDS;
    words[at + 1] = -1;
    words[at + 3] = -1;
    if (!isSlice(segment)) {
      words[at] = -1 - blocks.length;
      blocks.push(segment);
      return;
    }
    words[at] = segment.definition.id;
    if (segment.spaces !== null) words[at + 1] = placeOf(spaces, segment.spaces);
    if (segment.blocks === null) return;
    words[at + 2] = end;
    words[at + 3] = segment.blocks.length;
    words.set(segment.blocks, end);
    end += segment.blocks.length;
  });
  return { words: buffer, numSegments, spaces, blocks };
}

/** What was packed. @param definitionOf a definition that was posted to this thread */
export function unpackSegments(
  { words: buffer, numSegments, spaces, blocks }: QuerySegments,
  definitionOf: (id: number) => SegmentDefinition | undefined,
): QuerySegment[] {
  const words = new Int32Array(buffer);
  return Array.from({ length: numSegments }, (_, i): QuerySegment => {
    const [id, space, first, count] = words.subarray(i * WORDS, (i + 1) * WORDS) as unknown as Four;
    if (id < 0) return blocks[-1 - id]!;
    const definition = definitionOf(id);
    assert(definition !== undefined, `Segment definition [${id}] was not posted to this thread`);
    const numbers = count === -1 ? null : words.subarray(first, first + count);
    return { definition, blocks: numbers, spaces: space === -1 ? null : spaces[space]! };
  });
}

type Four = readonly [number, number, number, number];

export function openForRun(segment: QuerySegment, memory: ArenaMemory): OpenSegment {
  if (isSlice(segment)) {
    const rowsOf = (block: number): number => blockRows(segment.definition, sliceBlock(segment, block));
    return Object.assign(openSegment(segment, memory), { rowsOf });
  }
  const { blocks, ...context } = segment;
  return {
    ...context,
    numBlocks: blocks.length,
    block: (index) => openBlock(blocks[index]!, memory),
    rowsOf: (index) => blocks[index]!.numRows,
  };
}

/** Slices of a query share one object, or few. */
function placeOf<T>(list: T[], value: T): number {
  const place = list.lastIndexOf(value);
  return place === -1 ? list.push(value) - 1 : place;
}
