import { showBars } from './bar-list.js';
import { byId } from './dom.js';
import { formatInteger } from './format.js';
import { LineChart } from './line-chart.js';
import type { LiveAnswer, LiveConnection } from './live-connection.js';

const FAST_MS = 200;
const CHART_MS = 500;
const LISTS_MS = 1000;
const COUNT = { type: 'count', name: 'events' };
const ALL_TIME = ['1970-01-01/3000-01-01'];
/** The chart's minute and what lies behind its edges. */
const CHART_WINDOW = 'PT70S';
const FIVE_MINUTES = 'PT5M';
const LIST_LENGTH = 8;
/** An event is in answers well within this time; the second before is complete then. */
const SETTLED_MS = 200;
/** Seconds that the rate is averaged over. */
const RATE_SECONDS = 3;

interface Timed {
  readonly timestamp: string;
  readonly result: Readonly<Record<string, number>>;
}

/** The live numbers, chart and lists of one data source. */
export class LiveTiles {
  readonly #connection: LiveConnection;
  readonly #chart = new LineChart(byId('chart') as unknown as SVGSVGElement, byId('reading'));

  constructor(connection: LiveConnection) {
    this.#connection = connection;
  }

  /** Follows a data source instead of the one before; `demo` adds what needs the demo stream's columns. */
  follow(dataSource: string, demo: boolean): void {
    this.#connection.unwatchAll();
    this.#chart.clear();
    for (const id of ['total', 'rate', 'editors', 'added']) byId(id).textContent = '–';
    for (const id of ['pages', 'channels']) showBars(byId(id), []);
    this.#followAny(dataSource);
    if (demo) this.#followDemo(dataSource);
  }

  /** Nothing arrives now: what is shown stays, and does not look as if it moved. */
  pause(): void {
    this.#chart.pause();
  }

  #followAny(dataSource: string): void {
    this.#connection.watch({
      query: { ...timeseries(dataSource, 'all', [COUNT]), intervals: ALL_TIME },
      periodMs: FAST_MS,
      onAnswer: (answer) => showNumber('total', first(answer)?.result['events']),
    });
    this.#connection.watch({
      query: timeseries(dataSource, 'second', [COUNT]),
      periodMs: CHART_MS,
      window: CHART_WINDOW,
      onAnswer: (answer) => this.#showSeconds(answer),
    });
  }

  #followDemo(dataSource: string): void {
    const added = { type: 'longSum', name: 'added', fieldName: 'added' };
    const editors = { type: 'cardinality', name: 'editors', fields: ['user'], round: true };
    this.#connection.watch({
      query: timeseries(dataSource, 'all', [added, editors]),
      periodMs: CHART_MS,
      window: FIVE_MINUTES,
      onAnswer: (answer) => {
        showNumber('added', first(answer)?.result['added']);
        showNumber('editors', first(answer)?.result['editors']);
      },
    });
    for (const [id, dimension] of [
      ['pages', 'page'],
      ['channels', 'channel'],
    ] as const) {
      this.#connection.watch({
        query: {
          queryType: 'topN',
          dataSource,
          granularity: 'all',
          dimension,
          metric: 'events',
          threshold: LIST_LENGTH,
          aggregations: [COUNT],
        },
        periodMs: LISTS_MS,
        window: FIVE_MINUTES,
        onAnswer: (answer) => showTop(id, dimension, answer),
      });
    }
  }

  /** The first second is cut by the window, the last ones are not complete: they would always look like a drop. */
  #showSeconds(answer: LiveAnswer): void {
    const seconds = (answer.result as readonly Timed[])
      .map((row) => ({ startMs: Date.parse(row.timestamp), count: row.result['events'] ?? 0 }))
      .filter((second, i) => i > 0 && second.startMs + 1000 + SETTLED_MS <= answer.evaluatedAtMs);
    this.#chart.show(seconds, answer.evaluatedAtMs);
    const recent = seconds.slice(-RATE_SECONDS);
    showNumber('rate', recent.reduce((sum, second) => sum + second.count, 0) / Math.max(1, recent.length));
  }
}

function timeseries(dataSource: string, granularity: string, aggregations: readonly object[]): object {
  return { queryType: 'timeseries', dataSource, granularity, aggregations };
}

function first(answer: LiveAnswer): Timed | undefined {
  return answer.result[0] as Timed | undefined;
}

function showNumber(id: string, value: number | undefined): void {
  byId(id).textContent = formatInteger(value ?? 0);
}

function showTop(id: string, dimension: string, answer: LiveAnswer): void {
  const rows = (answer.result[0] as { result: readonly Record<string, unknown>[] } | undefined)?.result ?? [];
  showBars(
    byId(id),
    rows.map((row) => ({ name: row[dimension] as string | null, count: Number(row['events']) })),
  );
}
