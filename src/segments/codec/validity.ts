/** Arrow's validity bitmap of rows whose `nulls` byte is not 1: bit i, least significant first, is 1 for a value. */
export function packValidity(nulls: Uint8Array, n: number): Uint8Array {
  const bits = new Uint8Array((n + 7) >>> 3);
  for (let i = 0; i < n; i++) {
    if (nulls[i] === 0) bits[i >>> 3]! |= 1 << (i & 7);
  }
  return bits;
}

/** Writes one byte a row into `nulls`: 1 where the validity bit is 0. */
export function unpackNulls(bits: Uint8Array, nulls: Uint8Array, n: number): void {
  nulls.fill(0, 0, n);
  for (let at = 0; at < n; at += 8) {
    const byte = bits[at >>> 3]!;
    if (byte === 0xff) continue;
    const end = Math.min(8, n - at);
    for (let bit = 0; bit < end; bit++) nulls[at + bit] = ((byte >>> bit) & 1) ^ 1;
  }
}
