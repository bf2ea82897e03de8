/** A segment of two whole blocks and a short one with a column of every type and every stored form. */
import { BLOCK_ROWS } from '../../../src/memory/block-ref.js';
import type { Cell, PlainColumn } from './segment-fixture.js';

/** Two whole blocks and a short one: a tiny file would pass even with wrong buffers, because nothing in it is compressed. */
export const NUM_ROWS = 2 * BLOCK_ROWS + 1000;
function rows(value: (i: number) => Cell): Cell[] {
  return Array.from({ length: NUM_ROWS }, (_, i) => value(i));
}

/** Every seventh row null. */
function holes(value: (i: number) => Cell): Cell[] {
  return rows((i) => (i % 7 === 0 ? null : value(i)));
}

export const EVERY_TYPE: readonly PlainColumn[] = [
  { name: '__time', type: 'LONG', values: rows((i) => 1_700_000_000_000n + BigInt(i * 37)) },
  { name: 'few', type: 'STRING', indexed: true, values: rows((i) => ['', 'é', '😀', 'plain'][(i >> 4) % 4]!) },
  { name: 'fewNull', type: 'STRING', indexed: true, values: holes((i) => `value ${i % 255}`) },
  { name: 'byteLimit', type: 'STRING', values: rows((i) => `v${i % 256}`) },
  { name: 'many', type: 'STRING', indexed: true, values: holes((i) => `page ${(i * 7919) % 30_000}`) },
  { name: 'unique', type: 'STRING', indexed: true, values: rows((i) => `id ${i}`) },
  { name: 'allNull', type: 'STRING', indexed: true, values: rows(() => null) },
  {
    name: 'tags',
    type: 'STRING',
    multiValue: true,
    indexed: true,
    values: rows((i) => Array.from({ length: i % 4 }, (_, k) => (k === 2 && i % 8 === 3 ? null : `t${(i * k) % 400}`))),
  },
  { name: 'u8', type: 'LONG', narrow: true, values: rows((i) => BigInt(i % 256)) },
  { name: 'i8', type: 'LONG', narrow: true, values: holes((i) => BigInt((i % 256) - 128)) },
  { name: 'u16', type: 'LONG', narrow: true, values: rows((i) => BigInt(i % 65_536)) },
  { name: 'i16', type: 'LONG', narrow: true, values: holes((i) => BigInt((i % 60_000) - 30_000)) },
  { name: 'u32', type: 'LONG', narrow: true, values: rows((i) => BigInt(i * 30_000)) },
  { name: 'i32', type: 'LONG', narrow: true, values: holes((i) => BigInt(i * 15_000 - 1_000_000_000)) },
  { name: 'i64', type: 'LONG', narrow: true, values: holes((i) => BigInt(i) ** 3n * -4000n) },
  { name: 'double', type: 'DOUBLE', values: holes((i) => Math.sqrt(i)) },
  { name: 'decimal', type: 'DOUBLE', values: rows((i) => (i % 10_000) / 100) },
  { name: 'float', type: 'FLOAT', values: holes((i) => Math.fround(i / 3)) },
  { name: 'strings', type: 'ARRAY<STRING>', values: holes((i) => [`a${i % 5}`, null, ''].slice(0, i % 4)) },
  { name: 'longs', type: 'ARRAY<LONG>', narrow: true, values: holes((i) => [BigInt(i), null, -5n].slice(0, i % 4)) },
  { name: 'doubles', type: 'ARRAY<DOUBLE>', values: holes((i) => [i / 8, null, -0.5].slice(0, i % 4)) },
  { name: 'json', type: 'COMPLEX<json>', values: holes((i) => Buffer.from(JSON.stringify({ i, s: 'ü' }))) },
  { name: 'sketch', type: 'COMPLEX<HLLSketch>', values: holes((i) => Buffer.from([i & 255, 0, 255].slice(0, i % 4))) },
];
