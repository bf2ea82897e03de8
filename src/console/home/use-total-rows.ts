import { useEffect, useState } from 'react';
import { subscribe } from '../shared/live.js';

const PERIOD_MS = 250;
const MOST_SOURCES = 20;

/** Rows that queries see now, in all data sources, by live queries; undefined before the first answer. */
export function useTotalRows(dataSources: readonly string[]): number | undefined {
  const [counts, setCounts] = useState<Readonly<Record<string, number>>>({});
  const key = JSON.stringify(dataSources.slice(0, MOST_SOURCES));
  useEffect(() => {
    const names = JSON.parse(key) as readonly string[];
    setCounts((old) => Object.fromEntries(Object.entries(old).filter(([name]) => names.includes(name))));
    const stops = names.map((dataSource) =>
      subscribe<{ readonly result: { readonly rows: number } }>(
        {
          periodMs: PERIOD_MS,
          query: {
            queryType: 'timeseries',
            dataSource,
            granularity: 'all',
            intervals: ['-146136543-09-08T08:23:32.096Z/146140482-04-24T15:36:27.903Z'],
            aggregations: [{ type: 'count', name: 'rows' }],
          },
        },
        { onAnswer: ({ result }) => setCounts((old) => ({ ...old, [dataSource]: result[0]?.result.rows ?? 0 })) },
      ),
    );
    return () => {
      for (const stop of stops) stop();
    };
  }, [key]);
  const known = Object.values(counts);
  return known.length === 0 ? undefined : known.reduce((sum, count) => sum + count, 0);
}
