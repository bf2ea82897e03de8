/**
 * Load kernels: Arrow integers to the narrow in-memory form, element = value - base modulo 2^32, which is exact because the
 * difference lies in [0, 2^32). One function per source type, so that each loop stays monomorphic in its source.
 */
export type NarrowInts = Uint8Array | Uint16Array | Uint32Array;

export function narrowU8(src: Uint8Array, base: number, out: NarrowInts, n: number): void {
  for (let i = 0; i < n; i++) out[i] = src[i]! - base;
}

export function narrowI8(src: Int8Array, base: number, out: NarrowInts, n: number): void {
  for (let i = 0; i < n; i++) out[i] = src[i]! - base;
}

export function narrowU16(src: Uint16Array, base: number, out: NarrowInts, n: number): void {
  for (let i = 0; i < n; i++) out[i] = src[i]! - base;
}

export function narrowI16(src: Int16Array, base: number, out: NarrowInts, n: number): void {
  for (let i = 0; i < n; i++) out[i] = src[i]! - base;
}

export function narrowU32(src: Uint32Array, base: number, out: NarrowInts, n: number): void {
  for (let i = 0; i < n; i++) out[i] = src[i]! - base;
}

export function narrowI32(src: Int32Array, base: number, out: NarrowInts, n: number): void {
  for (let i = 0; i < n; i++) out[i] = src[i]! - base;
}

/** @param halves Int32Array[2n], low half first: the difference fits 32 bits, so the high halves do not matter */
export function narrowI64(halves: Int32Array, base: number, out: NarrowInts, n: number): void {
  const low = base | 0;
  for (let i = 0; i < n; i++) out[i] = (halves[2 * i]! - low) >>> 0;
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
  for (let i = 0; i < n; i++) {
    if (((validity[i >>> 3]! >>> (i & 7)) & 1) === 0) out[i] = 0;
  }
}
