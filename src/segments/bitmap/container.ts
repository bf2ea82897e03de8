/** Rows of one id in one block, in the form that the roaring format stores. */
export type ContainerKind = 'array' | 'bitset' | 'run';

/** Up to this many rows an array is smaller than a bitset. */
const MAX_ARRAY = 4096;
const BITSET_BYTES = 8192;

export interface Container {
  readonly kind: ContainerKind;
  readonly sizeBytes: number;
}

/**
 * The smallest container for ascending rows [from, to) of `rows`; a run container only when it is smaller than the others.
 * @source https://github.com/RoaringBitmap/RoaringFormatSpec section 4
 */
export function chooseContainer(rows: Uint16Array, from: number, to: number): Container {
  let runs = 1;
  for (let i = from + 1; i < to; i++) {
    if (rows[i] !== rows[i - 1]! + 1) runs++;
  }
  const count = to - from;
  const plainBytes = count <= MAX_ARRAY ? 2 * count : BITSET_BYTES;
  const runBytes = 2 + 4 * runs;
  if (runBytes < plainBytes) return { kind: 'run', sizeBytes: runBytes };
  return { kind: count <= MAX_ARRAY ? 'array' : 'bitset', sizeBytes: plainBytes };
}

/** Writes the container's bytes at `at` of `out`. */
export function writeContainer(
  kind: ContainerKind,
  rows: Uint16Array,
  from: number,
  to: number,
  out: Uint8Array,
  at: number,
): void {
  switch (kind) {
    case 'array':
      return writeArray(rows, from, to, out, at);
    case 'bitset':
      return writeBitset(rows, from, to, out, at);
    case 'run':
      return writeRuns(rows, from, to, out, at);
  }
}

function writeArray(rows: Uint16Array, from: number, to: number, out: Uint8Array, at: number): void {
  let p = at;
  for (let i = from; i < to; i++) {
    out[p++] = rows[i]! & 0xff;
    out[p++] = rows[i]! >>> 8;
  }
}

function writeBitset(rows: Uint16Array, from: number, to: number, out: Uint8Array, at: number): void {
  out.fill(0, at, at + BITSET_BYTES);
  for (let i = from; i < to; i++) out[at + (rows[i]! >>> 3)]! |= 1 << (rows[i]! & 7);
}

function writeRuns(rows: Uint16Array, from: number, to: number, out: Uint8Array, at: number): void {
  let p = at + 2;
  let runs = 0;
  for (let i = from; i < to; ) {
    const start = rows[i]!;
    let end = start;
    while (++i < to && rows[i] === end + 1) end++;
    out[p++] = start & 0xff;
    out[p++] = start >>> 8;
    out[p++] = (end - start) & 0xff;
    out[p++] = (end - start) >>> 8;
    runs++;
  }
  out[at] = runs & 0xff;
  out[at + 1] = runs >>> 8;
}
