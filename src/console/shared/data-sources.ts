import { api } from './api.js';
import { type Polled, usePolled } from './use-polled.js';

const PERIOD_MS = 2000;

/** Names of the data sources; new ones come by themselves. */
export function useDataSources(): Polled<readonly string[]> {
  return usePolled((signal) => api<readonly string[]>('/druid/v2/datasources', { signal }), PERIOD_MS);
}
