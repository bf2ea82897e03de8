import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type PlacementNode, placeSegment } from '../../../src/common/rendezvous.js';

const nodeLists = fc.uniqueArray(fc.record({ id: fc.uuid(), weight: fc.integer({ min: 1, max: 100 }) }), {
  selector: (node) => node.id,
  maxLength: 8,
});
const segmentIds = fc.string({ minLength: 1, maxLength: 60 });

const SEGMENTS = Array.from({ length: 10_000 }, (_, i) => {
  const day = new Date(Date.UTC(2025, 0, 1) + (i % 1_000) * 86_400_000).toISOString();
  return `wiki_${day}_${day}_2025-06-01T00:00:00.000Z_${Math.floor(i / 1_000)}`;
});

/** How many of the segments each node gets. */
function counts(nodes: readonly PlacementNode[], replicas = 1): Map<string, number> {
  const found = new Map(nodes.map((node) => [node.id, 0]));
  for (const segment of SEGMENTS) {
    for (const id of placeSegment(segment, nodes, replicas)) found.set(id, found.get(id)! + 1);
  }
  return found;
}

describe('placement', () => {
  test('gives as many different nodes as wanted, or all', () => {
    fc.assert(
      fc.property(segmentIds, nodeLists, fc.nat(10), (segment, nodes, replicas) => {
        const placed = placeSegment(segment, nodes, replicas);
        expect(new Set(placed).size).toBe(Math.min(replicas, nodes.length));
        for (const id of placed) expect(nodes.some((node) => node.id === id)).toBe(true);
      }),
    );
  });

  test('does not depend on the order of the nodes, and fewer replicas are the first of more', () => {
    fc.assert(
      fc.property(segmentIds, nodeLists, fc.nat(8), (segment, nodes, replicas) => {
        const all = placeSegment(segment, nodes, nodes.length);
        expect(placeSegment(segment, nodes.toReversed(), replicas)).toEqual(all.slice(0, replicas));
      }),
    );
  });

  test('a node that leaves takes only its own segments along', () => {
    fc.assert(
      fc.property(segmentIds, nodeLists, fc.nat(7), (segment, nodes, gone) => {
        const before = placeSegment(segment, nodes, nodes.length);
        const left = nodes[gone]?.id;
        const after = placeSegment(
          segment,
          nodes.filter((node) => node.id !== left),
          nodes.length,
        );
        expect(after).toEqual(before.filter((id) => id !== left));
      }),
    );
  });

  test('equal nodes get about equal shares', () => {
    const nodes = Array.from({ length: 5 }, (_, i) => ({ id: `historical-${i}`, weight: 1 }));
    for (const count of counts(nodes).values()) expect(Math.abs(count - 2_000)).toBeLessThan(200);
    for (const count of counts(nodes, 2).values()) expect(Math.abs(count - 4_000)).toBeLessThan(250);
  });

  test('shares follow the weights, and weight 0 gets nothing', () => {
    const shares = counts([
      { id: 'small', weight: 1 },
      { id: 'large', weight: 3 },
      { id: 'drained', weight: 0 },
    ]);
    expect(Math.abs(shares.get('large')! - 7_500)).toBeLessThan(250);
    expect(shares.get('drained')).toBe(0);
  });
});
