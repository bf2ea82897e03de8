/** Composition: what the indexer's task groups report, as metrics that are read at each scrape. */
import type { DiskGuard } from './indexing/disk-guard.js';
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

function sum(groups: readonly GroupActivity[], of: (group: GroupActivity) => number): number {
  return groups.reduce((total, group) => total + of(group), 0);
}
