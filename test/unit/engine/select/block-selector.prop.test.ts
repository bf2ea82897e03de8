import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { filterVerdict, zonesOf } from '../../../../src/engine/filter/filter-verdict.js';
import { filterTree } from '../../../../src/engine/filter/filter-tree.js';
import { BlockSelector, type BlockSelection } from '../../../../src/engine/select/block-selector.js';
import type { RunContext, RunSegment } from '../../../../src/engine/run.js';
import { buildSegment, type Row, type SegmentOptions } from '../../../support/blocks.js';
import { row, tree, truth, TYPES } from '../../../support/filter-oracle.js';
import { placeSegment, TestArena, testContext } from '../../../support/run-context.js';

const interval = fc
  .tuple(fc.integer({ min: -5, max: 25 }), fc.integer({ min: 1, max: 12 }))
  .map(([startMs, length]) => ({ startMs, endMs: startMs + length }));
/** Condensed and sorted: none touches the next. */
const intervals = fc.array(interval, { minLength: 1, maxLength: 3 }).map((list) => {
  const sorted = list.toSorted((a, b) => a.startMs - b.startMs);
  return sorted.filter((one, i) => i === 0 || one.startMs > Math.max(...sorted.slice(0, i).map(({ endMs }) => endMs)));
});

function listOf(selection: BlockSelection, { buffer, home }: RunContext): number[] {
  switch (selection.kind) {
    case 'none':
      return [];
    case 'range':
      return Array.from({ length: selection.to - selection.from }, (_, i) => selection.from + i);
    case 'rows':
      return Array.from(new Uint16Array(buffer(home), selection.rows, selection.count));
    case 'bits': {
      const bytes = new Uint8Array(buffer(home), selection.bits, Math.ceil(selection.numRows / 64) * 8);
      const found: number[] = [];
      for (let at = 0; at < bytes.length * 8; at++) if (((bytes[at >> 3]! >> (at & 7)) & 1) === 1) found.push(at);
      expect(found.length).toBe(selection.count);
      return found;
    }
  }
}

function rowsFound(selector: BlockSelector, segment: RunSegment, context: RunContext, firsts: readonly number[]) {
  return firsts.flatMap((first, i) => {
    const block = segment.block(i);
    const selection = selector.select(segment, block);
    const found = listOf(selection, context);
    const { rows, count } = selector.toRows(selection);
    expect(Array.from({ length: count }, (_, at) => (rows === null ? at : rows[at]!))).toEqual(found);
    return found.map((at) => first + at);
  });
}

const home = new TestArena(1);
const second = new TestArena(2);
const ARENAS = [home, second];

/** Sorted by time or not; rows often alike, so that blocks are constant now and then. */
const rowsOf = fc
  .tuple(fc.array(row, { minLength: 1, maxLength: 40 }), fc.boolean(), fc.boolean())
  .map(([rows, isSorted, isRepeated]) => {
    const all = isRepeated ? rows.flatMap((one) => Array.from({ length: 7 }, () => one)) : rows;
    return isSorted ? all.toSorted((a, b) => Number(a['__time']) - Number(b['__time'])) : all;
  });

describe.each([
  ['sorted dictionaries with index', { index: true }, {}],
  ['sorted dictionaries', {}, { narrow: true }],
  ['zones, decimals and constants', { index: true }, { narrow: true, zones: true }],
  ['real-time dictionaries', { unsorted: true }, {}],
  ['columns in another arena', { index: true }, { arenaOf: () => second, narrow: true }],
  [
    'columns in two arenas',
    { index: true },
    { arenaOf: (name: string) => (name < 'g' ? second : home), narrow: true, zones: true },
  ],
] as const)('%s', (_, build: Partial<SegmentOptions>, place) => {
  test('the rows found are those that intervals and three-valued logic keep, at once and again', () => {
    fc.assert(
      fc.property(rowsOf, tree, intervals, fc.integer({ min: 1, max: 90 }), (rows, filter, times, blockRows) => {
        const made = buildSegment({ types: TYPES, rows, blockRows, ...build });
        const segment = placeSegment(made, ARENAS, place);
        const context = testContext(ARENAS, [segment]);
        const selector = new BlockSelector({ intervals: times, filter }, context);
        const firsts = made.blocks.map((__, i) => i * blockRows);
        const expected = rows.flatMap((values, i) => (isKept(values, filter, times) ? [i] : []));
        expect(rowsFound(selector, segment, context, firsts)).toEqual(expected);
        // A later query knows the matching values already.
        const later = new BlockSelector({ intervals: times, filter }, context);
        expect(rowsFound(later, segment, context, firsts)).toEqual(expected);
      }),
      { numRuns: 400 },
    );
  });
});

function isKept(
  values: Row,
  filter: Parameters<typeof truth>[0],
  times: readonly { startMs: number; endMs: number }[],
) {
  const time = Number(values['__time']);
  return times.some(({ startMs, endMs }) => time >= startMs && time < endMs) && truth(filter, values) === true;
}

test('a verdict by zones holds for every row', () => {
  fc.assert(
    fc.property(rowsOf, tree, fc.integer({ min: 1, max: 9 }), (rows, filter, blockRows) => {
      const made = buildSegment({ types: TYPES, rows, blockRows });
      const segment = placeSegment(made, ARENAS, { zones: true });
      made.blocks.forEach((block, i) => {
        const verdict = filterVerdict(filterTree(filter), zonesOf(segment.block(i)));
        const kept = rows.slice(i * blockRows, i * blockRows + block.numRows).map((one) => truth(filter, one) === true);
        if (verdict === 'all') expect(kept).not.toContain(false);
        if (verdict === 'none') expect(kept).not.toContain(true);
      });
    }),
    { numRuns: 1500 },
  );
});

test('rows without nulls of a selection, in every form', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()), { minLength: 1, maxLength: 300 }),
      fc.constantFrom('all', 'part', 'bits', 'rows'),
      (flags, form) => {
        // Rows 1 of 20 in form rows, so that a list is chosen.
        const rows = flags.map(([isNull, isHit], i) => ({
          __time: i,
          l: isNull ? null : 1,
          s: (form === 'rows' ? i % 20 === 0 : isHit) ? 'yes' : 'no',
        }));
        const types = { __time: 'LONG', l: 'LONG', s: 'STRING' } as const;
        const segment = placeSegment(buildSegment({ types, rows }), ARENAS);
        const context = testContext(ARENAS, [segment]);
        const filter = { type: 'selector', dimension: 's', value: 'yes' } as const;
        const endMs = form === 'part' ? rows.length / 2 : rows.length;
        const plan = { intervals: [{ startMs: 0, endMs }], filter: form === 'all' || form === 'part' ? null : filter };
        const selector = new BlockSelector(plan, context);
        const block = segment.block(0);
        const selection = selector.select(segment, block);
        const before = listOf(selection, context);
        const stored = block.stored('l');
        const nulls = stored?.kind === 'ints' ? stored.nulls : 0;
        fc.pre(nulls !== 0);
        const found = listOf(selector.notNull(selection, nulls, rows.length), context);
        expect(found).toEqual(before.filter((at) => rows[at]!.l !== null));
        expect(listOf(selection, context)).toEqual(before);
      },
    ),
    { numRuns: 300 },
  );
});
