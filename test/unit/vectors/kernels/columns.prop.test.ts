import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { KeyWidth } from '../../../../src/vectors/kernels/kernel-set.js';
import type { Selection } from './kernel-fixture.js';
import {
  bases,
  column,
  FORMS,
  INTS,
  KernelPair,
  KEYS,
  keys,
  lengths,
  NARROW_INTS,
  placeSelection,
  randomOf,
  selections,
  skews,
  STATES,
  VALUES,
} from './kernel-fixture.js';

const pair = new KernelPair();
const bitBytes = (n: number) => Math.ceil(n / 64) * 8;
const ID_SPACES = [1, 2, 16, 17, 64, 65, 200, 256];

describe.each(KEYS)('%s ids', (key) => {
  const idColumns = fc
    .record({ n: lengths, size: fc.constantFrom(...ID_SPACES), skew: skews, seed: fc.nat(), atEnd: fc.boolean() })
    .chain((block) => fc.record({ block: fc.constant(block), ids: keys(block.n, block.size) }));

  test('selections equal the twin', () => {
    fc.assert(
      fc.property(idColumns, ({ block: { n, size, skew, seed, atEnd }, ids }) => {
        // Bytes that no kernel may take for a table's or a bitset's.
        pair.clear(0xff);
        const random = randomOf(seed);
        const table = pair.place(
          'u8',
          Array.from({ length: size }, () => Number(random() < 0.4)),
        );
        const columnAt = atEnd ? pair.placeAtEnd(key, ids) : pair.place(key, ids, skew);
        const out = pair.reserve(bitBytes(n));
        pair.expectSame((kernels) => kernels.selectIds(key)(columnAt, table, size, n, out));
        const low = Math.floor(random() * size);
        const high = Math.floor(random() * (size + 1));
        pair.expectSame((kernels) => kernels.selectIdRange(key)(columnAt, low, high, n, out));
        const offsets = [0];
        while (offsets.at(-1)! < n) offsets.push(Math.min(n, offsets.at(-1)! + Math.floor(random() * 4)));
        const starts = pair.place('u32', offsets);
        const rows = offsets.length - 1;
        const multiOut = pair.reserve(bitBytes(rows));
        pair.expectSame((kernels) => kernels.selectMultiIds(key)(columnAt, starts, table, rows, multiOut));
      }),
    );
  });

  test('packed ids equal the twin', () => {
    fc.assert(
      fc.property(idColumns, fc.integer({ min: 1, max: 70_000 }), ({ block: { n, size, skew, seed }, ids }, stride) => {
        pair.clear();
        const random = randomOf(seed);
        const columnAt = pair.place(key, ids, skew);
        const remap = pair.place(
          'u32',
          Array.from({ length: size }, () => Math.floor(random() * 50_000)),
        );
        const out = pair.reserve(n * 4);
        for (const add of [0, 1]) {
          pair.expectSame((kernels) => kernels.packIds(key)(columnAt, stride, n, out, add));
          pair.expectSame((kernels) => kernels.packRemapped(key)(columnAt, remap, stride, n, out, add));
        }
      }),
    );
  });
});

const columnsOf = <Type extends (typeof VALUES)[number]>(types: readonly Type[], wild: boolean) =>
  fc
    .record({ type: fc.constantFrom(...types), n: lengths, skew: skews, atEnd: fc.boolean() })
    .chain((block) =>
      fc.record({ block: fc.constant(block), values: column(block.type, block.n, wild), base: bases(block.type) }),
    );

test('integer ranges equal the twin', () => {
  fc.assert(
    fc.property(columnsOf(NARROW_INTS, true), fc.nat(), fc.nat(), ({ block, values }, a, b) => {
      pair.clear(0xff);
      const columnAt = block.atEnd ? pair.placeAtEnd(block.type, values) : pair.place(block.type, values, block.skew);
      const out = pair.reserve(bitBytes(block.n));
      // Bounds that occur, in either order.
      const low = Number(values[a % block.n] ?? 0);
      const high = Number(values[b % block.n] ?? 0);
      pair.expectSame((kernels) => kernels.selectIntRange(block.type)(columnAt, low, high, block.n, out));
    }),
    { numRuns: 300 },
  );
});

test('wide integer ranges equal the twin', () => {
  fc.assert(
    fc.property(columnsOf(['i64'], true), fc.nat(), fc.nat(), ({ block, values }, a, b) => {
      pair.clear(0xff);
      const longs = values as readonly bigint[];
      const columnAt = block.atEnd ? pair.placeAtEnd('i64', longs) : pair.place('i64', longs, block.skew);
      const low = pair.place('i64', [longs[a % block.n] ?? 0n]);
      const high = pair.place('i64', [longs[b % block.n] ?? 0n]);
      const out = pair.reserve(bitBytes(block.n));
      pair.expectSame((kernels) => kernels.selectI64Range(columnAt, low, high, block.n, out));
    }),
  );
});

test('real ranges equal the twin, open or closed, with zeros of both signs and NaN', () => {
  const bound = fc.constantFrom(
    0,
    -0,
    NaN,
    Infinity,
    -Infinity,
    1.5,
    0.1,
    -0.1,
    1e300,
    -1e300,
    5e-324,
    1e-50,
    3.4e38,
    -1.5,
  );
  fc.assert(
    fc.property(
      columnsOf(['f32', 'f64'] as const, true),
      bound,
      bound,
      fc.integer({ min: 0, max: 7 }),
      ({ block, values }, low, high, flags) => {
        pair.clear(0xff);
        const columnAt = block.atEnd ? pair.placeAtEnd(block.type, values) : pair.place(block.type, values, block.skew);
        const out = pair.reserve(bitBytes(block.n));
        pair.expectSame((kernels) =>
          kernels.selectRealRange(block.type)(columnAt, low, Number.isNaN(high) ? Infinity : high, flags, block.n, out),
        );
      },
    ),
    { numRuns: 1000 },
  );
});

test('null bytes and validity bitmaps equal the twin', () => {
  fc.assert(
    fc.property(
      lengths.chain((n) => selections(n)),
      (isNull) => {
        pair.clear(0xff);
        const n = isNull.length;
        const nulls = pair.place('u8', isNull.map(Number));
        const out = pair.reserve(bitBytes(n));
        pair.expectSame((kernels) => kernels.selectNotNull(nulls, n, out));
        const bytes = pair.reserve(n);
        pair.expectSame((kernels) => kernels.unpackNulls(out, n, bytes));
      },
    ),
  );
});

test('bitset operations equal the twin', () => {
  const pairsOfBits = lengths.chain((n) => fc.tuple(selections(n), selections(n), fc.nat(), fc.nat()));
  fc.assert(
    fc.property(pairsOfBits, ([left, right, x, y]) => {
      pair.clear(0xff);
      const n = left.length;
      const [a, b] = [placeSelection(pair, 'bits', left).pointer, placeSelection(pair, 'bits', right).pointer];
      const out = pair.reserve(bitBytes(n));
      pair.expectSame((kernels) => kernels.bitsAnd(a, b, n, out));
      pair.expectSame((kernels) => kernels.bitsOr(a, b, n, out));
      pair.expectSame((kernels) => kernels.bitsNot(a, n, out));
      pair.expectSame((kernels) => kernels.bitsCount(a, n));
      const [from, to] = [Math.min(x % (n + 1), y % (n + 1)), Math.max(x % (n + 1), y % (n + 1))];
      pair.expectSame((kernels) => kernels.bitsRange(from, to, n, out));
      const rows = pair.reserve(n * 2);
      pair.expectSame((kernels) => kernels.bitsToRows(a, n, rows));
    }),
  );
});

test('containers added to a bitset equal the twin, wherever they begin in a file', () => {
  const containers = fc.record({
    seed: fc.nat(),
    offset: fc.integer({ min: 0, max: 7 }),
    count: fc.integer({ min: 0, max: 300 }),
  });
  fc.assert(
    fc.property(containers, ({ seed, offset, count }) => {
      pair.clear();
      const random = randomOf(seed);
      const out = pair.reserve(8192);
      const file = (elements: number[]) => {
        const bytes = [...new Uint8Array(new Uint16Array(elements).buffer)];
        return pair.place('u8', [...Array.from({ length: offset }, () => 0), ...bytes]) + offset;
      };
      const list = file(Array.from({ length: count }, () => Math.floor(random() * 65_536)));
      pair.expectSame((kernels) => kernels.bitsAddRows(list, count, out));
      const runs = Array.from({ length: count }, () => {
        const start = Math.floor(random() * 65_536);
        return [start, Math.floor(random() ** 8 * (65_536 - start))];
      });
      const pairs = file(runs.flat());
      pair.expectSame((kernels) => kernels.bitsAddRuns(pairs, count, out));
      const words = file(Array.from({ length: 4096 }, () => Math.floor(random() * 65_536)));
      pair.expectSame((kernels) => kernels.bitsAddBitmap(words, out));
    }),
    { numRuns: 40 },
  );
});

test('packed integers and time buckets equal the twin', () => {
  fc.assert(
    fc.property(
      columnsOf(INTS, true),
      fc.nat(),
      fc.boolean(),
      ({ block: { type, n, skew }, values, base }, seed, sorted) => {
        pair.clear();
        const random = randomOf(seed);
        const elements = sorted ? (values as number[]).toSorted((a, b) => (a < b ? -1 : Number(a > b))) : values;
        const columnAt = pair.place(type, elements, skew);
        const out = pair.reserve(n * 4);
        const stride = 1 + Math.floor(random() * 1000);
        const from = base + Math.floor((random() - 0.5) * 1000);
        // A few boundaries between values that occur, the first sometimes above some of them.
        const picked = Array.from(
          { length: 1 + Math.floor(random() * 9) },
          () => base + Number(elements[Math.floor(random() * n)] ?? 0),
        );
        // A boundary of 2^63, which the greatest long rounds to, is no long any more.
        const starts = [...new Set(picked)].filter((start) => start < 2 ** 63).toSorted((a, b) => a - b);
        fc.pre(starts.length > 0);
        const boundaries = pair.place('f64', starts);
        for (const add of [0, 1]) {
          pair.expectSame((kernels) => kernels.packInts(type)(columnAt, base, from, stride, n, out, add));
          pair.expectSame((kernels) =>
            kernels.packTimeBuckets(type)(columnAt, base, boundaries, starts.length, stride, n, out, add),
          );
        }
      },
    ),
    { numRuns: 200 },
  );
});

test('arithmetic on columns equals the twin', () => {
  fc.assert(
    fc.property(columnsOf(VALUES, true), fc.nat(), ({ block: { type, n, skew }, values, base }, seed) => {
      pair.clear();
      const random = randomOf(seed);
      const columnAt = pair.place(type, values, skew);
      const out = pair.reserve(n * 8);
      const reals = [{ pointer: out, bytes: n * 8 }];
      const divisor = 10 ** Math.floor(random() * 4);
      const factor = Math.floor(random() * 1e6) - 5e5;
      pair.expectSame((kernels) => kernels.toF64(type)(columnAt, base, divisor, n, out), {
        reals,
      });
      if (type === 'f32' || type === 'f64') return;
      pair.expectSame((kernels) => kernels.toI64(type)(columnAt, base, factor, n, out));
    }),
    { numRuns: 300 },
  );
});

test.each(KEYS.flatMap((a) => KEYS.map((b) => [a, b] as const)))(
  'products of a %s and a %s column equal the twin, where their values fit 32 bits',
  (typeA, typeB) => {
    const limits = { u8: 0xff, u16: 0xffff, u32: 0xffff_ffff } as const;
    /** A column whose values are in [-2^31, 2^31) with its base and factor. */
    const linear = (type: KeyWidth, n: number) =>
      fc.constantFrom(1, -1, 10, -100).chain((factor) => {
        const least = Math.ceil(-(2 ** 31 - 1) / Math.abs(factor));
        const span = Math.min(limits[type], -2 * least);
        return fc
          .integer({ min: least, max: -least - span })
          .chain((base) =>
            fc
              .array(fc.oneof(fc.nat({ max: span }), fc.constantFrom(0, span)), { minLength: n, maxLength: n })
              .map((elements) => ({ elements, base, factor })),
          );
      });
    fc.assert(
      fc.property(
        lengths.chain((n) => fc.tuple(linear(typeA, n), linear(typeB, n), column('i64', n, true))),
        fc.nat({ max: 15 }),
        ([a, b, wide], skew) => {
          pair.clear();
          const n = a.elements.length;
          const [aAt, bAt] = [pair.place(typeA, a.elements, skew), pair.place(typeB, b.elements, skew)];
          const wideAt = pair.place('i64', wide);
          const out = pair.reserve(8 * n);
          pair.expectSame((kernels) =>
            kernels.multiplyInts(typeA, typeB)(aAt, a.base, a.factor, bAt, b.base, b.factor, n, out),
          );
          pair.expectSame((kernels) => kernels.multiplyByInts(typeB)(wideAt, bAt, b.base, b.factor, n, wideAt));
        },
      ),
    );
  },
);

test.each(STATES)('arithmetic on two %s columns equals the twin, in place as well', (type) => {
  fc.assert(
    fc.property(
      lengths.chain((n) => fc.tuple(column(type, n, true), column(type, n, true))),
      fc.integer({ min: -1e9, max: 1e9 }),
      ([left, right], offset) => {
        const n = left.length;
        for (const op of ['add', 'subtract', 'multiply'] as const) {
          pair.clear();
          const [a, b] = [pair.place(type, left), pair.place(type, right)];
          const out = n % 2 === 0 ? a : b;
          const reals = type === 'f64' ? [{ pointer: out, bytes: n * 8 }] : [];
          pair.expectSame((kernels) => kernels[op](type)(a, b, n, out), { reals });
          pair.expectSame((kernels) => kernels.affine(type)(out, -3, offset, n, out), { reals });
        }
      },
    ),
  );
});

test('decimal reals narrow to the integers that they are', () => {
  fc.assert(
    fc.property(fc.constantFrom(...KEYS), lengths, fc.nat(), fc.integer({ min: 0, max: 6 }), (to, n, seed, digits) => {
      pair.clear();
      const random = randomOf(seed);
      const power = 10 ** digits;
      const base = Math.floor((random() - 0.5) * 2 ** 40);
      const span = { u8: 256, u16: 65_536, u32: 2 ** 32 }[to];
      const integers = Array.from({ length: n }, () => Math.floor(random() * span));
      const columnAt = pair.place(
        'f64',
        integers.map((integer) => (base + integer) / power),
      );
      const out = pair.reserve(n * 4);
      pair.expectSame((kernels) => kernels.narrowReals('f64', to)(columnAt, power, base, n, out));
      expect(pair.read('wasm', to, out, n)).toEqual(integers);
      const floats = pair.place(
        'f32',
        integers.map((integer) => integer & 0xff),
      );
      pair.expectSame((kernels) => kernels.narrowReals('f32', to)(floats, 1, 0, n, out));
    }),
    { numRuns: 150 },
  );
});

describe.each(FORMS)('hash groups, %s rows', (form) => {
  test('pairs get the same dense numbers, also when the table grows on the way', () => {
    const blocks = fc
      .record({ n: lengths, size: fc.constantFrom(1, 5, 300, 70_000), hasHigh: fc.boolean() })
      .chain((block) =>
        fc.record({
          block: fc.constant(block),
          low: keys(block.n, block.size),
          high: keys(block.n, 7),
          selected: selections(block.n),
        }),
      );
    fc.assert(
      fc.property(blocks, ({ block: { n, hasHigh }, low, high, selected }) => {
        pair.clear();
        const selection = placeSelection(pair, form, selected);
        const lows = pair.place('u32', low);
        const highs = hasHigh ? pair.place('u32', high) : 0;
        const groups = pair.reserve(n * 4);
        let slots = 16;
        let table = placeTable(slots, []);
        let size = 0;
        for (;;) {
          let done = 0;
          pair.expectSame((kernels) => {
            done = kernels.hashGroups(form)(highs, lows, selection.pointer, selection.n, table, groups);
            return done;
          });
          size = Number(pair.read('wasm', 'u32', table + 4, 1)[0]);
          if (form === 'all' ? done === n : selectedCount(selection, form, selected) === done) break;
          expect(size).toBe(slots / 2);
          // Twice the size, with the pairs so far; rows that are done get the same numbers again.
          slots *= 4;
          const pairs = pair.read(
            'wasm',
            'u32',
            Number(pair.read('wasm', 'u32', table + 16, 1)[0]),
            size * 2,
          ) as number[];
          table = placeTable(slots, pairs);
          pair.expectSame((kernels) => kernels.hashRebuild(table));
        }
        const numbers = pair.read('wasm', 'u32', groups, n);
        const byPair = new Map<string, unknown>();
        for (let row = 0; row < n; row++) {
          if (form !== 'all' && !selected[row]) continue;
          const name = `${hasHigh ? high[row] : 0}/${low[row]}`;
          if (!byPair.has(name)) byPair.set(name, numbers[row]);
          expect(numbers[row]).toBe(byPair.get(name));
        }
        expect([...byPair.values()]).toEqual(Array.from({ length: size }, (_, number) => number));
      }),
      { numRuns: 40 },
    );
  });
});

function selectedCount(selection: Selection, form: string, selected: readonly boolean[]): number {
  return form === 'rows' ? selection.n : selected.filter(Boolean).length;
}

/** A table that is full at half of its slots. */
function placeTable(slots: number, pairs: readonly number[]): number {
  const slotsAt = pair.place('u32', new Uint32Array(slots));
  const pairsAt = pair.place('u32', [...pairs, ...new Uint32Array(slots - pairs.length)]);
  return pair.place('u32', [slots - 1, pairs.length / 2, slots / 2, slotsAt, pairsAt]);
}

test.each(STATES)('the best groups by %s states equal the twin', (type) => {
  const states = lengths.chain((n) =>
    fc.record({
      values: fc.oneof(column(type, n, true), column(type, n, false)),
      counts: fc.option(selections(n)),
      k: fc.oneof(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: n + 1 })),
      capacity: fc.constantFrom(n, Math.floor(n / 2), 5),
    }),
  );
  fc.assert(
    fc.property(states, fc.constantFrom(0, 1), ({ values, counts, k, capacity }, descending) => {
      pair.clear();
      const n = values.length;
      const statesAt = pair.place(type, values);
      const countsAt =
        counts === null
          ? 0
          : pair.place(
              'i64',
              counts.map((has) => (has ? 2n : 0n)),
            );
      const out = pair.reserve(capacity * 4);
      const run = { pointer: out, bytes: capacity * 4 };
      pair.expectSame((kernels) => kernels.topK(type)(statesAt, countsAt, n, k, descending, out, capacity), {
        ignored: [run],
      });
      const found = pair.twin.topK(type)(statesAt, countsAt, n, k, descending, out, capacity);
      if (found >= 0) expect(pair.read('wasm', 'u32', out, found)).toEqual(pair.read('twin', 'u32', out, found));
      if (countsAt === 0) return;
      const all = pair.reserve(n * 4);
      pair.expectSame((kernels) => kernels.nonEmpty(countsAt, n, all), { ignored: [run] });
    }),
    { numRuns: 300 },
  );
});
