import { useRef } from 'react';
import { api } from '../shared/api.js';
import type { Line } from '../shared/line-chart.js';
import { type Polled, usePolled } from '../shared/use-polled.js';
import { measureName, previous, type Span, spanOf, stepOf, timeseries, topValues, total } from './queries.js';
import type { View } from './view.js';

const PERIOD_MS = 10_000;
/** Lines of the split in the chart. */
const SPLIT_LINES = 5;

export interface Explored {
  /** What was asked. */
  readonly view: View;
  readonly tookMs: number;
  readonly span: Span;
  /** By measure. */
  readonly totals: Measures;
  readonly totalsBefore: Measures | undefined;
  /** Seconds. */
  readonly times: readonly number[];
  /** By measure, the lines of its chart. */
  readonly charts: readonly (readonly Line[])[];
  /** Each followed by those within it. */
  readonly values: readonly Value[];
}

type Measures = readonly (number | null)[];

/** One value of a split. */
export interface Value {
  /** Values of the dimensions of the view, as many as it is deep; the last is its own. */
  readonly path: readonly (string | null)[];
  readonly measures: Measures;
  /** Of the period before; undefined when nothing is compared. */
  readonly before: Measures | undefined;
}

type Row = Readonly<Record<string, number | null>>;

interface Bucket {
  readonly timestamp: string;
  readonly result: Row;
}

interface Top {
  readonly result: readonly (Row & { readonly name: string | null })[];
}

type Ask = <T>(body: object) => Promise<T>;

/** What the view shows, as native queries answer it; again when it changes, and from time to time. While a new answer comes `data` is that of before. */
export function useExplored(view: View | undefined): Polled<Explored | undefined> & { readonly isBusy: boolean } {
  const polled = usePolled(
    async (signal) => (view === undefined ? undefined : explore(view, signal)),
    PERIOD_MS,
    JSON.stringify(view),
  );
  const last = useRef<Explored | undefined>(undefined);
  if (polled.data !== undefined) last.current = polled.data;
  const data = last.current?.view.source === view?.source ? last.current : undefined;
  return { ...polled, data, isBusy: polled.data === undefined && polled.error === undefined };
}

async function explore(view: View, signal: AbortSignal): Promise<Explored> {
  const ask: Ask = (body) => api('/druid/v2', { body, signal });
  const startedAt = performance.now();
  const span = spanOf(view.range, await newestTime(view.source, signal));
  const before = view.compares ? previous(span) : undefined;
  const none = Promise.resolve(undefined);
  const [series, seriesBefore, [all], allBefore, values] = await Promise.all([
    ask<readonly Bucket[]>(timeseries(view, span)),
    before === undefined ? none : ask<readonly Bucket[]>(timeseries(view, before)),
    ask<readonly Bucket[]>(total(view, span)),
    before === undefined ? none : ask<readonly Bucket[]>(total(view, before)),
    valuesWithin(ask, view, { span, before }, []),
  ]);
  const names = view.compares ? [] : values.filter(({ path }) => path.length === 1).slice(0, SPLIT_LINES);
  const split = await Promise.all(names.map(({ path }) => ask<readonly Bucket[]>(timeseries(view, span, path))));
  // Events of the newest time may still come in, until the clock has passed it.
  const grid = times(view, span, 'lastMs' in view.range ? Math.max(span.toMs, Date.now()) : span.toMs);
  const shiftMs = span.toMs - span.fromMs;
  const charts = view.measures.map((_, i) => [
    { label: 'All', values: place(grid, series, i, 0) },
    ...(seriesBefore === undefined
      ? []
      : [{ label: 'Period before', values: place(grid, seriesBefore, i, shiftMs), compared: true }]),
    ...split.map((buckets, at) => ({ label: names[at]!.path[0] ?? 'null', values: place(grid, buckets, i, 0) })),
  ]);
  return {
    view,
    tookMs: performance.now() - startedAt,
    span,
    totals: measuresOf(view, all?.result),
    totalsBefore: allBefore === undefined ? undefined : measuresOf(view, allBefore[0]?.result),
    times: grid.map((ms) => ms / 1000),
    charts,
    values,
  };
}

/** Values of the dimension after the path, each followed by those of the dimensions within it. */
async function valuesWithin(
  ask: Ask,
  view: View,
  spans: { readonly span: Span; readonly before: Span | undefined },
  path: readonly (string | null)[],
): Promise<readonly Value[]> {
  const [top] = await ask<readonly Top[]>(topValues(view, spans.span, path));
  const rows = top?.result ?? [];
  const names = rows.map(({ name }) => name);
  const isLast = path.length + 1 === view.splits.length;
  const [topBefore, within] = await Promise.all([
    spans.before === undefined || rows.length === 0
      ? undefined
      : ask<readonly Top[]>(topValues(view, spans.before, path, names)),
    isLast ? [] : Promise.all(names.map((name) => valuesWithin(ask, view, spans, [...path, name]))),
  ]);
  const former = (name: string | null): Row | undefined => topBefore?.[0]?.result.find((row) => row.name === name);
  return rows.flatMap((row, i) => [
    {
      path: [...path, row.name],
      measures: measuresOf(view, row),
      before: spans.before === undefined ? undefined : measuresOf(view, former(row.name)),
    },
    ...(within[i] ?? []),
  ]);
}

function measuresOf(view: View, row: Row | undefined): Measures {
  return view.measures.map((_, i) => row?.[measureName(i)] ?? null);
}

async function newestTime(dataSource: string, signal: AbortSignal): Promise<number> {
  const [row] = await api<readonly { readonly result: { readonly maxTime: string } }[]>('/druid/v2', {
    body: { queryType: 'timeBoundary', dataSource, bound: 'maxTime' },
    signal,
  });
  return row === undefined ? Date.now() : Date.parse(row.result.maxTime);
}

/** Begins of the buckets that lie wholly in the span, which would plunge at its ends; of all that it touches, where these are too few for a line. */
function times(view: View, span: Span, endMs: number): readonly number[] {
  const { ms: stepMs } = stepOf(span, view.step);
  const first = Math.floor(span.fromMs / stepMs) * stepMs;
  const touched = Array.from({ length: Math.ceil((span.toMs - first) / stepMs) }, (_, i) => first + i * stepMs);
  const whole = touched.filter((startMs) => startMs >= span.fromMs && startMs + stepMs <= endMs);
  return whole.length > 1 ? whole : touched;
}

/** The values at the places of the grid; those of a period before are moved by the time between. */
function place(
  grid: readonly number[],
  buckets: readonly Bucket[],
  measure: number,
  shiftMs: number,
): readonly (number | null)[] {
  const stepMs = (grid[1] ?? 0) - (grid[0] ?? 0) || 1;
  const values = Array.from<number | null>({ length: grid.length }).fill(null);
  for (const { timestamp, result } of buckets) {
    const at = Math.round((Date.parse(timestamp) + shiftMs - grid[0]!) / stepMs);
    if (at >= 0 && at < values.length) values[at] = result[measureName(measure)] ?? null;
  }
  return values;
}
