import { join } from 'node:path';
import type { LeafRequest, LeafResponse } from '../../src/protocol/leaf.js';
import type { NodeLeaf } from '../../src/plan/leaf-plan.js';
import { DATA_FILE, DESCRIPTOR_FILE } from '../../src/segments/format/segment-schema.js';
import { inputFromSegmentDirectory } from '../../src/segments/merge/segment-input.js';
import type { Row } from '../support/blocks.js';
import type { ModelFileSystem } from '../support/model-file-system.js';
import { EVER, runLeaf } from '../support/run-leaf.js';
import { asSegment, rowsOf, rowsOfBlocks } from './rows.js';
import { RUNS, SimulatedNode, type Shared, type SimulatedIndexer } from './simulated-node.js';

const LOAD_MS = 300;
/** Of queries over a stream, and how long they take. */
const SLOW_SHARE = 0.3;
const SLOW_MS = 4_000;

/** A segment that is used has no objects: never, whatever fails. */
class SegmentMissing extends Error {}

/** A process that serves stored segments: real files of deep storage, read back and verified. */
export class SimulatedHistorical extends SimulatedNode {
  readonly #loaded = new Map<string, readonly Row[]>();

  constructor(shared: Shared, id: string, files?: ModelFileSystem) {
    super(shared, id, ['historical'], files);
  }

  async run(): Promise<void> {
    await this.store.clearReplicas(this.id).catch(() => {});
    await this.start(() => 0);
    this.every(LOAD_MS, () => this.#load());
  }

  async leaf(request: LeafRequest<NodeLeaf>): Promise<LeafResponse> {
    const { plan, target } = request;
    if (target.kind !== 'segments' || plan.kind === 'analyze') return { kind: 'refused', reason: 'not served here' };
    const segments = [];
    for (const { id, clip } of target.segments) {
      const rows = await this.#rows(id).catch((error: unknown) => {
        if (error instanceof SegmentMissing) throw error;
        return undefined;
      });
      if (rows === undefined) return { kind: 'refused', reason: `segment [${id}] cannot be had now` };
      segments.push(asSegment(rows, clip));
    }
    return { kind: 'partial', table: runLeaf(plan, segments), rowsScanned: 0 };
  }

  async #load(): Promise<void> {
    const wanted = this.view.segments().filter(({ id }) => !this.#loaded.has(id));
    for (const { id } of wanted) await this.#rows(id);
    await this.store.announceReplicas(
      this.id,
      wanted.map(({ id }) => id),
      [],
    );
  }

  async #rows(id: string): Promise<readonly Row[] | undefined> {
    const known = this.#loaded.get(id);
    const row = this.view.segment(id);
    if (known !== undefined || row === undefined) return known;
    const directory = join('/cache', row.path);
    await this.files.mkdir(directory);
    for (const file of [DESCRIPTOR_FILE, DATA_FILE]) {
      if (!(await this.deepStorage.getFile(`${row.path}/${file}`, join(directory, file))))
        throw new SegmentMissing(`Used segment [${id}] lacks [${file}] in deep storage`);
    }
    const input = await inputFromSegmentDirectory(directory, this.files);
    const rows = await rowsOf(input);
    this.#loaded.set(id, rows);
    return rows;
  }
}

/** Answers for the rows of a task group that are not published yet, as the indexer's own leaf does. */
export async function streamLeaf(node: SimulatedIndexer, request: LeafRequest<NodeLeaf>): Promise<LeafResponse> {
  const { plan, target } = request;
  if (target.kind !== 'stream' || plan.kind === 'analyze') return { kind: 'refused', reason: 'not served here' };
  const view = await node.indexer.view({ ...target, columns: null });
  if (view.kind === 'refused') return view;
  try {
    // The view is pinned while time goes on, as it is while threads read it; by some queries for long.
    const { world, topic } = node.shared;
    const isSlow = world.chance(SLOW_SHARE);
    // What it reads is published, spilled and given back if nobody keeps it, and other rows come.
    if (isSlow && world.faults) {
      node.indexer.handoff('events', [0, 1]);
      await world.delay(SLOW_MS);
      topic.produce(world.below(80));
      node.indexer.handoff('events', [0, 1]);
      topic.produce(world.below(80));
    }
    await world.delay(isSlow ? SLOW_MS : 50);
    const rows = await rowsOfBlocks(view.blocks, view.arenas);
    for (const { path } of view.runs)
      rows.push(...(await rowsOf(await inputFromSegmentDirectory(join(RUNS, path), node.files))));
    const table = runLeaf(plan, [asSegment(rows, EVER[0]!)]);
    return { kind: 'partial', table, to: view.to, rowsScanned: rows.length };
  } finally {
    view.release();
  }
}
