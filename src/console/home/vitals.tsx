import type { ReactNode } from 'react';
import { formatBytes, formatMs, formatNumber } from '../shared/format.js';
import { quantile, rate, type Reading, total } from './metrics.js';
import { Sparkline } from './sparkline.js';

/** Rates are over this many readings, so that they do not flicker. */
const SMOOTHED = 5;

interface Vital {
  readonly id: string;
  readonly title: string;
  readonly hint: string;
  readonly text: (value: number) => string;
  /** From readings up to and with the newest, oldest first. */
  readonly value: (readings: readonly Reading[]) => number | undefined;
}

const perSecond =
  (name: string, label = '') =>
  (readings: readonly Reading[]): number | undefined => {
    const last = readings.at(-1)!;
    const first = readings.at(-1 - SMOOTHED) ?? readings[0]!;
    return rate(first, last, name, label);
  };
const newest =
  (name: string, label = '') =>
  (readings: readonly Reading[]): number | undefined =>
    total(readings.at(-1)!, name, label);

const VITALS: readonly Vital[] = [
  {
    id: 'ingestion',
    title: 'Ingestion',
    hint: 'Rows that this process takes in, per second',
    text: (value) => `${formatNumber(Math.round(value))}/s`,
    value: perSecond('millrace_ingest_rows', 'processed'),
  },
  {
    id: 'lag',
    title: 'Lag',
    hint: 'Rows in the streams that are not read yet',
    text: formatNumber,
    value: newest('millrace_ingest_lag_rows'),
  },
  {
    id: 'segments',
    title: 'Segments',
    hint: 'Published segments in use',
    text: formatNumber,
    value: (readings) => newest('millrace_segments')(readings) ?? 0,
  },
  {
    id: 'queries',
    title: 'Queries',
    hint: 'Answered queries per second',
    text: (value) => `${formatNumber(Number(value.toFixed(1)))}/s`,
    value: perSecond('millrace_queries_total'),
  },
  {
    id: 'p95',
    title: 'p95',
    hint: '95 of 100 queries of the last minute took at most this long',
    text: (value) => formatMs(value * 1000),
    value: (readings) => quantile(readings[0]!, readings.at(-1)!, 'millrace_query_seconds', 0.95),
  },
  {
    id: 'memory',
    title: 'Memory',
    hint: 'Resident memory of this process',
    text: formatBytes,
    value: newest('process_resident_memory_bytes'),
  },
];

/** The engine's numbers, each with its last minute. */
export function Vitals({ readings }: { readonly readings: readonly Reading[] }): ReactNode {
  return VITALS.map(({ id, title, hint, text, value }) => {
    const history = readings.map((_, i) => value(readings.slice(0, i + 1)));
    const now = history.at(-1);
    return (
      <article key={id} className="vital" title={hint}>
        <h2>{title}</h2>
        <p className="figure" id={`vital-${id}`}>
          {now === undefined ? '–' : text(now)}
        </p>
        <Sparkline values={history} />
      </article>
    );
  });
}
