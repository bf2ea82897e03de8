import type { Utf8Values } from '../../vectors/block.js';

/** Bytes that are decoded by one call; what keeps one of their strings may keep them all. */
const CHUNK_BYTES = 65_536;

/** The strings of ids 1..size: their bytes are put one after the other and decoded by few calls, since a call costs more than its bytes. */
export function decodeAll(ids: Uint32Array, { offsets, bytes }: Utf8Values): string[] {
  const texts: string[] = [];
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  /** Length of each value of the chunk in UTF-16 code units. */
  const lengths: number[] = [];
  let used = 0;
  const flush = (): void => {
    const joined = chunk.toString('utf8', 0, used);
    let at = 0;
    for (const length of lengths) {
      texts.push(joined.slice(at, at + length));
      at += length;
    }
    lengths.length = 0;
    used = 0;
  };
  for (let i = 0; i < ids.length; i++) {
    const from = offsets[ids[i]! - 1]!;
    const to = offsets[ids[i]!]!;
    if (used + to - from > CHUNK_BYTES) flush();
    if (to - from > CHUNK_BYTES) {
      texts.push(bytes.toString('utf8', from, to));
      continue;
    }
    lengths.push(copyUnits(bytes, from, to, chunk, used));
    used += to - from;
  }
  flush();
  return texts;
}

/** Copies UTF-8. @returns its length in UTF-16 code units: one a character, two for those of four bytes */
function copyUnits(bytes: Uint8Array, from: number, to: number, out: Uint8Array, at: number): number {
  let units = 0;
  let next = at;
  for (let i = from; i < to; i++) {
    const byte = bytes[i]!;
    out[next++] = byte;
    if ((byte & 0xc0) !== 0x80) units += byte >= 0xf0 ? 2 : 1;
  }
  return units;
}
