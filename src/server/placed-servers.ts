import { placeSegment } from '../common/rendezvous.js';
import { DEFAULT_REPLICAS } from '../historical/start-historical.js';
import type { NodeRow } from '../metadata/metadata-store.js';

/** The live historicals that placement gives a segment. */
export function placedServers(segmentId: string, nodes: readonly NodeRow[]): readonly NodeRow[] {
  const historicals = nodes.filter((node) => node.roles.includes('historical'));
  if (historicals.length <= DEFAULT_REPLICAS) return historicals;
  const weighted = historicals.map(({ id }) => ({ id, weight: 1 }));
  const ids = placeSegment(segmentId, weighted, DEFAULT_REPLICAS);
  return historicals.filter((node) => ids.includes(node.id));
}

/** Druid's name of a node: `host:port`. */
export function nodeAddress(node: NodeRow): string {
  return `${node.host}:${node.port}`;
}
