import { expect, test } from 'vitest';
import { placeSegment } from '../../../src/common/rendezvous.js';

const nodes = (...ids: string[]) => ids.map((id) => ({ id, weight: 1 }));
const segments = Array.from({ length: 4000 }, (_, i) => `ds_2024-01-01T00:00:00.000Z_2024-01-02T00:00:00.000Z_v_${i}`);

test('equal nodes get about equal shares, a node of double weight about twice as many', () => {
  const counts = new Map<string, number>();
  for (const id of segments) {
    const [first] = placeSegment(
      id,
      [
        { id: 'a', weight: 1 },
        { id: 'b', weight: 1 },
        { id: 'c', weight: 2 },
      ],
      1,
    );
    counts.set(first!, (counts.get(first!) ?? 0) + 1);
  }
  expect(counts.get('a')! / 4000).toBeCloseTo(0.25, 1);
  expect(counts.get('b')! / 4000).toBeCloseTo(0.25, 1);
  expect(counts.get('c')! / 4000).toBeCloseTo(0.5, 1);
});

test('a node that leaves moves only the segments that it had', () => {
  for (const id of segments) {
    const [before] = placeSegment(id, nodes('a', 'b', 'c'), 1);
    const [after] = placeSegment(id, nodes('a', 'b'), 1);
    if (before !== 'c') expect(after).toBe(before);
  }
});

test('replicas are distinct, and the order of the nodes does not matter', () => {
  for (const id of segments.slice(0, 100)) {
    const placed = placeSegment(id, nodes('a', 'b', 'c'), 2);
    expect(new Set(placed).size).toBe(2);
    expect(placeSegment(id, nodes('c', 'a', 'b'), 2)).toEqual(placed);
  }
});
