import { describe, expect, test } from 'vitest';
import { type CompactionOptions, planCompaction } from '../../../../src/coordination/coordinator/compaction.js';
import type { SegmentRow } from '../../../../src/metadata/metadata-store.js';

const NOW = Date.UTC(2025, 0, 2);
const HOUR_MS = 3_600_000;
const OPTIONS: CompactionOptions = {
  nowMs: NOW,
  targetRows: 5_000_000,
  smallShare: 0.25,
  minSegments: 8,
  quietMs: 600_000,
  busy: new Set(),
};

let lastId = 0;
function segment(numRows: number, change: Partial<SegmentRow> = {}): SegmentRow {
  const partitionNum = lastId++;
  return {
    id: `s${partitionNum}`,
    dataSource: 'wiki',
    intervalStartMs: NOW - HOUR_MS,
    intervalEndMs: NOW,
    version: 'v1',
    partitionNum,
    corePartitions: 0,
    numRows,
    sizeBytes: numRows * 20,
    minTimeMs: NOW - HOUR_MS,
    maxTimeMs: NOW - 1,
    dimensions: [],
    metrics: [],
    path: `p${partitionNum}`,
    usedFromS: 1,
    usedToS: null,
    createdAtMs: NOW - 1_000,
    ...change,
  };
}

function many(count: number, numRows: number, change: Partial<SegmentRow> = {}): SegmentRow[] {
  return Array.from({ length: count }, () => segment(numRows, change));
}

describe('compaction plan', () => {
  test('merges small segments of a chunk once there are enough of them', () => {
    expect(planCompaction(many(7, 1_000), OPTIONS)).toEqual([]);
    const inputs = many(8, 1_000);
    expect(planCompaction(inputs, OPTIONS)).toEqual([
      { dataSource: 'wiki', intervalStartMs: NOW - HOUR_MS, intervalEndMs: NOW, version: 'v1', inputs },
    ]);
  });

  test('never mixes intervals, versions or data sources', () => {
    const others = [
      ...many(7, 1_000),
      ...many(7, 1_000, { dataSource: 'other' }),
      ...many(7, 1_000, { version: 'v2' }),
      ...many(7, 1_000, { intervalStartMs: NOW, intervalEndMs: NOW + HOUR_MS }),
    ];
    expect(planCompaction(others, OPTIONS)).toEqual([]);
  });

  test('leaves large segments alone and never reads more than the target', () => {
    expect(planCompaction(many(20, 1_250_000), OPTIONS)).toEqual([]);
    const [job] = planCompaction([...many(20, 600_000), segment(3_000_000)], OPTIONS);
    expect(job!.inputs).toHaveLength(8);
    expect(job!.inputs.every((input) => input.numRows === 600_000)).toBe(true);
  });

  test('does not rewrite what was merged before for each few new segments', () => {
    const merged = many(3, 100_000);
    const [job] = planCompaction([...merged, ...many(8, 1_000)], OPTIONS);
    expect(job!.inputs).toHaveLength(8);
    expect(planCompaction([...merged, ...many(5, 1_000)], OPTIONS)).toEqual([]);
    expect(planCompaction(many(8, 100_000), OPTIONS)[0]!.inputs).toHaveLength(8);
  });

  test('a chunk that is not written any more is finished off', () => {
    const quiet = { createdAtMs: NOW - 600_000 };
    const mixed = [segment(1_000, quiet), segment(400_000, quiet), segment(2_000_000, quiet)];
    expect(planCompaction(mixed, OPTIONS)[0]!.inputs).toEqual(mixed.slice(0, 2));
    expect(planCompaction(mixed.slice(1), OPTIONS)).toEqual([]);
    expect(planCompaction([...mixed, segment(1_000)], OPTIONS)).toEqual([]);
  });

  test('segments that a running job reads are not planned again', () => {
    const inputs = many(16, 1_000);
    const busy = new Set(inputs.slice(0, 8).map((input) => input.id));
    expect(planCompaction(inputs, { ...OPTIONS, busy })[0]!.inputs).toEqual(inputs.slice(8));
    expect(planCompaction(inputs.slice(0, 15), { ...OPTIONS, busy })).toEqual([]);
  });

  test('a day of minute handoffs stays a handful of segments, and each row is rewritten few times', () => {
    let segments: SegmentRow[] = [];
    let rewritten = 0;
    for (let minute = 0; minute < 1_440; minute++) {
      const nowMs = NOW + minute * 60_000;
      segments.push(...many(2, 3_000, { createdAtMs: nowMs }));
      for (const job of planCompaction(segments, { ...OPTIONS, nowMs })) {
        const rows = job.inputs.reduce((sum, input) => sum + input.numRows, 0);
        rewritten += rows;
        segments = [...segments.filter((row) => !job.inputs.includes(row)), segment(rows, { createdAtMs: nowMs })];
      }
      expect(segments.length).toBeLessThan(35);
    }
    expect(rewritten / (1_440 * 6_000)).toBeLessThan(4);
  });
});
