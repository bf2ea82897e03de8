/** A candidate and how much of the load it should get relative to the others. */
export interface WeightedNode {
  readonly id: string;
  /** Greater than 0. */
  readonly weight: number;
}

/**
 * The `replicas` nodes that hold a segment, best first: weighted rendezvous hashing, computed alike by everyone who knows the nodes.
 * A node that joins or leaves moves only the segments that it gains or had.
 * @source Schindelhauer and Schomaker, "Weighted distributed hash tables" (logarithmic method)
 */
export function placeSegment(segmentId: string, nodes: readonly WeightedNode[], replicas: number): string[] {
  return nodes
    .map((node) => ({ id: node.id, score: -node.weight / Math.log(hashShare(segmentId, node.id)) }))
    .sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1))
    .slice(0, replicas)
    .map((node) => node.id);
}

/** A well-mixed share in (0, 1) of the pair: FNV-1a over UTF-16 units, then the murmur3 finalizer. */
function hashShare(segmentId: string, nodeId: string): number {
  let h = 0x811c_9dc5;
  for (let i = 0; i < segmentId.length; i++) h = Math.imul(h ^ segmentId.charCodeAt(i), 0x0100_0193);
  h = Math.imul(h ^ 0xff, 0x0100_0193);
  for (let i = 0; i < nodeId.length; i++) h = Math.imul(h ^ nodeId.charCodeAt(i), 0x0100_0193);
  h = Math.imul(h ^ (h >>> 16), 0x85eb_ca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2_ae35);
  return (((h ^ (h >>> 16)) >>> 0) + 0.5) / 4_294_967_296;
}
