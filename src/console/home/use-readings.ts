import { useEffect, useState } from 'react';
import { send } from '../shared/api.js';
import { usePolled } from '../shared/use-polled.js';
import { parseMetrics, type Reading } from './metrics.js';

const PERIOD_MS = 1000;
/** A minute of history. */
const KEPT = 61;

/** The last minute of `/metrics`, a reading a second, oldest first. */
export function useReadings(): { readonly readings: readonly Reading[]; readonly error: Error | undefined } {
  const [readings, setReadings] = useState<readonly Reading[]>([]);
  const { data, error } = usePolled(async (signal): Promise<Reading> => {
    const text = await (await send('/metrics', { signal })).text();
    return { atMs: Date.now(), samples: parseMetrics(text) };
  }, PERIOD_MS);
  useEffect(() => {
    if (data !== undefined) setReadings((old) => [...old.slice(1 - KEPT), data]);
  }, [data]);
  return { readings, error };
}
