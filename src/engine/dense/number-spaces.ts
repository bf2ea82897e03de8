import type { RunSegment } from '../run.js';
import type { LayoutSpace } from './group-layout.js';

/** Codes are 32 bits with 0 for null, and need room to be multiplied. */
const MAX_SPAN = 2 ** 31;

/**
 * The numbers of a LONG column in all segments of a task as one space: code = value - from, null is 0. null when no row has a value,
 * undefined when a block does not say what its bounds are, or they lie too far apart.
 */
export function numberSpace(segments: readonly RunSegment[], column: string): LayoutSpace | null | undefined {
  let min: bigint | undefined;
  let max: bigint | undefined;
  for (const segment of segments) {
    if (segment.columnTypes[column] === undefined) continue;
    for (let index = 0; index < segment.numBlocks; index++) {
      const zone = segment.block(index).zone(column);
      if (zone?.kind === 'null') continue;
      if (zone?.kind !== 'long') return undefined;
      if (min === undefined || zone.min < min) min = zone.min;
      if (max === undefined || zone.max > max) max = zone.max;
    }
  }
  if (min === undefined || max === undefined) return null;
  const span = Number(max - min);
  if (span >= MAX_SPAN || !Number.isSafeInteger(Number(min) - 1) || !Number.isSafeInteger(Number(max)))
    return undefined;
  const numbers = { from: Number(min) - 1 };
  return { key: `numbers ${min} ${max}`, size: span + 1, dictionary: null, numbers };
}
