import { describe, expect, test } from 'vitest';
import { Timeline, type TimelineEntry } from '../../../src/timeline/timeline.js';

function entry(startMs: number, endMs: number, version: string, partitionNum = 0, corePartitions = 0): TimelineEntry {
  const id = `${startMs}_${endMs}_${version}_${partitionNum}`;
  return { id, intervalStartMs: startMs, intervalEndMs: endMs, version, partitionNum, corePartitions };
}

function timelineOf(...entries: TimelineEntry[]): Timeline<TimelineEntry> {
  const timeline = new Timeline<TimelineEntry>();
  for (const one of entries) timeline.add(one);
  return timeline;
}

/** `start-end version:partitions` of each holder. */
function seen(timeline: Timeline<TimelineEntry>, startMs = 0, endMs = 1000): string[] {
  return timeline.lookup({ startMs, endMs }).map(({ interval, version, segments }) => {
    return `${interval.startMs}-${interval.endMs} ${version}:${segments.map((one) => one.partitionNum).join()}`;
  });
}

describe('timeline', () => {
  test('a newer version hides an older one of the same interval', () => {
    expect(seen(timelineOf(entry(0, 10, 'v1'), entry(0, 10, 'v2')))).toEqual(['0-10 v2:0']);
  });

  test('a newer version in the middle splits an older one', () => {
    const timeline = timelineOf(entry(0, 30, 'v1'), entry(10, 20, 'v2'));
    expect(seen(timeline)).toEqual(['0-10 v1:0', '10-20 v2:0', '20-30 v1:0']);
    timeline.remove('10_20_v2_0');
    expect(seen(timeline)).toEqual(['0-30 v1:0']);
  });

  test('a lookup is clipped to its interval', () => {
    expect(seen(timelineOf(entry(0, 10, 'v1'), entry(10, 20, 'v1'), entry(20, 30, 'v1')), 5, 15)).toEqual([
      '5-10 v1:0',
      '10-15 v1:0',
    ]);
    expect(seen(timelineOf(entry(0, 10, 'v1')), 10, 20)).toEqual([]);
  });

  test('a newer version is not seen before its core partitions are complete, nor after one of them is gone', () => {
    const timeline = timelineOf(entry(0, 10, 'v1'), entry(0, 10, 'v2', 0, 2));
    expect(seen(timeline)).toEqual(['0-10 v1:0']);
    timeline.add(entry(0, 10, 'v2', 1, 2));
    expect(seen(timeline)).toEqual(['0-10 v2:0,1']);
    timeline.remove('0_10_v2_0');
    expect(seen(timeline)).toEqual(['0-10 v1:0']);
  });

  test('appended partitions are seen as soon as they are there', () => {
    const timeline = timelineOf(entry(0, 10, 'v1', 0), entry(0, 10, 'v1', 7));
    expect(seen(timeline)).toEqual(['0-10 v1:0,7']);
    const before = timeline.lookup({ startMs: 0, endMs: 10 });
    timeline.add(entry(0, 10, 'v1', 3));
    expect(seen(timeline)).toEqual(['0-10 v1:0,3,7']);
    expect(before[0]!.segments).toHaveLength(2);
  });

  test('a coarse segment under thousands of fine ones is seen in the gaps only', () => {
    const fine = Array.from({ length: 3000 }, (_, i) => entry(i * 10, i * 10 + 10, 'v2')).filter((_, i) => i !== 1500);
    const timeline = timelineOf(...fine, entry(0, 30_000, 'v1'));
    expect(seen(timeline, 14_995, 15_015)).toEqual(['14995-15000 v2:0', '15000-15010 v1:0', '15010-15015 v2:0']);
    expect(timeline.lookup({ startMs: 0, endMs: 30_000 })).toHaveLength(3000);
  });

  test('knows which segments are hidden altogether', () => {
    const timeline = timelineOf(entry(0, 30, 'v1'), entry(0, 20, 'v2'), entry(0, 10, 'v1', 1));
    expect(timeline.isOvershadowed('0_30_v1_0')).toBe(false);
    expect(timeline.isOvershadowed('0_20_v2_0')).toBe(false);
    expect(timeline.isOvershadowed('0_10_v1_1')).toBe(true);
    expect(timeline.size).toBe(3);
  });
});
