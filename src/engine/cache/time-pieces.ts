import type { Interval } from '../../common/interval.js';

/** A segment's time is divided into about so many pieces. */
const PIECES = 32;
const LEAST_PIECE_MS = 1024;

/** The part of a segment that an interval covers. */
export interface CutTime {
  /** Ascending, at times that do not depend on the interval: the next one, a little later, has nearly the same. */
  readonly pieces: readonly Interval[];
  /** What the interval covers beside them: at most a piece at each end. */
  readonly rest: readonly Interval[];
}

/** @param segment range of its __time, inclusive */
export function timePieces(
  segment: { readonly minTimeMs: number; readonly maxTimeMs: number },
  interval: Interval,
): CutTime {
  const startMs = Math.max(interval.startMs, segment.minTimeMs);
  const endMs = Math.min(interval.endMs, segment.maxTimeMs + 1);
  if (startMs >= endMs) return { pieces: [], rest: [] };
  const size = pieceMs(segment.maxTimeMs - segment.minTimeMs + 1);
  const pieces: Interval[] = [];
  for (let at = Math.floor(segment.minTimeMs / size) * size; at < endMs; at += size) {
    const piece = { startMs: Math.max(at, segment.minTimeMs), endMs: Math.min(at + size, segment.maxTimeMs + 1) };
    if (piece.startMs >= startMs && piece.endMs <= endMs) pieces.push(piece);
  }
  const [first, last] = [pieces[0], pieces.at(-1)];
  if (first === undefined || last === undefined) return { pieces, rest: [{ startMs, endMs }] };
  const ends = [
    { startMs, endMs: first.startMs },
    { startMs: last.endMs, endMs },
  ];
  return { pieces, rest: ends.filter((end) => end.startMs < end.endMs) };
}

/** A power of two, so that pieces of a growing range meet those of before. */
function pieceMs(rangeMs: number): number {
  return Math.max(LEAST_PIECE_MS, 2 ** Math.ceil(Math.log2(rangeMs / PIECES)));
}
