/**
 * Load kernels: Arrow values to the narrow in-memory form. The difference value - base fits the element, so its low bits are all of it:
 * neither the sign nor the high half of what is stored matters. One function per pair of types: each loop sees one kind of array.
 */
export type NarrowInts = Uint8Array | Uint16Array | Uint32Array;

export function bytesToU8(src: Uint8Array, base: number, out: Uint8Array, n: number): void {
  const low = base | 0;
  for (let i = 0; i < n; i++) out[i] = src[i]! - low;
}

export function shortsToU8(src: Uint16Array, base: number, out: Uint8Array, n: number): void {
  const low = base | 0;
  for (let i = 0; i < n; i++) out[i] = src[i]! - low;
}

export function shortsToU16(src: Uint16Array, base: number, out: Uint16Array, n: number): void {
  const low = base | 0;
  for (let i = 0; i < n; i++) out[i] = src[i]! - low;
}

export function intsToU8(src: Int32Array, base: number, out: Uint8Array, n: number): void {
  const low = base | 0;
  for (let i = 0; i < n; i++) out[i] = (src[i]! - low) | 0;
}

export function intsToU16(src: Int32Array, base: number, out: Uint16Array, n: number): void {
  const low = base | 0;
  for (let i = 0; i < n; i++) out[i] = (src[i]! - low) | 0;
}

export function intsToU32(src: Int32Array, base: number, out: Uint32Array, n: number): void {
  const low = base | 0;
  for (let i = 0; i < n; i++) out[i] = (src[i]! - low) | 0;
}

/** @param halves Int32Array[2n], low half first */
export function longsToU8(halves: Int32Array, base: number, out: Uint8Array, n: number): void {
  const low = base | 0;
  for (let i = 0; i < n; i++) out[i] = (halves[2 * i]! - low) | 0;
}

/** @param halves Int32Array[2n], low half first */
export function longsToU16(halves: Int32Array, base: number, out: Uint16Array, n: number): void {
  const low = base | 0;
  for (let i = 0; i < n; i++) out[i] = (halves[2 * i]! - low) | 0;
}

/** @param halves Int32Array[2n], low half first */
export function longsToU32(halves: Int32Array, base: number, out: Uint32Array, n: number): void {
  const low = base | 0;
  for (let i = 0; i < n; i++) out[i] = (halves[2 * i]! - low) | 0;
}

/** Doubles m / 10^k to m - base. Storing into integers cuts the fraction off, so half is added: m * power is near (decimal-scale.ts). */
export function decimalsToU8(src: Float64Array, power: number, base: number, out: Uint8Array, n: number): void {
  const half = 0.5 - base;
  for (let i = 0; i < n; i++) out[i] = src[i]! * power + half;
}

export function decimalsToU16(src: Float64Array, power: number, base: number, out: Uint16Array, n: number): void {
  const half = 0.5 - base;
  for (let i = 0; i < n; i++) out[i] = src[i]! * power + half;
}

export function decimalsToU32(src: Float64Array, power: number, base: number, out: Uint32Array, n: number): void {
  const half = 0.5 - base;
  for (let i = 0; i < n; i++) out[i] = src[i]! * power + half;
}

/** Arrow indices (from 0) to ids (from 1). */
export function idsU8(src: Uint8Array, out: Uint8Array, n: number): void {
  for (let i = 0; i < n; i++) out[i] = src[i]! + 1;
}

export function idsU16(src: Uint16Array, out: Uint16Array, n: number): void {
  for (let i = 0; i < n; i++) out[i] = src[i]! + 1;
}

export function idsU32(src: Uint32Array, out: Uint32Array, n: number): void {
  for (let i = 0; i < n; i++) out[i] = src[i]! + 1;
}

/** Sets the elements whose validity bit is 0 to 0. */
export function zeroWhereNull(validity: Uint8Array, out: NarrowInts, n: number): void {
  for (let at = 0; at < n; at += 8) {
    const bits = validity[at >>> 3]!;
    if (bits === 0xff) continue;
    const end = Math.min(8, n - at);
    for (let bit = 0; bit < end; bit++) {
      if (((bits >>> bit) & 1) === 0) out[at + bit] = 0;
    }
  }
}
