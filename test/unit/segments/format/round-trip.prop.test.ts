import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { verifySegment } from '../../../../src/segments/format/verify.js';
import { OpenSegment, type PlainColumn, withDirectory, writeSegment } from '../segment-fixture.js';

const string = fc.oneof(
  fc.constantFrom('', 'a', 'é', '\uffff', '😀', 'null'),
  fc.string({ unit: 'binary', maxLength: 8 }),
);
const long = fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.bigInt({ min: -300n, max: 70_000n }));
const double = fc.oneof(
  fc.double(),
  fc.integer({ min: -999, max: 999 }).map((n) => n / 100),
);
const nullable = <T>(values: fc.Arbitrary<T>) => fc.option(values, { freq: 5 });
const list = <T>(values: fc.Arbitrary<T>) => fc.array(nullable(values), { maxLength: 4 });

/** A column of n rows of every type, some of them all null. */
function column(n: number): fc.Arbitrary<Omit<PlainColumn, 'name'>> {
  const rows = <T>(values: fc.Arbitrary<T>) => fc.array(values, { minLength: n, maxLength: n });
  const maybe = <T>(values: fc.Arbitrary<T>) => fc.oneof(rows(values), rows(nullable(values)), rows(fc.constant(null)));
  return fc.oneof(
    fc.record({ type: fc.constant('STRING' as const), indexed: fc.boolean(), values: maybe(string) }),
    fc.record({
      type: fc.constant('STRING' as const),
      multiValue: fc.constant(true),
      indexed: fc.boolean(),
      values: rows(list(string)),
    }),
    fc.record({ type: fc.constant('LONG' as const), narrow: fc.boolean(), values: maybe(long) }),
    fc.record({ type: fc.constant('DOUBLE' as const), values: maybe(double) }),
    fc.record({ type: fc.constant('FLOAT' as const), values: maybe(fc.float()) }),
    fc.record({ type: fc.constant('ARRAY<STRING>' as const), values: maybe(list(string)) }),
    fc.record({ type: fc.constant('ARRAY<LONG>' as const), narrow: fc.boolean(), values: maybe(list(long)) }),
    fc.record({ type: fc.constant('ARRAY<DOUBLE>' as const), values: maybe(list(double)) }),
    fc.record({ type: fc.constant('COMPLEX<json>' as const), values: maybe(string.map((s) => Buffer.from(s))) }),
    fc.record({
      type: fc.constant('COMPLEX<HLLSketch>' as const),
      values: maybe(fc.uint8Array({ maxLength: 9 }).map((b) => Buffer.from(b))),
    }),
  );
}

const segment = fc.integer({ min: 1, max: 40 }).chain((n) =>
  fc.record({
    times: fc
      .array(fc.integer({ min: -1e12, max: 4e12 }), { minLength: n, maxLength: n })
      .map((times) => times.sort((a, b) => a - b).map(BigInt)),
    columns: fc.array(column(n), { maxLength: 6 }),
    compression: fc.constantFrom('zstd' as const, 'lz4' as const, 'none' as const),
  }),
);

/** Strings that UTF-8 cannot hold come back with replacement characters. */
function wellFormed(cell: unknown): unknown {
  if (typeof cell === 'string') return Buffer.from(cell).toString();
  return Array.isArray(cell) ? cell.map(wellFormed) : cell;
}

describe('a stored segment', () => {
  it('reads back what was written', async () => {
    await fc.assert(
      fc.asyncProperty(segment, ({ times, columns, compression }) =>
        withDirectory(async (directory) => {
          const all: PlainColumn[] = [
            { name: '__time', type: 'LONG', values: times },
            ...columns.map(
              (plain, i) => ({ ...plain, name: `c${i}`, values: plain.values.map(wellFormed) }) as PlainColumn,
            ),
          ];
          const written = await writeSegment(directory, all, { compression });
          expect(written.numRows).toBe(times.length);
          await verifySegment(directory);
          const opened = await OpenSegment.open(directory);
          for (const { name, values } of all) expect(opened.values(name)).toEqual(values);
        }),
      ),
      { numRuns: 150 },
    );
  });
});
