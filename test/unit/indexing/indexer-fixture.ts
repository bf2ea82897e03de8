import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openDeepStorage } from '../../../src/deep-storage/open-deep-storage.js';
import type { DeepStorage } from '../../../src/deep-storage/deep-storage.js';
import { IndexerNode, type IndexerNodeOptions } from '../../../src/indexing/stream/indexer-node.js';
import type { StreamView } from '../../../src/indexing/stream/group-ownership.js';
import { MergePool } from '../../../src/indexing/publish/merge-pool.js';
import type { MetadataStore } from '../../../src/metadata/metadata-store.js';
import { MetadataView } from '../../../src/metadata/metadata-view.js';
import { openMetadataStore } from '../../../src/metadata/open-metadata-store.js';
import { systemClock } from '../../../src/platform/clock.js';
import { LocalLogService } from '../../../src/streams/local-log/local-log-service.js';
import { SegmentUploads } from '../../../src/indexing/publish/segment-uploads.js';

export const DATA_SOURCE = 'events';

const HOUR_MS = 3_600_000;
/** Rows lie in this and the next hours. */
export const BASE_MS = Date.UTC(2024, 0, 1);

/** A supervisor spec over the local log; parts override the defaults. */
export function supervisorSpec(
  parts: {
    readonly ioConfig?: object;
    readonly tuningConfig?: object;
    readonly granularitySpec?: object;
    readonly metricsSpec?: readonly object[];
    readonly dimensions?: readonly unknown[];
  } = {},
): object {
  return {
    type: 'local',
    spec: {
      dataSchema: {
        dataSource: DATA_SOURCE,
        timestampSpec: { column: 'time', format: 'millis' },
        dimensionsSpec: { dimensions: parts.dimensions ?? ['name', { type: 'long', name: 'n' }] },
        metricsSpec: parts.metricsSpec ?? [],
        granularitySpec: {
          segmentGranularity: 'HOUR',
          queryGranularity: 'NONE',
          rollup: false,
          ...parts.granularitySpec,
        },
      },
      ioConfig: {
        stream: DATA_SOURCE,
        inputFormat: { type: 'json' },
        useEarliestOffset: true,
        taskDuration: 'PT1H',
        ...parts.ioConfig,
      },
      tuningConfig: { type: 'local', ...parts.tuningConfig },
    },
  };
}

/** What a query that is fixed to one S finds. */
export interface Counted {
  readonly s: number;
  readonly rows: number;
  /** Offset reached, by partition: as many rows as there are, the log having no gaps. */
  readonly to: Readonly<Record<string, number>>;
}

/** Of the test's process. */
export function testUploads(store: MetadataStore, deepStorage: DeepStorage): SegmentUploads {
  return new SegmentUploads({ store, deepStorage, owner: { nodeId: 'test', startedAtMs: 0 }, clock: systemClock });
}

/** A store, a log and a deep storage in a directory, and any number of indexer nodes on them. */
export class Cluster {
  readonly directory: string;
  readonly store: MetadataStore;
  readonly log: LocalLogService;
  readonly deepStorage: DeepStorage;
  /** The broker's view. */
  readonly view: MetadataView;
  readonly logged: string[] = [];
  readonly #nodes = new Map<
    string,
    { readonly node: IndexerNode; readonly view: MetadataView; readonly merges: MergePool }
  >();
  #sent = 0;

  private constructor(directory: string, store: MetadataStore, deepStorage: DeepStorage) {
    this.directory = directory;
    this.store = store;
    this.deepStorage = deepStorage;
    this.view = new MetadataView(store);
    this.log = new LocalLogService({ directory: join(directory, 'log') });
  }

  static async create(): Promise<Cluster> {
    const directory = await mkdtemp(join(tmpdir(), 'millrace-indexer-'));
    const store = await openMetadataStore(join(directory, 'metadata.db'));
    const cluster = new Cluster(directory, store, await openDeepStorage(join(directory, 'deep')));
    await cluster.view.start(100, () => {});
    return cluster;
  }

  async startNode(
    nodeId: string,
    options: Partial<IndexerNodeOptions & { readonly deepStorage: DeepStorage }> = {},
  ): Promise<IndexerNode> {
    const view = new MetadataView(this.store);
    await view.start(100, () => {});
    const merges = new MergePool({ threads: 1 });
    const { store, deepStorage } = { store: this.store, deepStorage: this.deepStorage, ...options };
    const node = new IndexerNode({
      nodeId,
      store,
      view,
      merges,
      uploads: testUploads(store, deepStorage),
      temporaryDirectory: join(this.directory, 'tmp', nodeId),
      localLogDirectory: join(this.directory, 'log'),
      clock: systemClock,
      log: (level, message, fields) => this.logged.push(`${nodeId} ${level}: ${message} ${JSON.stringify(fields)}`),
      ...options,
    });
    await node.start();
    this.#nodes.set(nodeId, { node, view, merges });
    return node;
  }

  /** Ends a node as kill -9 would: its leases stay. */
  async crash(nodeId: string): Promise<void> {
    const { node, view, merges } = this.#nodes.get(nodeId)!;
    this.#nodes.delete(nodeId);
    view.stop();
    await node.terminate();
    await merges.close();
  }

  async stopNode(nodeId: string, limitMs = 30_000): Promise<void> {
    const { node, view, merges } = this.#nodes.get(nodeId)!;
    await node.stop(limitMs);
    this.#nodes.delete(nodeId);
    view.stop();
    await merges.close();
  }

  async supervise(spec: object, suspended = false): Promise<void> {
    await this.store.putSupervisor({ id: DATA_SOURCE, dataSource: DATA_SOURCE, spec, suspended });
  }

  /** Pushes so many numbered events, spread over three hours. @param suffix of their names, which are all different then */
  async send(count: number, perPush = 50, suffix?: string): Promise<void> {
    for (let i = 0; i < count; i += perPush) {
      const events = Array.from({ length: Math.min(perPush, count - i) }, () => this.#event(suffix));
      await this.log.append(
        DATA_SOURCE,
        events.map((event) => ({ value: Buffer.from(JSON.stringify(event)) })),
      );
    }
  }

  async sendRaw(...records: readonly string[]): Promise<void> {
    await this.log.append(
      DATA_SOURCE,
      records.map((record) => ({ value: Buffer.from(record) })),
    );
  }

  #event(suffix?: string): object {
    const n = this.#sent++;
    const name = suffix === undefined ? `name ${n % 7}` : `${n} ${suffix}`;
    return { time: BASE_MS + (n % 3) * HOUR_MS + n, name, n };
  }

  /** Counts as a broker does: segments used at S, and the rows after C(S) of the epochs at S. Undefined when refused. */
  async count(): Promise<Counted | undefined> {
    const s = this.view.s;
    const stream = this.view.streams(DATA_SOURCE)[0];
    // As a broker does: while groups of a former spec are held, nobody can tell which rows are whose.
    if (stream?.former.some(({ holder }) => holder !== null && this.#nodes.has(holder))) return undefined;
    let rows = this.view.segments().reduce((sum, segment) => sum + segment.numRows, 0);
    const to: Record<string, number> = { ...stream?.offsets?.partitions };
    for (const { group, lease, committed } of stream?.groups ?? []) {
      if (lease === undefined || lease.holder === null) continue;
      const node = this.#nodes.get(lease.holder)?.node;
      const view = await node?.view({
        supervisorId: DATA_SOURCE,
        group,
        epoch: lease.epoch,
        from: committed,
        columns: ['n'],
      });
      if (view === undefined || view.kind === 'refused') return undefined;
      rows += rowsOf(view);
      Object.assign(to, view.to);
      view.release();
    }
    return { s, rows, to };
  }

  /** Counts until so many rows are there; every count on the way is exact and none falls. */
  async countUntil(rows: number, timeoutMs = 30_000): Promise<Counted> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const counted = await this.count();
      if (counted?.rows === rows) return counted;
      if (Date.now() > deadline) {
        throw new Error(`Found [${counted?.rows}] rows, not [${rows}]\n${this.logged.slice(-20).join('\n')}`);
      }
      await sleep(10);
    }
  }

  async until(condition: () => boolean | Promise<boolean>, what: string, timeoutMs = 30_000): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (!(await condition())) {
      if (Date.now() > deadline) throw new Error(`Gave up waiting until ${what}\n${this.logged.slice(-20).join('\n')}`);
      await sleep(10);
    }
  }

  /** Says that a broker is alive which needs nothing before `viewS`. */
  async broker(viewS: number): Promise<void> {
    await this.store.heartbeat({ id: 'broker', roles: ['broker'], host: 'localhost', port: 1, startedAtMs: 0, viewS });
  }

  /** Another indexer that lives and takes nothing. */
  async idleIndexer(id: string): Promise<void> {
    await this.store.heartbeat({ id, roles: ['indexer'], host: 'localhost', port: 3, startedAtMs: 0, viewS: 0 });
  }

  async historical(loaded: readonly string[]): Promise<void> {
    await this.store.heartbeat({
      id: 'historical',
      roles: ['historical'],
      host: 'localhost',
      port: 2,
      startedAtMs: 0,
      viewS: 0,
    });
    await this.store.announceReplicas('historical', loaded, []);
  }

  async close(): Promise<void> {
    for (const nodeId of this.#nodes.keys()) await this.crash(nodeId);
    this.view.stop();
    await this.log.close();
    await this.store.close();
    // A crashed node's last write may still be under way in this process.
    await rm(this.directory, { recursive: true, force: true, maxRetries: 20 });
  }
}

export function rowsOf(view: StreamView & { kind: 'view' }): number {
  let rows = view.runs.reduce((sum, { numRows }) => sum + numRows, 0);
  for (const segment of view.blocks) for (const block of segment.blocks) rows += block.numRows;
  return rows;
}

export function total(to: Readonly<Record<string, number>>): number {
  return Object.values(to).reduce((sum, offset) => sum + offset, 0);
}

/** Counts again and again in the background; each count must be exact at its vector, and none may fall. */
export class CountWatch {
  counts = 0;
  refusals = 0;
  readonly wrong: string[] = [];
  readonly #cluster: Cluster;
  #last = 0;
  #stopped = false;
  readonly #running: Promise<void>;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    this.#running = this.#run();
  }

  /** A crash of an owner may throw the answer back to what is committed. */
  forgive(): void {
    this.#last = 0;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const before = this.#last;
      const counted = await this.#cluster.count();
      if (counted === undefined) this.refusals++;
      else {
        this.counts++;
        const reached = total(counted.to);
        if (counted.rows !== reached) this.wrong.push(`[${counted.rows}] rows at [${reached}] at S [${counted.s}]`);
        if (counted.rows < this.#last && before === this.#last)
          this.wrong.push(`[${this.#last}] rows fell to [${counted.rows}]`);
        this.#last = counted.rows;
      }
      await sleep(1);
    }
  }
}
