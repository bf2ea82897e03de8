import { placeSegment } from '../common/rendezvous.js';
import type { NodeRow } from '../metadata/metadata-store.js';
import type { VisibleSegment } from '../metadata/metadata-view.js';
import type { OffsetVector } from '../metadata/offset-vector.js';
import type { StreamGroup, StreamState } from '../metadata/stream-state.js';
import type { NodeLeaf } from '../plan/leaf-plan.js';
import { forPart } from '../plan/whole-cut.js';
import type { BlockCounts, LeafClient, LeafRequest, LeafResponse, SegmentTarget } from '../protocol/leaf.js';
import type { Table } from '../vectors/table.js';
import type { ClusterView } from './cluster-view.js';
import { NodeUnreachable } from './http-leaf-client.js';

export type ClientOf = (node: NodeRow) => LeafClient<NodeLeaf>;

/** What every leaf of one query has in common. */
export type LeafCall = Pick<LeafRequest<NodeLeaf>, 'queryId' | 'plan' | 'deadlineMs' | 'priority' | 'cache'>;

export type Gathered =
  | {
      readonly kind: 'complete';
      readonly tables: readonly Table[];
      readonly rowsScanned: number;
      readonly blocks: BlockCounts;
      /** Of a scan: rows before those of the tables that its plan's `skipRows` let the node leave out. */
      readonly rowsSkipped: number;
      /** Vectors that streams reached, by supervisor id. */
      readonly reached: ReadonlyMap<string, OffsetVector>;
    }
  /** The state cannot be served as it is now; a later view may. Never partial. */
  | { readonly kind: 'unavailable'; readonly reason: string };

export const NO_BLOCKS: BlockCounts = { read: 0, all: 0 };

export function addBlocks(a: BlockCounts, b: BlockCounts = NO_BLOCKS): BlockCounts {
  return { read: a.read + b.read, all: a.all + b.all };
}

/** Sends leaves to the nodes that hold the data of one state, and gathers their partials. */
export class Scatter {
  readonly #cluster: ClusterView;
  readonly #clientOf: ClientOf;

  constructor(cluster: ClusterView, clientOf: ClientOf) {
    this.#cluster = cluster;
    this.#clientOf = clientOf;
  }

  /** Runs the plan over stored segments; a segment of a node that fails is asked of the next one in its placement. */
  async segments(
    call: LeafCall,
    dataSource: string,
    segments: readonly VisibleSegment[],
    signal: AbortSignal,
  ): Promise<Gathered> {
    const tables: Table[] = [];
    let rowsScanned = 0;
    let rowsSkipped = 0;
    let blocks = NO_BLOCKS;
    let left = segments.map((segment): SegmentTarget => ({ id: segment.row.id, clip: segment.clip }));
    const failed = new Set<string>();
    while (left.length > 0) {
      const nodes = this.#cluster.withRole('historical').filter((node) => !failed.has(node.id));
      if (nodes.length === 0) return { kind: 'unavailable', reason: 'no historical can be reached' };
      const shares = [...share(left, nodes)];
      // Of several nodes none knows which rows come first.
      const plan = shares.length > 1 || tables.length > 0 ? withoutSkip(forPart(call.plan)) : call.plan;
      left = [];
      const answers = await Promise.all(
        shares.map(([node, part]) =>
          this.#ask(node, { ...call, plan, dataSource, target: { kind: 'segments', segments: part } }, signal),
        ),
      );
      for (const [i, answer] of answers.entries()) {
        const [node, part] = shares[i]!;
        if (answer === undefined) {
          failed.add(node.id);
          left.push(...part);
        } else if (answer.kind === 'refused') return { kind: 'unavailable', reason: answer.reason };
        else {
          tables.push(answer.table);
          rowsScanned += answer.rowsScanned;
          rowsSkipped += answer.rowsSkipped ?? 0;
          blocks = addBlocks(blocks, answer.blocks);
        }
      }
    }
    return { kind: 'complete', tables, rowsScanned, blocks, rowsSkipped, reached: new Map() };
  }

  /** How many of the first segments are asked of one node, which then can count their rows in order. */
  numOnOneNode(segments: readonly VisibleSegment[]): number {
    const nodes = this.#cluster.withRole('historical');
    if (nodes.length < 2) return segments.length;
    const weighted = nodes.map(({ id }) => ({ id, weight: 1 }));
    const placed = segments.map(({ row }) => placeSegment(row.id, weighted, 1)[0]);
    const other = placed.findIndex((node) => node !== placed[0]);
    return other === -1 ? segments.length : other;
  }

  /** Runs the plan over the rows that streams have beyond their committed offsets. */
  async streams(
    call: LeafCall,
    dataSource: string,
    streams: readonly StreamState[],
    signal: AbortSignal,
  ): Promise<Gathered> {
    const changing = streams.find((stream) => stream.former.some(({ holder }) => this.#isLive(holder)));
    if (changing !== undefined) {
      return {
        kind: 'unavailable',
        reason: `the task groups of supervisor [${changing.supervisorId}] are being changed`,
      };
    }
    const asked = streams.flatMap((stream) =>
      stream.groups
        .filter((group) => isOwned(group) && (!stream.isEnding || this.#isLive(group.lease!.holder)))
        .map((group) => ({ stream, group })),
    );
    const answers = await Promise.all(
      asked.map(({ stream, group }) => this.#askGroup(call, dataSource, stream, group, signal)),
    );
    const tables: Table[] = [];
    const reached = new Map<string, OffsetVector>();
    let rowsScanned = 0;
    let blocks = NO_BLOCKS;
    for (const [i, answer] of answers.entries()) {
      if (answer.kind === 'refused') return { kind: 'unavailable', reason: answer.reason };
      const { stream } = asked[i]!;
      tables.push(answer.table);
      rowsScanned += answer.rowsScanned;
      blocks = addBlocks(blocks, answer.blocks);
      reached.set(stream.supervisorId, { ...reached.get(stream.supervisorId), ...answer.to });
    }
    return { kind: 'complete', tables, rowsScanned, blocks, rowsSkipped: 0, reached };
  }

  async #askGroup(
    call: LeafCall,
    dataSource: string,
    stream: StreamState,
    group: StreamGroup,
    signal: AbortSignal,
  ): Promise<LeafResponse> {
    const name = `supervisor [${stream.supervisorId}] group [${group.group}]`;
    const { holder, epoch } = group.lease ?? { holder: null, epoch: 0 };
    const node = holder === null ? undefined : this.#cluster.node(holder);
    if (node === undefined) return { kind: 'refused', reason: `the owner [${holder}] of ${name} is not alive` };
    const target = {
      kind: 'stream',
      supervisorId: stream.supervisorId,
      group: group.group,
      epoch,
      from: group.committed,
    } as const;
    const answer = await this.#ask(node, { ...call, dataSource, target }, signal);
    return answer ?? { kind: 'refused', reason: `the owner [${holder}] of ${name} cannot be reached` };
  }

  #isLive(holder: string | null): boolean {
    return holder !== null && this.#cluster.node(holder) !== undefined;
  }

  /** undefined when the node cannot be reached. */
  async #ask(node: NodeRow, request: LeafRequest<NodeLeaf>, signal: AbortSignal): Promise<LeafResponse | undefined> {
    try {
      return await this.#clientOf(node).run(request, signal);
    } catch (error) {
      if (!(error instanceof NodeUnreachable)) throw error;
      this.#cluster.suspect(node);
      return undefined;
    }
  }
}

function withoutSkip(plan: NodeLeaf): NodeLeaf {
  return plan.kind === 'scan' ? { ...plan, skipRows: 0 } : plan;
}

/** A group that was never owned, or was released cleanly, has no rows beyond the committed ones. */
function isOwned(group: StreamGroup): boolean {
  return group.lease !== undefined && group.lease.holder !== null;
}

function share(segments: readonly SegmentTarget[], nodes: readonly NodeRow[]): Map<NodeRow, SegmentTarget[]> {
  const shares = new Map<NodeRow, SegmentTarget[]>();
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const weighted = nodes.map((node) => ({ id: node.id, weight: 1 }));
  for (const segment of segments) {
    const node = byId.get(placeSegment(segment.id, weighted, 1)[0]!)!;
    const part = shares.get(node);
    if (part === undefined) shares.set(node, [segment]);
    else part.push(segment);
  }
  return shares;
}
