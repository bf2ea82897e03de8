import { showBars } from './bar-list.js';
import { completeSeconds } from './complete-seconds.js';
import { byId } from './dom.js';
import { formatInteger } from './format.js';
import { LineChart } from './line-chart.js';
import type { LiveAnswer, LiveConnection } from './live-connection.js';
import { ServerClock } from './server-clock.js';

const FAST_MS = 200;
const CHART_MS = 500;
const LISTS_MS = 1000;
const COUNT = { type: 'count', name: 'events' };
const ALL_TIME = ['1970-01-01/3000-01-01'];
/** The chart's minute and what lies behind its edges. */
const CHART_WINDOW = 'PT70S';
/** Less than the window, whose first second is cut. */
const SHOWN_MS = 66_000;
const FIVE_MINUTES = 'PT5M';
const LIST_LENGTH = 8;
/** An event is in answers well within this time; the second before is complete then. */
const SETTLED_MS = 200;
/** An answer comes when it has changed: if none came for so long, nothing happened in the meantime. */
const QUIET_MS = 3000;
/** Seconds that the rate is averaged over. */
const RATE_SECONDS = 3;

interface Timed {
  readonly timestamp: string;
  readonly result: Readonly<Record<string, number>>;
}

/** The live numbers, chart and lists of one data source. */
export class LiveTiles {
  readonly #connection: LiveConnection;
  readonly #clock = new ServerClock();
  readonly #chart = new LineChart(this.#clock, byId('chart') as unknown as SVGSVGElement, byId('reading'));
  /** Events by the start of their second. */
  #counts: ReadonlyMap<number, number> = new Map();

  constructor(connection: LiveConnection) {
    this.#connection = connection;
    setInterval(() => this.#showSeconds(), CHART_MS);
  }

  /** Follows a data source instead of the one before; `demo` adds what needs the demo stream's columns. */
  follow(dataSource: string, demo: boolean): void {
    this.#connection.unwatchAll();
    this.#clock.reset();
    this.#chart.clear();
    for (const id of ['total', 'rate', 'editors', 'added']) byId(id).textContent = '–';
    for (const id of ['pages', 'channels']) showBars(byId(id), []);
    this.#followAny(dataSource);
    if (demo) this.#followDemo(dataSource);
  }

  /** Nothing arrives now: what is shown stays, and does not look as if it moved. */
  pause(): void {
    this.#clock.reset();
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
      onAnswer: (answer) => {
        this.#clock.answered(answer.evaluatedAtMs);
        const rows = answer.result as readonly Timed[];
        this.#counts = new Map(rows.map((row) => [Date.parse(row.timestamp), row.result['events'] ?? 0]));
        this.#showSeconds();
      },
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

  /** The newest, incomplete second is left out: it would always look like a drop. */
  #showSeconds(): void {
    const { lastAnswerMs, nowMs } = this.#clock;
    if (lastAnswerMs === 0) return;
    const knownToMs = Math.max(lastAnswerMs, nowMs - QUIET_MS) - SETTLED_MS;
    const seconds = completeSeconds(this.#counts, nowMs - SHOWN_MS, knownToMs);
    this.#chart.show(seconds);
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
