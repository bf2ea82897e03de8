/** Composition: what the indexer's task groups report, as metrics that are read at each scrape. */
import type { DiskGuard } from './indexing/disk-guard.js';
import type { Merger } from './indexing/publish/merge-pool.js';
import { type GroupActivity, PAUSE_REASONS, type RowCounts } from './protocol/group-activity.js';
import type { Metrics } from './telemetry/metrics.js';

const OUTCOMES = [
  'processed',
  'processedWithError',
  'thrownAway',
  'unparseable',
] as const satisfies readonly (keyof RowCounts)[];

/** @param activities every supervisor and its groups on this node */
export function addIndexerMetrics(
  metrics: Metrics,
  activities: () => readonly { readonly supervisor: string; readonly groups: readonly GroupActivity[] }[],
  disk: Pick<DiskGuard, 'freeBytes' | 'reserveBytes'>,
): void {
  metrics.gauge('millrace_ingest_rows', () =>
    activities().flatMap(({ supervisor, groups }) =>
      OUTCOMES.map((outcome) => ({
        labels: { supervisor, outcome },
        value: sum(groups, ({ totals }) => totals[outcome]),
      })),
    ),
  );
  const perSupervisor = (of: (group: GroupActivity) => number) => () =>
    activities().map(({ supervisor, groups }) => ({ labels: { supervisor }, value: sum(groups, of) }));
  metrics.gauge(
    'millrace_ingest_bytes',
    perSupervisor(({ totals }) => totals.processedBytes),
  );
  metrics.gauge(
    'millrace_ingest_unpublished_sequences',
    perSupervisor(({ publishing }) => publishing.length),
  );
  metrics.gauge(
    'millrace_ingest_memory_bytes',
    perSupervisor(({ memoryBytes }) => memoryBytes),
  );
  metrics.gauge(
    'millrace_ingest_spilled_rows',
    perSupervisor(({ spilled }) => spilled.rows),
  );
  metrics.gauge(
    'millrace_ingest_spilled_bytes',
    perSupervisor(({ spilled }) => spilled.bytes),
  );
  metrics.gauge(
    'millrace_data_loss',
    perSupervisor(({ trouble }) => (trouble === 'DATA_LOSS' ? 1 : 0)),
  );
  metrics.gauge('millrace_ingest_paused', () =>
    activities().flatMap(({ supervisor, groups }) =>
      PAUSE_REASONS.map((reason) => ({
        labels: { supervisor, reason },
        value: sum(groups, ({ pausedFor }) => (pausedFor === reason ? 1 : 0)),
      })),
    ),
  );
  metrics.gauge('millrace_disk_bytes', () => [
    ...(disk.freeBytes === undefined ? [] : [{ labels: { use: 'free' }, value: disk.freeBytes }]),
    { labels: { use: 'reserve' }, value: disk.reserveBytes },
  ]);
  metrics.gauge('millrace_ingest_lag_rows', () =>
    activities().flatMap(({ supervisor, groups }) =>
      groups.flatMap(({ currentOffsets, latestOffsets = {} }) =>
        Object.entries(latestOffsets).map(([partition, latest]) => ({
          labels: { supervisor, partition },
          value: Math.max(0, latest - (currentOffsets[partition] ?? latest)),
        })),
      ),
    ),
  );
}

/**
 * Counts and times what Druid calls persists: rows in memory that become a run. Merges of stored segments are none.
 * @source Druid `ingest/persists/count`, `ingest/persists/time`, `ingest/persists/failed`
 */
export function measuredMerges(merges: Merger, metrics: Metrics): Merger {
  return {
    async merge(job, signal) {
      if (job.kind !== 'rows') return merges.merge(job, signal);
      const labels = { data_source: job.dataSchema.dataSource };
      const startMs = performance.now();
      try {
        const built = await merges.merge(job, signal);
        metrics.observeSeconds('millrace_ingest_persist_seconds', labels, (performance.now() - startMs) / 1000);
        return built;
      } catch (error) {
        // One that nobody wants any more did not fail.
        if (signal?.aborted !== true) metrics.count('millrace_ingest_persist_failures_total', labels);
        throw error;
      }
    },
  };
}

function sum(groups: readonly GroupActivity[], of: (group: GroupActivity) => number): number {
  return groups.reduce((total, group) => total + of(group), 0);
}
