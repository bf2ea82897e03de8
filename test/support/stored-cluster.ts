import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { QueryAnswer } from '../../src/broker/answer.js';
import { Broker } from '../../src/broker/broker.js';
import { ClusterView } from '../../src/broker/cluster-view.js';
import { openDeepStorage } from '../../src/deep-storage/open-deep-storage.js';
import { type HistoricalParts, startHistorical } from '../../src/historical/start-historical.js';
import type { MetadataStore, NewSegment } from '../../src/metadata/metadata-store.js';
import { type LookupSource, NO_LOOKUPS } from '../../src/lookups/lookup-source.js';
import { MetadataView } from '../../src/metadata/metadata-view.js';
import { openMetadataStore } from '../../src/metadata/open-metadata-store.js';
import { systemClock } from '../../src/platform/clock.js';
import { parseNativeQuery } from '../../src/query/parse-native-query.js';
import { ArenaPool } from '../../src/memory/arena-pool.js';
import { SlotCache } from '../../src/memory/slot-cache.js';
import type { NodeLeaf } from '../../src/plan/leaf-plan.js';
import { RecentPlans } from '../../src/plan/recent-plans.js';
import type { LeafClient } from '../../src/protocol/leaf.js';
import type { EnginePool } from '../../src/runtime/engine-pool.js';
import { wholeText } from '../../src/server/http/encode/answer-body.js';
import { createLogger } from '../../src/telemetry/logger.js';
import { INFO, writeSegment } from '../unit/segments/segment-fixture.js';
import { noting } from './noting.js';

export const HOUR_MS = 3_600_000;

/** One stored row: time, a string and a number. */
export interface StoredRow {
  readonly timeMs: number;
  readonly page: string | null;
  readonly added: bigint;
}

/** A broker and a historical over real parts: SQLite, a directory as deep storage, worker threads. */
export class StoredCluster {
  readonly directory: string;
  readonly store: MetadataStore;
  readonly view: MetadataView;
  readonly broker: Broker;
  readonly historical: HistoricalParts;
  readonly logLines: string[];
  readonly #cluster: ClusterView;

  private constructor(parts: {
    directory: string;
    store: MetadataStore;
    view: MetadataView;
    broker: Broker;
    historical: HistoricalParts;
    cluster: ClusterView;
    logLines: string[];
  }) {
    this.directory = parts.directory;
    this.store = parts.store;
    this.view = parts.view;
    this.broker = parts.broker;
    this.historical = parts.historical;
    this.logLines = parts.logLines;
    this.#cluster = parts.cluster;
  }

  get cacheDir(): string {
    return join(this.directory, 'cache');
  }

  get deepDir(): string {
    return join(this.directory, 'deep');
  }

  /** The pool is the caller's: starting threads for each test would take most of its time. */
  static async start(options: {
    readonly pool: EnginePool;
    readonly memoryBytes?: number;
    readonly lookups?: LookupSource;
  }): Promise<StoredCluster> {
    const directory = await mkdtemp(join(tmpdir(), 'millrace-stored-'));
    const store = noting(await openMetadataStore(join(directory, 'metadata.sqlite')));
    const view = new MetadataView(store);
    await view.start(50, raise);
    await store.heartbeat({
      id: 'one',
      roles: ['broker', 'historical'],
      host: '127.0.0.1',
      port: 1,
      startedAtMs: 1,
      viewS: 0,
    });
    const cluster = new ClusterView(store);
    await cluster.refresh();
    const logLines: string[] = [];
    const recentPlans = new RecentPlans();
    const arenas = new ArenaPool({ budgetBytes: options.memoryBytes ?? 256 * 2 ** 20 });
    const historical = await startHistorical({
      nodeId: 'one',
      cacheDir: join(directory, 'cache'),
      arenas,
      cache: new SlotCache({ pool: arenas }),
      store,
      view,
      deepStorage: await openDeepStorage(join(directory, 'deep')),
      pool: options.pool,
      recentPlans,
      historicals: () => cluster.withRole('historical'),
      log: createLogger({ level: 'info', format: 'json', write: (line) => logLines.push(line) }),
      onCorruption: () => undefined,
    });
    const node: LeafClient<NodeLeaf> = {
      run: async (request, signal) => {
        if (request.plan.kind !== 'analyze') recentPlans.add(request.dataSource, request.plan);
        return historical.node.run(request, signal);
      },
    };
    const clientOf = () => node;
    const { lookups = NO_LOOKUPS } = options;
    const broker = new Broker({ view, cluster, clientOf, clock: systemClock, cacheBytes: 2 ** 20, lookups });
    return new StoredCluster({ directory, store, view, broker, historical, cluster, logLines });
  }

  /** Writes rows as one segment of their hour into deep storage, unpublished. */
  async write(path: string, rows: readonly StoredRow[]): Promise<NewSegment> {
    const sorted = [...rows].sort((a, b) => a.timeMs - b.timeMs);
    const target = join(this.directory, 'work', path);
    await mkdir(target, { recursive: true });
    const written = await writeSegment(target, [
      { name: '__time', type: 'LONG', values: sorted.map((row) => BigInt(row.timeMs)) },
      { name: 'page', type: 'STRING', indexed: true, values: sorted.map((row) => row.page) },
      { name: 'added', type: 'LONG', narrow: true, values: sorted.map((row) => row.added) },
    ]);
    await mkdir(join(this.deepDir, path, '..'), { recursive: true });
    await cp(target, join(this.deepDir, path), { recursive: true });
    const hour = Math.floor(sorted[0]!.timeMs / HOUR_MS) * HOUR_MS;
    return {
      intervalStartMs: hour,
      intervalEndMs: hour + HOUR_MS,
      numRows: written.numRows,
      sizeBytes: written.sizeBytes,
      minTimeMs: written.minTimeMs,
      maxTimeMs: written.maxTimeMs,
      dimensions: INFO.dimensions,
      metrics: INFO.metrics,
      path,
    };
  }

  async publish(segments: readonly NewSegment[], append = true): Promise<readonly string[]> {
    const intervals = segments.map((segment) => ({ startMs: segment.intervalStartMs, endMs: segment.intervalEndMs }));
    const outcome = await this.store.publishBatch({ dataSource: 'edits', append, intervals, segments });
    if (outcome.kind !== 'published') throw new Error(outcome.detail);
    await this.view.refresh();
    return outcome.segments.map((segment) => segment.id);
  }

  /** Runs a native query over all time. */
  answer(query: Readonly<Record<string, unknown>>): Promise<QueryAnswer> {
    const parsed = parseNativeQuery(
      { dataSource: 'edits', intervals: ['2020-01-01/2030-01-01'], granularity: 'all', ...query },
      () => 'test',
    );
    return this.broker.run(parsed);
  }

  /** Runs a native query over all time and gives the JSON that a client gets. */
  async ask(query: Readonly<Record<string, unknown>>): Promise<unknown> {
    const { body } = await this.answer(query);
    if (body.kind !== 'scan') return JSON.parse(await wholeText(body));
    const tables = [];
    for await (const table of body.batches) tables.push(table);
    return tables;
  }

  async stop(): Promise<void> {
    this.view.stop();
    this.#cluster.stop();
    await this.historical.stop();
    await this.store.close();
    await rm(this.directory, { recursive: true, force: true });
  }
}

function raise(error: unknown): void {
  throw error;
}

/** `count` rows from `fromMs` on, a second apart. */
export function rowsFrom(fromMs: number, count: number): StoredRow[] {
  return Array.from({ length: count }, (_, i) => ({
    timeMs: fromMs + i * 10,
    page: i % 7 === 0 ? null : `page-${i % 5}`,
    added: BigInt(i),
  }));
}
