/** First byte of the UTF-8 form of U+E000 and above: there Java's order (UTF-16 code units) departs from byte order. */
const FIRST_ABOVE_SURROGATES = 0xee;
const FIRST_OF_FOUR_BYTES = 0xf0;

/**
 * Compares two UTF-8 strings as Java and JavaScript compare strings, by UTF-16 code units: negative, 0 or positive. Differs
 * from byte order only for characters beyond U+FFFF, whose surrogates (D800 to DFFF) sort below U+E000 to U+FFFF.
 * Each argument is a range [start, end) of `bytes`.
 */
export function compareUtf8AsUtf16(
  a: Uint8Array,
  aStart: number,
  aEnd: number,
  b: Uint8Array,
  bStart: number,
  bEnd: number,
): number {
  const n = Math.min(aEnd - aStart, bEnd - bStart);
  for (let i = 0; i < n; i++) {
    const x = a[aStart + i]!;
    const y = b[bStart + i]!;
    if (x === y) continue;
    if (x >= FIRST_ABOVE_SURROGATES && y >= FIRST_ABOVE_SURROGATES) {
      const xIsFour = x >= FIRST_OF_FOUR_BYTES;
      const yIsFour = y >= FIRST_OF_FOUR_BYTES;
      if (xIsFour !== yIsFour) return xIsFour ? -1 : 1;
    }
    return x - y;
  }
  return aEnd - aStart - (bEnd - bStart);
}
