import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { KernelSet, StateType, ValueType } from '../../../../src/vectors/kernels/kernel-set.js';
import {
  bases,
  column,
  FORMS,
  INTS,
  KernelPair,
  KEYS,
  keys,
  lengths,
  placeSelection,
  selections,
  skews,
  STATES,
  VALUES,
} from './kernel-fixture.js';

const pair = new KernelPair();
const stateOf = (type: ValueType): StateType => (type === 'f32' || type === 'f64' ? 'f64' : 'i64');
const IDENTITY = {
  sum: { i64: 0n, f64: 0 },
  min: { i64: 2n ** 63n - 1n, f64: Infinity },
  max: { i64: -(2n ** 63n), f64: -Infinity },
} as const;
type Fold = keyof typeof IDENTITY;

/** n states in `copies` copies that all hold the operation's identity. */
function placeStates(fold: Fold, state: StateType, groups: number, copies: number): number {
  const identity = IDENTITY[fold][state];
  return pair.place(state, Array.from({ length: groups * copies }, () => identity) as number[] | bigint[]);
}

/** The copies' states folded into one list, as a caller does. */
function folded(of: 'wasm' | 'twin', fold: Fold, state: StateType, pointer: number, groups: number, copies: number) {
  const states = pair.read(of, state, pointer, groups * copies);
  return Array.from({ length: groups }, (_, group) => {
    const lanes = Array.from({ length: copies }, (_unused, copy) => states[copy * groups + group]!);
    if (state === 'f64') return foldReals(fold, lanes as number[]);
    const ints = lanes as bigint[];
    if (fold === 'sum')
      return BigInt.asIntN(
        64,
        ints.reduce((a, b) => a + b),
      );
    return ints.reduce((a, b) => ((fold === 'min' ? a < b : a > b) ? a : b));
  });
}

function foldReals(fold: Fold, lanes: readonly number[]): number {
  // 0 + x: a sum of nothing but -0 is 0 in some orders of adding and -0 in others.
  if (fold === 'sum') return lanes.reduce((a, b) => a + b, 0) + 0;
  return fold === 'min' ? Math.min(...lanes) : Math.max(...lanes);
}

const columnsOf = (type: ValueType, wild: boolean) =>
  lengths.chain((n) =>
    fc.record({
      values: column(type, n, wild),
      selected: selections(n),
      base: bases(type),
      skew: skews,
      n: fc.constant(n),
    }),
  );

describe.each(FORMS)('one group, %s rows', (form) => {
  test.each(VALUES.flatMap((type) => (['sum', 'min', 'max'] as const).map((op) => [op, type] as const)))(
    '%s of %s equals the twin',
    (op, type) => {
      const wild = op !== 'sum';
      fc.assert(
        fc.property(columnsOf(type, wild), fc.boolean(), ({ values, selected, base, skew, n }, atEnd) => {
          pair.clear();
          const aligned = form === 'all' ? skew : 0;
          const pointer = atEnd ? pair.placeAtEnd(type, values) : pair.place(type, values, aligned);
          const selection = placeSelection(pair, form, selected);
          const out = placeStates(op, stateOf(type), 1, 1);
          expect(selection.n).toBeLessThanOrEqual(n);
          const reals = stateOf(type) === 'f64' ? [{ pointer: out, bytes: 8 }] : [];
          pair.expectSame((kernels) => kernels[op](form, type)(pointer, base, selection.pointer, selection.n, out), {
            reals,
          });
        }),
        { numRuns: 40 },
      );
    },
  );
});

test('a sum of wild reals is NaN or infinite where the twin is', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...FORMS),
      fc.constantFrom('f32', 'f64'),
      columnsOf('f64', true),
      (form, type, block) => {
        pair.clear();
        const pointer = pair.place(type, Array.from(block.values, Number));
        const selection = placeSelection(pair, form, block.selected);
        const out = placeStates('sum', 'f64', 1, 1);
        for (const kernels of [pair.wasm, pair.twin])
          kernels.sum(form, type)(pointer, 0, selection.pointer, selection.n, out);
        const [ours] = pair.read('wasm', 'f64', out, 1) as number[];
        const [theirs] = pair.read('twin', 'f64', out, 1) as number[];
        if (Number.isFinite(theirs))
          expect(Math.abs(ours! - theirs!)).toBeLessThanOrEqual(Math.abs(theirs!) * 1e-9 + 1e-9);
        else expect(ours).toBe(theirs);
      },
    ),
  );
});

const GROUPS = 50;
const blocksOf = (type: ValueType, wild: boolean) =>
  columnsOf(type, wild).chain((block) =>
    fc.record({
      ...Object.fromEntries(Object.entries(block).map(([name, value]) => [name, fc.constant(value)])),
      ids: keys(block.n, GROUPS),
      keyBase: fc.constantFrom(0, 3),
      lanes: fc.boolean(),
    }),
  ) as fc.Arbitrary<{
    values: number[];
    selected: boolean[];
    base: number;
    skew: number;
    n: number;
    ids: number[];
    keyBase: number;
    lanes: boolean;
  }>;

const REDUCES = { groupSum: 'sum', groupMin: 'min', groupMax: 'max' } as const;
const PAIRS = { groupCountSum: ['sum', 'sum'], groupMinMax: ['min', 'max'] } as const;

/** Runs both sides and compares the folded states. */
function expectGroups(
  run: (kernels: KernelSet) => void,
  states: readonly { fold: Fold; state: StateType; pointer: number }[],
  groups: number,
  copies: number,
): void {
  run(pair.wasm);
  run(pair.twin);
  for (const { fold, state, pointer } of states) {
    expect(folded('wasm', fold, state, pointer, groups, copies)).toEqual(
      folded('twin', fold, state, pointer, groups, copies),
    );
  }
}

describe.each(FORMS)('groups, %s rows', (form) => {
  describe.each(KEYS)('%s keys', (key) => {
    test.each(VALUES)('of %s values equal the twin', (type) => {
      const operations = [...Object.keys(REDUCES), ...Object.keys(PAIRS)] as (
        | keyof typeof REDUCES
        | keyof typeof PAIRS
      )[];
      fc.assert(
        fc.property(fc.constantFrom(...operations), blocksOf(type, false), blocksOf(type, true), (op, exact, wild) => {
          const block = op === 'groupSum' || op === 'groupCountSum' ? exact : wild;
          const { ids, values, base, keyBase } = block;
          pair.clear();
          const skew = form === 'all' ? block.skew : 0;
          const [keysAt, valuesAt] = [pair.place(key, ids, skew), pair.place(type, values, skew)];
          const selection = placeSelection(pair, form, block.selected);
          const groups = GROUPS + keyBase;
          const copies = block.lanes ? 4 : 1;
          const laneBytes = block.lanes ? groups * 8 : 0;
          const state = stateOf(type);
          if (op === 'groupSum' || op === 'groupMin' || op === 'groupMax') {
            const pointer = placeStates(REDUCES[op], state, groups, copies);
            const run = (kernels: KernelSet) =>
              kernels[op](form, key, type)(
                keysAt,
                valuesAt,
                base,
                selection.pointer,
                selection.n,
                keyBase,
                pointer,
                laneBytes,
              );
            expectGroups(run, [{ fold: REDUCES[op], state, pointer }], groups, copies);
            return;
          }
          const [firstFold, secondFold] = PAIRS[op];
          const firstState = op === 'groupCountSum' ? 'i64' : state;
          const first = placeStates(firstFold, firstState, groups, copies);
          const second = placeStates(secondFold, state, groups, copies);
          const run = (kernels: KernelSet) =>
            kernels[op](form, key, type)(
              keysAt,
              valuesAt,
              base,
              selection.pointer,
              selection.n,
              keyBase,
              first,
              second,
              laneBytes,
            );
          const states = [
            { fold: firstFold, state: firstState, pointer: first },
            { fold: secondFold, state, pointer: second },
          ];
          expectGroups(run, states, groups, copies);
        }),
        { numRuns: 30 },
      );
    });

    test('counts and marks equal the twin', () => {
      fc.assert(
        fc.property(blocksOf('u8', false), (block) => {
          pair.clear();
          const skew = form === 'all' ? block.skew : 0;
          const ids = pair.place(key, block.ids, skew);
          const { pointer, n } = placeSelection(pair, form, block.selected);
          const groups = GROUPS + block.keyBase;
          const counts = placeStates('sum', 'i64', groups, 4);
          const laneBytes = block.lanes ? groups * 8 : 0;
          expectGroups(
            (kernels) => kernels.groupCount(form, key)(ids, pointer, n, block.keyBase, counts, laneBytes),
            [{ fold: 'sum', state: 'i64', pointer: counts }],
            groups,
            4,
          );
          const ignored = { ignored: [{ pointer: counts, bytes: groups * 32 }] };
          const seen = pair.reserve(groups);
          pair.expectSame((kernels) => kernels.groupSeen(form, key)(ids, pointer, n, block.keyBase, seen, 8), ignored);
        }),
        { numRuns: 60 },
      );
    });
  });
});

describe.each(FORMS)('picked rows, %s rows', (form) => {
  describe.each(KEYS)('%s keys', (key) => {
    test.each(INTS)('by %s times equal the twin', (type) => {
      fc.assert(
        fc.property(blocksOf(type, true), (block) => {
          pair.clear();
          const { ids, keyBase } = block;
          const skew = form === 'all' ? block.skew : 0;
          const [keysAt, timesAt] = [pair.place(key, ids, skew), pair.place(type, block.values, skew)];
          const { pointer, n } = placeSelection(pair, form, block.selected);
          const groups = GROUPS + keyBase;
          const kernelsOf = (kernels: KernelSet) => [
            kernels.pickFirst(form, key),
            kernels.pickLast(form, key),
            kernels.pickEarliest(form, key, type),
            kernels.pickLatest(form, key, type),
          ];
          kernelsOf(pair.wasm).forEach((_, i) => {
            const winners = pair.reserve(4 * groups);
            const picked = pair.reserve(4 * (groups + 1));
            pair.expectSame((kernels) => kernelsOf(kernels)[i]!(keysAt, timesAt, pointer, n, keyBase, winners, picked));
          });
        }),
        { numRuns: 30 },
      );
    });
  });
});

test.each(STATES)('merged %s states equal the twin', (state) => {
  fc.assert(
    fc.property(
      lengths.chain((n) => fc.tuple(column(state, n, true), column(state, n, true))),
      ([a, b]) => {
        for (const op of ['mergeSum', 'mergeMin', 'mergeMax'] as const) {
          pair.clear();
          const dst = pair.place(state, a);
          const src = pair.place(state, b);
          const reals = state === 'f64' ? [{ pointer: dst, bytes: a.length * 8 }] : [];
          pair.expectSame((kernels) => kernels[op](state)(dst, src, a.length), { reals });
        }
      },
    ),
  );
});

test('merged registers equal the twin', () => {
  fc.assert(
    fc.property(
      lengths.chain((n) => fc.tuple(column('u8', n, true), column('u8', n, true))),
      ([a, b]) => {
        pair.clear();
        const dst = pair.place('u8', a);
        const src = pair.place('u8', b);
        pair.expectSame((kernels) => kernels.mergeMaxU8(dst, src, a.length));
      },
    ),
  );
});
