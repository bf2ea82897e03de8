import type { ClusterView } from './broker/cluster-view.js';
import type { Closers } from './closers.js';
import type { Config } from './config/options.js';
import type { DeepStorage } from './deep-storage/deep-storage.js';
import type { SegmentUploads } from './indexing/publish/segment-uploads.js';
import type { LookupRegistry } from './lookups/lookup-registry.js';
import type { ArenaPool } from './memory/arena-pool.js';
import type { SlotCache } from './memory/slot-cache.js';
import type { MetadataStore } from './metadata/metadata-store.js';
import type { MetadataView } from './metadata/metadata-view.js';
import type { RecentPlans } from './plan/recent-plans.js';
import type { EnginePool } from './runtime/engine-pool.js';
import type { HttpServer } from './server/http/http-server.js';
import type { Router } from './server/http/router.js';
import type { Logger } from './telemetry/logger.js';
import type { Metrics } from './telemetry/metrics.js';

/** What every role of a process is built from. */
export interface Core {
  readonly config: Config;
  readonly nodeId: string;
  /** The port that is listened on. */
  readonly port: number;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly store: MetadataStore;
  readonly deepStorage: DeepStorage;
  readonly uploads: SegmentUploads;
  readonly view: MetadataView;
  /** This process's copy of the registered lookups. */
  readonly lookups: LookupRegistry;
  readonly cluster: ClusterView;
  /** Shared memory of stored columns and of queries at work. */
  readonly arenas: ArenaPool;
  /** What of the stored columns is in it. */
  readonly cache: SlotCache;
  readonly pool: EnginePool;
  /** What the leaves of this process were asked lately. */
  readonly recentPlans: RecentPlans;
  readonly router: Router;
  readonly server: HttpServer;
  readonly closers: Closers;
}
