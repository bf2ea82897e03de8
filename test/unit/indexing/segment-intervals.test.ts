import { expect, test } from 'vitest';
import { segmentIntervals, splitBySegments } from '../../../src/indexing/publish/segment-intervals.js';
import { parseGranularitySpec } from '../../../src/indexing/spec/granularity-spec.js';
import type { SegmentRow } from '../../../src/metadata/metadata-store.js';

const segment = (intervalStartMs: number, intervalEndMs: number, version: string): SegmentRow =>
  ({ intervalStartMs, intervalEndMs, version }) as SegmentRow;
const split = (startMs: number, endMs: number, used: readonly SegmentRow[]): number[][] =>
  splitBySegments({ startMs, endMs }, used).map((part) => [part.startMs, part.endMs]);

test('an interval without segments stays whole', () => {
  expect(split(0, 100, [segment(100, 200, 'a')])).toEqual([[0, 100]]);
});

test('an interval inside one chunk stays whole', () => {
  expect(split(10, 20, [segment(0, 100, 'a'), segment(0, 100, 'a')])).toEqual([[10, 20]]);
});

test('finer chunks and the gaps between them become parts', () => {
  expect(split(0, 100, [segment(60, 80, 'a'), segment(20, 40, 'a')])).toEqual([
    [0, 20],
    [20, 40],
    [40, 60],
    [60, 80],
    [80, 100],
  ]);
});

test('in the gaps of the newest version the next one counts', () => {
  const used = [segment(40, 60, 'b'), segment(0, 30, 'a'), segment(50, 100, 'a')];
  expect(split(0, 100, used)).toEqual([
    [0, 30],
    [30, 40],
    [40, 60],
    [60, 100],
  ]);
});

test('a chunk that reaches over the end cuts only inside', () => {
  expect(split(0, 100, [segment(80, 180, 'a')])).toEqual([
    [0, 80],
    [80, 100],
  ]);
});

test("timestamps outside the spec's intervals have no segment interval", () => {
  const intervalOf = segmentIntervals(
    parseGranularitySpec({ segmentGranularity: 'HOUR', intervals: ['2024-01-01/2024-01-02'] }),
  );
  expect(intervalOf(Date.UTC(2024, 0, 1, 3, 30))).toEqual({
    startMs: Date.UTC(2024, 0, 1, 3),
    endMs: Date.UTC(2024, 0, 1, 4),
  });
  expect(intervalOf(Date.UTC(2024, 0, 2))).toBeUndefined();
});
