import { workerEntry } from '../../../src/common/worker-entry.js';
import { ArenaPool } from '../../../src/memory/arena-pool.js';
import type { ColumnBlockRef, SegmentBlocks } from '../../../src/memory/block-ref.js';
import { ResidentSegment } from '../../../src/memory/resident-segment.js';
import type { SegmentSlice } from '../../../src/memory/segment-table.js';
import type { LeafPlan } from '../../../src/plan/leaf-plan.js';
import { EnginePool, type EngineRun } from '../../../src/runtime/engine-pool.js';
import type { EngineOutcome } from '../../../src/runtime/open-query.js';
import { PROBE_BYTES, PROBE_OFFSET, Probe } from './probe.js';

const BLOCK_ROWS = 65_536;
const FACTS = {
  dataSource: 'test',
  intervalStartMs: 0,
  intervalEndMs: 1,
  minTimeMs: 0,
  maxTimeMs: 0,
  columnTypes: { __time: 'LONG' },
} as const;

let made = 0;

/** Memory with segments whose rows all have time 0, and engine threads that write down what they do. */
export class EngineFixture {
  readonly arenas = new ArenaPool({ budgetBytes: 4 * 1024 ** 2, scratchBytes: 32 * 1024 ** 2 });
  readonly probe: Probe;
  readonly pool: EnginePool;
  readonly #time: ColumnBlockRef;

  constructor(threads: number) {
    const slot = this.arenas.allocate(PROBE_BYTES)!;
    if (slot.offset !== PROBE_OFFSET) throw new Error(`The first slot lies at [${slot.offset}]`);
    this.probe = new Probe(this.arenas.buffer(slot.arena));
    this.#time = { kind: 'long', base: 0, width: 'u16', values: this.arenas.allocate(2 * BLOCK_ROWS)! };
    this.pool = new EnginePool({ threads, entry: workerEntry(import.meta.url, './engine-fixture.worker') });
  }

  /** A stored segment of full blocks. */
  stored(numBlocks: number, blocks: Int32Array | null = null): SegmentSlice {
    const segmentId = `test_${++made}`;
    const blockTimes = new SharedArrayBuffer(16 * numBlocks);
    const facts = { ...FACTS, segmentId, numRows: numBlocks * BLOCK_ROWS, numBlocks, blockTimes };
    const segment = new ResidentSegment(facts, this.arenas.homeArena());
    for (let block = 0; block < numBlocks; block++) segment.fillBlock(0, block, this.#time as never, undefined);
    return { definition: segment.definition, blocks, spaces: null };
  }

  /** A real-time segment of blocks with one row each. */
  live(numBlocks: number): SegmentBlocks {
    const block = { numRows: 1, minTimeMs: 0, maxTimeMs: 0, sortedByTime: true, columns: { __time: this.#time } };
    const blocks = Array.from({ length: numBlocks }, (_, i) => ({ ...block, firstRow: i }));
    return { ...FACTS, segmentId: `test_${++made}`, immutable: false, blocks };
  }

  run(plan: LeafPlan, segments: EngineRun['segments'], options: Partial<EngineRun> = {}): Promise<EngineOutcome> {
    const { signal } = new AbortController();
    const arenas = this.arenas.handles();
    return this.pool.run({ plan, segments, arenas, home: this.arenas.homeArena(), signal, priority: 0, ...options });
  }
}

/** Rows that the partials of a counting plan counted. */
export function counted({ partials }: EngineOutcome): number {
  let rows = 0n;
  for (const { names, columns } of partials) {
    const column = columns[names.findIndex((name) => name.startsWith('a0.'))];
    if (column?.type !== 'LONG') throw new Error('A count is a LONG');
    for (const value of column.values) rows += value;
  }
  return Number(rows);
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
