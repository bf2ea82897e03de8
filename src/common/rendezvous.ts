/** Which nodes hold a segment: everybody who knows the live nodes computes the same answer, without talking to anyone. */

export interface PlacementNode {
  readonly id: string;
  /** Share of the segments relative to other nodes (cache bytes, say); at 0 the node gets none. */
  readonly weight: number;
}

/**
 * The nodes that should hold a segment, best first, by weighted rendezvous hashing: a node that comes or goes moves only
 * the segments that it wins or loses.
 *
 * @returns `replicas` node ids, or all of them when there are fewer
 * @source Resch, Varma: Weighted Distributed Hash Tables (2005): score = -weight / ln(hash in (0, 1))
 */
export function placeSegment(segmentId: string, nodes: readonly PlacementNode[], replicas: number): string[] {
  const segmentHash = hashText(segmentId);
  return nodes
    .filter((node) => node.weight > 0)
    .map((node) => ({ id: node.id, score: -node.weight / Math.log(unitHash(segmentHash, hashText(node.id))) }))
    .sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1))
    .slice(0, replicas)
    .map((node) => node.id);
}

/** 32-bit FNV-1a over UTF-16 units, two bytes each. */
function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    hash = Math.imul(hash ^ (unit & 0xff), 0x01000193);
    hash = Math.imul(hash ^ (unit >>> 8), 0x01000193);
  }
  return mix(hash);
}

/** A number in (0, 1) that looks independent for each pair. */
function unitHash(a: number, b: number): number {
  const high = mix(Math.imul(a, 0x9e3779b1) ^ b);
  const low = mix(high ^ Math.imul(b, 0x85ebca77) ^ a);
  // 53 bits, then half a step away from 0, so that 0 and 1 cannot come out.
  return ((high >>> 5) * 67_108_864 + (low >>> 6) + 0.5) / 9_007_199_254_740_992;
}

/** Every bit of the result depends on every bit of the input. @source MurmurHash3 finalizer (Austin Appleby, public domain) */
function mix(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
