import { groupOfPartition } from '../../metadata/stream-state.js';
import type { OffsetVector } from '../../metadata/offset-vector.js';
import { isSameStream } from '../../metadata/same-stream.js';
import type { StreamBounds, StreamSource } from '../../streams/stream-source.js';
import type { DataLoss, TaskConfig } from './task-messages.js';

export type Positions =
  | {
      readonly kind: 'positions';
      readonly incarnation: string;
      readonly from: OffsetVector;
      readonly fresh: OffsetVector;
    }
  | { readonly kind: 'otherStream'; readonly loss: DataLoss };

/** Where a task begins: at the committed offsets, and for partitions without one where the spec says. */
export async function findPositions(source: StreamSource, config: TaskConfig): Promise<Positions> {
  const incarnation = await source.incarnation();
  const stored = config.committedOf;
  // Offsets that an operator set before the first start name no stream.
  if (stored !== undefined && stored.stream !== '' && !isSameStream(stored, { stream: source.stream, incarnation })) {
    const loss = otherStream(stored.stream, stored.incarnation, source.stream, incarnation);
    return { kind: 'otherStream', loss };
  }
  const bounds = await source.bounds();
  const first = Object.keys(config.committed).length === 0;
  const fresh: Record<string, number> = {};
  const from: Record<string, number> = {};
  for (const partition of await source.partitions()) {
    if (groupOfPartition(partition, config.spec.ioConfig.taskCount) !== config.group) continue;
    const committed = config.committed[partition];
    // A partition that appeared since is read from its beginning.
    if (committed === undefined)
      fresh[partition] = startOf(bounds.get(partition), !first || config.spec.ioConfig.useEarliestOffset);
    from[partition] = committed ?? fresh[partition]!;
  }
  return { kind: 'positions', incarnation, from, fresh };
}

/** A stream is there, but not the one that offsets are of. */
export function otherStream(stream: string, incarnation: string, foundStream: string, found: string): DataLoss {
  return { kind: 'otherStream', stored: `${stream} (${incarnation})`, found: `${foundStream} (${found})` };
}

/** Partitions of the group that are not read yet, from their beginning. */
export function newPartitions(
  bounds: ReadonlyMap<string, StreamBounds>,
  known: OffsetVector,
  config: TaskConfig,
): OffsetVector {
  const fresh: Record<string, number> = {};
  for (const [partition, { earliest }] of bounds) {
    if (partition in known || groupOfPartition(partition, config.spec.ioConfig.taskCount) !== config.group) continue;
    fresh[partition] = earliest;
  }
  return fresh;
}

function startOf(bounds: StreamBounds | undefined, earliest: boolean): number {
  return (earliest ? bounds?.earliest : bounds?.latest) ?? 0;
}
