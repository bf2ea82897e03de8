import type { Utf8Values } from '../../vectors/block.js';
import type { LikeParts } from '../../common/like-pattern.js';

/**
 * Marks the values of ids from..to that match a LIKE pattern, found in their stored bytes: no value is decoded. A literal is at the same
 * place in UTF-8 as in text, for no character begins inside another one.
 * @param marks 1 per matching id is written; nothing else is
 */
export function markLike(
  parts: LikeParts,
  { offsets, bytes }: Utf8Values,
  from: number,
  to: number,
  marks: Uint8Array,
): void {
  if (from > to) return;
  const prefix = Buffer.from(parts.prefix);
  const middle = parts.middle.map((literal) => Buffer.from(literal));
  const suffix = Buffer.from(parts.suffix);
  const [first] = middle;
  if (first === undefined) {
    for (let id = from; id <= to; id++) {
      const start = offsets[id - 1]!;
      const end = offsets[id]!;
      if (end - start < prefix.length + suffix.length) continue;
      if (isAt(bytes, end - suffix.length, suffix) && isAt(bytes, start, prefix)) marks[id] = 1;
    }
    return;
  }
  const rest = middle.slice(1);
  const region = bytes.subarray(0, offsets[to]!);
  let id = from;
  let position = offsets[from - 1]!;
  for (;;) {
    const found = region.indexOf(first, position);
    if (found < 0) return;
    id = idAt(offsets, found, id, to);
    const start = offsets[id - 1]!;
    const end = offsets[id]!;
    const after = found + first.length;
    // Across the border of two values, or within what the prefix takes.
    if (after > end || found < start + prefix.length) {
      position = found + 1;
      continue;
    }
    // The leftmost place leaves the most room to the rest.
    if (isAt(bytes, start, prefix) && endsIn(bytes, after, end, rest, suffix)) marks[id] = 1;
    position = end;
  }
}

/** Whether the literals follow one another from `at` on, and the suffix ends the value after them. */
function endsIn(bytes: Uint8Array, at: number, end: number, rest: readonly Uint8Array[], suffix: Uint8Array): boolean {
  let position = at;
  for (const literal of rest) {
    while (position + literal.length <= end && !isAt(bytes, position, literal)) position++;
    position += literal.length;
    if (position > end) return false;
  }
  return end - position >= suffix.length && isAt(bytes, end - suffix.length, suffix);
}

function isAt(bytes: Uint8Array, at: number, literal: Uint8Array): boolean {
  for (let i = 0; i < literal.length; i++) if (bytes[at + i] !== literal[i]) return false;
  return true;
}

/** The id within from..to whose value holds the byte at `position`: the next ones are tried first, then ever larger steps. */
function idAt(offsets: Uint32Array, position: number, from: number, to: number): number {
  let low = from;
  let step = 1;
  while (low + step <= to && offsets[low + step - 1]! <= position) {
    low += step;
    step *= 2;
  }
  let high = Math.min(to, low + step);
  // The last id whose value begins at or before the position; of empty values the one that is not.
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (offsets[middle - 1]! <= position) low = middle;
    else high = middle - 1;
  }
  return low;
}
