import type { DeepStorage } from '../deep-storage/deep-storage.js';
import type { ArenaPool } from '../memory/arena-pool.js';
import type { SlotCache } from '../memory/slot-cache.js';
import type { MetadataStore, NodeRow } from '../metadata/metadata-store.js';
import type { MetadataView } from '../metadata/metadata-view.js';
import type { RecentPlans } from '../plan/recent-plans.js';
import type { EnginePool } from '../runtime/engine-pool.js';
import type { Logger } from '../telemetry/logger.js';
import { HistoricalNode } from './historical-node.js';
import { Prefetcher } from './prefetcher.js';
import { SegmentFiles } from './segment-files.js';

/** Copies of each segment over the historicals of a cluster, as in Druid's default rule. */
export const DEFAULT_REPLICAS = 2;

export interface HistoricalPartsOptions {
  readonly nodeId: string;
  readonly cacheDir: string;
  readonly arenas: ArenaPool;
  readonly cache: SlotCache;
  readonly store: MetadataStore;
  readonly view: MetadataView;
  readonly deepStorage: DeepStorage;
  readonly pool: EnginePool;
  readonly recentPlans: RecentPlans;
  readonly historicals: () => readonly NodeRow[];
  readonly log: Logger;
  readonly onCorruption: (dataSource: string) => void;
}

export interface HistoricalParts {
  readonly node: HistoricalNode;
  readonly prefetcher: Prefetcher;
  readonly cache: SlotCache;
  stop(): Promise<void>;
}

/** Puts the parts of a historical together and starts fetching what is placed here. */
export async function startHistorical(options: HistoricalPartsOptions): Promise<HistoricalParts> {
  const { log, nodeId, store, view, pool } = options;
  const { arenas, cache } = options;
  // Assigned below: the files report to the prefetcher, which reads through them.
  const started: { prefetcher?: Prefetcher } = {};
  const files = new SegmentFiles({
    cacheDir: options.cacheDir,
    deepStorage: options.deepStorage,
    onCorruption: (segmentPath, corruption) => {
      log.error('local segment copy is corrupt: set aside, to be fetched again', { segmentPath, err: corruption });
      options.onCorruption(segmentPath.split('/')[0] ?? '');
      started.prefetcher?.lost(segmentPath);
    },
  });
  const node = new HistoricalNode({ view, files, arenas, cache, pool, recentPlans: options.recentPlans });
  const prefetcher = new Prefetcher({
    nodeId,
    store,
    view,
    files,
    historicals: options.historicals,
    replicas: DEFAULT_REPLICAS,
    warm: (row, signal) => node.warm(row, signal),
    onListed: (kept, removed) => log.info('local copies of earlier runs looked through', { kept, removed }),
    onLoaded: (row) => log.info('segment loaded', { segmentId: row.id, numRows: row.numRows }),
    onDropped: (segmentId) => log.info('segment dropped', { segmentId }),
    onError: (err, segmentId) => log.warn('segment cannot be fetched, trying again', { segmentId, err }),
  });
  started.prefetcher = prefetcher;
  prefetcher.start();
  return {
    node,
    prefetcher,
    cache,
    stop: async () => {
      await prefetcher.stop();
      await files.close();
    },
  };
}
