import { api } from '../shared/api.js';
import { type Polled, usePolled } from '../shared/use-polled.js';
import { previous, type Span, spanOf, stepOf, timeseries, topValues, total } from './queries.js';
import type { View } from './view.js';

const PERIOD_MS = 10_000;
/** Lines of the split in the chart. */
const SPLIT_LINES = 5;

export interface Explored {
  readonly tookMs: number;
  readonly span: Span;
  readonly total: number | null;
  readonly totalBefore: number | null | undefined;
  /** Seconds. */
  readonly times: readonly number[];
  readonly lines: readonly {
    readonly label: string;
    readonly values: readonly (number | null)[];
    readonly compared?: boolean;
  }[];
  readonly values: readonly Value[];
}

/** One value of the split. */
export interface Value {
  readonly name: string | null;
  readonly value: number;
  /** Of the period before; undefined when nothing is compared. */
  readonly before: number | undefined;
}

interface Bucket {
  readonly timestamp: string;
  readonly result: { readonly value: number | null };
}

interface Top {
  readonly result: readonly { readonly name: string | null; readonly value: number | null }[];
}

/** What the view shows, as native queries answer it; again when it changes, and from time to time. */
export function useExplored(view: View | undefined): Polled<Explored | undefined> {
  return usePolled(
    async (signal) => (view === undefined ? undefined : explore(view, signal)),
    PERIOD_MS,
    JSON.stringify(view),
  );
}

async function explore(view: View, signal: AbortSignal): Promise<Explored> {
  const ask = <T>(body: object): Promise<T> => api<T>('/druid/v2', { body, signal });
  const startedAt = performance.now();
  const span = spanOf(view.range, await newestTime(view.source, signal));
  const before = view.compares ? previous(span) : undefined;
  const none = Promise.resolve(undefined);
  const [series, seriesBefore, [all], allBefore, [top]] = await Promise.all([
    ask<readonly Bucket[]>(timeseries(view, span)),
    before === undefined ? none : ask<readonly Bucket[]>(timeseries(view, before)),
    ask<readonly Bucket[]>(total(view, span)),
    before === undefined ? none : ask<readonly Bucket[]>(total(view, before)),
    ask<readonly Top[]>(topValues(view, span)),
  ]);
  const listed = top?.result ?? [];
  const names = listed.map((row) => row.name);
  const [topBefore, split] = await Promise.all([
    before === undefined || names.length === 0 ? none : ask<readonly Top[]>(topValues(view, before, names)),
    Promise.all(names.slice(0, SPLIT_LINES).map((name) => ask<readonly Bucket[]>(timeseries(view, span, name)))),
  ]);
  // Events of the newest time may still come in, until the clock has passed it.
  const grid = times(span, 'lastMs' in view.range ? Math.max(span.toMs, Date.now()) : span.toMs);
  const shown = view.compares
    ? []
    : split.map((buckets, i) => ({ label: names[i] ?? 'null', values: place(grid, buckets, 0) }));
  const shiftMs = span.toMs - span.fromMs;
  return {
    tookMs: performance.now() - startedAt,
    span,
    total: all?.result.value ?? null,
    totalBefore: allBefore === undefined ? undefined : (allBefore[0]?.result.value ?? null),
    times: grid.map((ms) => ms / 1000),
    lines: [
      { label: 'All', values: place(grid, series, 0) },
      ...(seriesBefore === undefined
        ? []
        : [{ label: 'Period before', values: place(grid, seriesBefore, shiftMs), compared: true }]),
      ...shown,
    ],
    values: listed.map((row) => ({
      name: row.name,
      value: row.value ?? 0,
      before: view.compares ? (topBefore?.[0]?.result.find(({ name }) => name === row.name)?.value ?? 0) : undefined,
    })),
  };
}

async function newestTime(dataSource: string, signal: AbortSignal): Promise<number> {
  const [row] = await api<readonly { readonly result: { readonly maxTime: string } }[]>('/druid/v2', {
    body: { queryType: 'timeBoundary', dataSource, bound: 'maxTime' },
    signal,
  });
  return row === undefined ? Date.now() : Date.parse(row.result.maxTime);
}

/** Begins of the buckets that lie wholly in the span, which would plunge at its ends; of all that it touches, where these are too few for a line. */
function times(span: Span, endMs: number): readonly number[] {
  const [stepMs] = stepOf(span);
  const first = Math.floor(span.fromMs / stepMs) * stepMs;
  const touched = Array.from({ length: Math.ceil((span.toMs - first) / stepMs) }, (_, i) => first + i * stepMs);
  const whole = touched.filter((startMs) => startMs >= span.fromMs && startMs + stepMs <= endMs);
  return whole.length > 1 ? whole : touched;
}

/** The values at the places of the grid; those of a period before are moved by the time between. */
function place(grid: readonly number[], buckets: readonly Bucket[], shiftMs: number): readonly (number | null)[] {
  const stepMs = (grid[1] ?? 0) - (grid[0] ?? 0) || 1;
  const values = Array.from<number | null>({ length: grid.length }).fill(null);
  for (const { timestamp, result } of buckets) {
    const at = Math.round((Date.parse(timestamp) + shiftMs - grid[0]!) / stepMs);
    if (at >= 0 && at < values.length) values[at] = result.value;
  }
  return values;
}
