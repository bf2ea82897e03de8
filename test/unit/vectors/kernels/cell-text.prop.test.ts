import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { IntType, KernelSet } from '../../../../src/vectors/kernels/kernel-set.js';
import { INTS, KEYS, KernelPair } from './kernel-fixture.js';

const pair = new KernelPair();
const ROOM = 1 << 16;
const texts = fc.uniqueArray(
  fc.oneof(
    { arbitrary: fc.string({ maxLength: 40 }).map((text) => text.replaceAll(/["\\]/g, '')), weight: 6 },
    { arbitrary: fc.string({ unit: fc.constantFrom('a', 'ü', '€', ' ', '/'), maxLength: 60 }), weight: 6 },
    { arbitrary: fc.string({ unit: 'binary', maxLength: 20 }), weight: 1 },
  ),
  { maxLength: 12, minLength: 1 },
);

/** Texts of every row, one behind the other, as the cursors say; undefined when `measure` found one that is not plain. */
function cells(
  measure: (kernels: KernelSet, lengths: number) => number,
  write: (kernels: KernelSet, cursors: number) => void,
  n: number,
): string[] | undefined {
  const lengths = pair.place(
    'u32',
    Array.from({ length: n }, () => 0),
  );
  const out = pair.reserve(ROOM);
  let isPlain = 0;
  pair.expectSame((kernels) => (isPlain = measure(kernels, lengths)), {
    ignored: [{ pointer: lengths, bytes: 4 * n }],
  });
  if (isPlain === 0) return undefined;
  const sizes = pair.read('wasm', 'u32', lengths, n).map(Number);
  expect(sizes).toEqual(pair.read('twin', 'u32', lengths, n).map(Number));
  let end = out;
  const starts = sizes.map((size) => (end += size) - size);
  const cursors = pair.place('u32', starts);
  pair.expectSame((kernels) => write(kernels, cursors));
  expect(pair.read('wasm', 'u32', cursors, n)).toEqual(starts.map((start, i) => start + sizes[i]!));
  return starts.map((start, i) => Buffer.from(pair.read('wasm', 'u8', start, sizes[i]!).map(Number)).toString('utf8'));
}

describe('JSON text of cells', () => {
  test.each(KEYS)('of ids of %s is what JSON.stringify gives, or is left to it', (key) => {
    fc.assert(
      fc.property(texts, fc.array(fc.nat(), { minLength: 1, maxLength: 40 }), fc.boolean(), (values, picks, atEnd) => {
        pair.clear(0xff);
        const encoded = values.map((value) => Buffer.from(value));
        const offsets = [0];
        for (const value of encoded) offsets.push(offsets.at(-1)! + value.length);
        const bytes = Buffer.concat(encoded);
        const bytesAt = atEnd ? pair.placeAtEnd('u8', bytes) : pair.place('u8', bytes, picks[0]! % 16);
        const offsetsAt = pair.place('u32', offsets);
        const ids = picks.map((pick) => pick % (values.length + 1));
        const idsAt = pair.place(key, ids);
        const rows = ids.map((_, row) => row).filter((row) => picks[row]! % 3 !== 0);
        const rowsAt = pair.place('u16', rows);
        const found = cells(
          (kernels, lengths) => kernels.measureIds(key)(idsAt, offsetsAt, bytesAt, rowsAt, rows.length, lengths),
          (kernels, cursors) => kernels.writeIds(key)(idsAt, offsetsAt, bytesAt, rowsAt, rows.length, cursors),
          rows.length,
        );
        const expected = rows.map((row) =>
          ids[row] === 0 ? 'null' : JSON.stringify(encoded[ids[row]! - 1]!.toString()),
        );
        if (found !== undefined) expect(found).toEqual(expected);
        else
          expect(
            rows.some((row) => /[\p{Cc}"\\\u{d000}-\u{dfff}\u{10000}-\u{10ffff}]/u.test(values[ids[row]! - 1] ?? '')),
          ).toBe(true);
      }),
    );
  });

  const limits: Record<IntType, [bigint, bigint]> = {
    u8: [0n, 255n],
    i8: [-128n, 127n],
    u16: [0n, 65_535n],
    i16: [-32_768n, 32_767n],
    u32: [0n, 2n ** 32n - 1n],
    i32: [-(2n ** 31n), 2n ** 31n - 1n],
    i64: [-(2n ** 63n), 2n ** 63n - 1n],
  };

  test.each(INTS)('of %s is that of the long or of the decimal', (type) => {
    const [min, max] = limits[type];
    const element = fc.oneof(
      fc.bigInt({ min, max }),
      fc.bigInt({ min: min < -20_000n ? -20_000n : min, max: max > 20_000n ? 20_000n : max }),
      fc.constantFrom(min, max, 0n),
    );
    const base = type === 'i64' ? fc.constant(0) : fc.oneof(fc.constant(0), fc.integer({ min: -1e6, max: 1e6 }));
    fc.assert(
      fc.property(
        fc.array(fc.record({ value: element, isNull: fc.boolean() }), { minLength: 1, maxLength: 40 }),
        base,
        fc.integer({ min: -1, max: 9 }),
        fc.boolean(),
        (elements, from, scale, hasNulls) => {
          pair.clear(0xff);
          const values = elements.map(({ value }) => value);
          const valuesAt = pair.place(type, type === 'i64' ? values : values.map(Number));
          const nullsAt = hasNulls
            ? pair.place(
                'u8',
                elements.map(({ isNull }) => Number(isNull)),
              )
            : 0;
          const rows = values.map((_, row) => row);
          const rowsAt = pair.place('u16', rows);
          const args = [valuesAt, from, scale, nullsAt, rowsAt, rows.length] as const;
          const found = cells(
            (kernels, lengths) => kernels.measureInts(type)(...args, lengths),
            (kernels, cursors) => kernels.writeInts(type)(...args, cursors),
            rows.length,
          );
          if (found === undefined) {
            expect(scale).toBeGreaterThanOrEqual(0);
            return;
          }
          const numbers = elements.map(({ value, isNull }) => (hasNulls && isNull ? null : value + BigInt(from)));
          if (scale < 0) expect(found).toEqual(numbers.map(String));
          else
            expect(found.map((text) => JSON.parse(text) as unknown)).toEqual(
              numbers.map((n) => (n === null ? null : Number(n) / 10 ** scale)),
            );
        },
      ),
    );
  });

  test('of constants is the same bytes for every row', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.integer({ min: 1, max: 20 }), (bytes, n) => {
        pair.clear(0xff);
        const source = pair.place('u8', bytes);
        const out = pair.reserve(bytes.length * n);
        const cursors = pair.place(
          'u32',
          Array.from({ length: n }, (_, i) => out + i * bytes.length),
        );
        pair.expectSame((kernels) => kernels.writeBytes(source, bytes.length, n, cursors));
        expect(Buffer.from(pair.read('wasm', 'u8', out, bytes.length * n).map(Number))).toEqual(
          Buffer.concat(Array.from({ length: n }, () => bytes)),
        );
      }),
    );
  });
});
