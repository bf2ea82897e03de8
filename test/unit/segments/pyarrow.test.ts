/** Another reader of Arrow opens data.arrow. Needs a Python with pyarrow: MILLRACE_TEST_PYTHON=/path/to/venv/bin/python. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { BLOCK_ROWS } from '../../../src/memory/block-ref.js';
import { EVERY_TYPE } from './every-type.js';
import { type Cell, type PlainColumn, withDirectory, writeSegment } from './segment-fixture.js';

const python = process.env['MILLRACE_TEST_PYTHON'];
const reader = fileURLToPath(new URL('./read-arrow.py', import.meta.url));
/** Compared rows: every 97th, which meets every kind of value. */
const STEP = 97;

if (python === undefined && process.env['CI'] === 'true') throw new Error('CI needs MILLRACE_TEST_PYTHON');
if (python === undefined) console.warn('pyarrow test skipped: MILLRACE_TEST_PYTHON names no Python with pyarrow');

/** As the reader prints it: longs as text, since JSON's numbers are doubles; bytes as hexadecimal; an empty list of a multi-value column is null. */
function printed({ type, multiValue }: PlainColumn, cell: Cell): unknown {
  if (typeof cell === 'bigint') return String(cell);
  if (Buffer.isBuffer(cell)) return type === 'COMPLEX<json>' ? cell.toString() : cell.toString('hex');
  if (!Array.isArray(cell)) return cell;
  if (multiValue === true && cell.length === 0) return null;
  return cell.map((element: Cell) => printed({ name: '', type, values: [] }, element));
}

describe.skipIf(python === undefined)('data.arrow in pyarrow', () => {
  it.each(['zstd', 'lz4', 'none'] as const)(
    'has the same rows, nulls and types (compression %s)',
    async (compression) => {
      await withDirectory(async (directory) => {
        await writeSegment(directory, EVERY_TYPE, { compression });
        const output = execFileSync(python!, [reader, join(directory, 'data.arrow'), String(STEP)], {
          maxBuffer: 1 << 28,
          encoding: 'utf8',
        });
        const read = JSON.parse(output) as {
          batches: number[];
          columns: Record<string, { type: string; druidType: string; nullCount: number; values: unknown[] }>;
        };
        expect(read.batches).toEqual([BLOCK_ROWS, BLOCK_ROWS, 1000]);
        for (const column of EVERY_TYPE) {
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
    },
  );
});
