/** Composition: what engine threads do, as metrics that are read at each scrape. */
import type { EnginePool, ThreadMetrics } from './runtime/engine-pool.js';
import type { Metrics } from './telemetry/metrics.js';

export function addEngineMetrics(metrics: Metrics, pool: EnginePool): void {
  metrics.gauge('millrace_engine_queries', () => [{ labels: {}, value: pool.metrics.queries }]);
  metrics.gauge('millrace_engine_waiting_jobs', () => [{ labels: {}, value: pool.metrics.waitingJobs }]);
  metrics.gauge('millrace_engine_busy_seconds', () =>
    pool.metrics.threads.map(({ busyMs }, i) => ({ labels: { thread: String(i) }, value: busyMs / 1000 })),
  );
  metrics.gauge('millrace_engine_steps', () =>
    pool.metrics.threads.flatMap((of, i) => [step(of, i, 'morsels', 'block'), step(of, i, 'jobs', 'job')]),
  );
}

function step(of: ThreadMetrics, thread: number, counter: 'morsels' | 'jobs', kind: string) {
  return { labels: { thread: String(thread), kind }, value: of[counter] };
}
