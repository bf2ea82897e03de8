/** Another reader of Arrow opens data.arrow. Needs a Python with pyarrow: MILLRACE_TEST_PYTHON=/path/to/venv/bin/python. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { BLOCK_ROWS } from '../../../src/protocol/block-ref.js';
import { type Cell, type PlainColumn, withDirectory, writeSegment } from './segment-fixture.js';

const python = process.env['MILLRACE_TEST_PYTHON'];
const reader = fileURLToPath(new URL('./read-arrow.py', import.meta.url));
/** Two whole blocks and a short one: a tiny file would pass even with wrong buffers, because nothing in it is compressed. */
const NUM_ROWS = 2 * BLOCK_ROWS + 1000;
/** Compared rows: every 97th, which meets every kind of value. */
const STEP = 97;

if (python === undefined && process.env['CI'] === 'true') throw new Error('CI needs MILLRACE_TEST_PYTHON');
if (python === undefined) console.warn('pyarrow test skipped: MILLRACE_TEST_PYTHON names no Python with pyarrow');

function rows(value: (i: number) => Cell): Cell[] {
  return Array.from({ length: NUM_ROWS }, (_, i) => value(i));
}

/** Every seventh row null. */
function holes(value: (i: number) => Cell): Cell[] {
  return rows((i) => (i % 7 === 0 ? null : value(i)));
}

const COLUMNS: readonly PlainColumn[] = [
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

/** As the reader prints it: longs as text, since JSON's numbers are doubles; bytes as hexadecimal; an empty list of a multi-value column is null. */
function printed({ type, multiValue }: PlainColumn, cell: Cell): unknown {
  if (typeof cell === 'bigint') return String(cell);
  if (Buffer.isBuffer(cell)) return type === 'COMPLEX<json>' ? cell.toString() : cell.toString('hex');
  if (!Array.isArray(cell)) return cell;
  if (multiValue === true && cell.length === 0) return null;
  return cell.map((element: Cell) => printed({ name: '', type, values: [] }, element));
}

describe.skipIf(python === undefined)('data.arrow in pyarrow', () => {
  it.each(['lz4', 'none'] as const)('has the same rows, nulls and types (compression %s)', async (compression) => {
    await withDirectory(async (directory) => {
      await writeSegment(directory, COLUMNS, { compression });
      const output = execFileSync(python!, [reader, join(directory, 'data.arrow'), String(STEP)], {
        maxBuffer: 1 << 28,
        encoding: 'utf8',
      });
      const read = JSON.parse(output) as {
        batches: number[];
        columns: Record<string, { type: string; druidType: string; nullCount: number; values: unknown[] }>;
      };
      expect(read.batches).toEqual([BLOCK_ROWS, BLOCK_ROWS, 1000]);
      for (const column of COLUMNS) {
        const found = read.columns[column.name]!;
        const expected = column.values.map((cell) => printed(column, cell));
        expect(found.druidType).toBe(column.type);
        expect(found.nullCount, column.name).toBe(expected.filter((cell) => cell === null).length);
        expect(found.values, column.name).toEqual(expected.filter((_, i) => i % STEP === 0));
      }
      expect(Object.fromEntries(Object.entries(read.columns).map(([name, { type }]) => [name, type]))).toMatchObject({
        __time: 'timestamp[ms, tz=UTC]',
        few: 'dictionary<values=string, indices=uint8, ordered=0>',
        fewNull: 'dictionary<values=string, indices=uint8, ordered=0>',
        byteLimit: 'dictionary<values=string, indices=uint16, ordered=0>',
        unique: 'dictionary<values=string, indices=uint32, ordered=0>',
        u8: 'uint8',
        i8: 'int8',
        u16: 'uint16',
        i16: 'int16',
        u32: 'uint32',
        i32: 'int32',
        i64: 'int64',
        double: 'double',
        float: 'float',
        json: 'string',
        sketch: 'binary',
      });
    });
  });
});
