/** The events of the live bench: edits of a wiki, the same in every run but for their times; and the queries over them, with what each must answer. */
import { random } from '../lib/dashboard-stream.js';

export const DATA_SOURCE = 'live';
const CHANNELS = 20;
/** Events repeat after this many, with later times. */
const PATTERN = 65_536;

const channels = new Uint8Array(PATTERN).map((_, i) => Math.floor(CHANNELS * random(i * 3) ** 2));
const pages = new Uint16Array(PATTERN).map((_, i) => Math.floor(500 * random(i * 3 + 1) ** 3));
const added = new Uint16Array(PATTERN).map((_, i) => Math.floor(1_000 * random(i * 3 + 2)));
const tails = Array.from(
  { length: PATTERN },
  (_, i) => `"channel":"#${channels[i]}","page":"page-${pages[i]}","device":"d${pages[i]! % 4}","added":${added[i]}}`,
);

/** Lines of the events from number `first` on, of which each hundredth is late by up to a minute. */
export function lines(first: number, count: number): string {
  const nowMs = Date.now();
  const now = `{"time":"${new Date(nowMs).toISOString()}",`;
  const late = `{"time":"${new Date(nowMs - Math.floor(60_000 * random(first))).toISOString()}",`;
  let text = '';
  for (let i = first; i < first + count; i++) text += `${i % 100 === 99 ? late : now}${tails[i % PATTERN]}\n`;
  return text;
}

/** A query to watch, and the group that its answer's rows are of. */
export interface Watched {
  readonly request: Readonly<Record<string, unknown>>;
  /** Of a row of the answer; null = the answer is of the time of its evaluation, and is not compared. */
  readonly shape: 'total' | 'pages' | 'devices' | 'sql' | null;
  readonly channel: number;
}

/** A hundred queries, five of each channel: a total, a top list, groups, a statement, a sliding window by seconds. */
export function watchedQueries(periodMs: number): readonly Watched[] {
  return Array.from({ length: CHANNELS }, (_, channel) => ofChannel(channel, periodMs)).flat();
}

function ofChannel(channel: number, periodMs: number): Watched[] {
  const filter = { type: 'equals', column: 'channel', matchValueType: 'STRING', matchValue: `#${channel}` };
  const aggregations = [
    { type: 'count', name: 'edits' },
    { type: 'longSum', name: 'added', fieldName: 'added' },
  ];
  const base = { dataSource: DATA_SOURCE, intervals: ['2000/2100'], granularity: 'all', filter, aggregations };
  const top = { queryType: 'topN', dimension: 'page', metric: 'edits', threshold: 10 };
  const sql = `SELECT device, COUNT(*) AS edits, SUM(added) AS added FROM ${DATA_SOURCE} WHERE channel = '#${channel}' GROUP BY 1`;
  const window = { ...base, queryType: 'timeseries', granularity: 'second', context: { skipEmptyBuckets: true } };
  return [
    { request: { periodMs, query: { ...base, queryType: 'timeseries' } }, shape: 'total', channel },
    { request: { periodMs, query: { ...base, ...top } }, shape: 'pages', channel },
    {
      request: { periodMs, query: { ...base, queryType: 'groupBy', dimensions: ['device'] } },
      shape: 'devices',
      channel,
    },
    { request: { periodMs, sql }, shape: 'sql', channel },
    { request: { periodMs, window: 'PT10S', query: window }, shape: null, channel },
  ];
}

/** Counts what a query must answer at one offset after another. */
export class Expected {
  readonly #watched: Watched;
  readonly #edits = new Map<string, { edits: number; added: number }>();
  #upTo = 0;

  constructor(watched: Watched) {
    this.#watched = watched;
  }

  /** @param offset number of events that are in the answer; at least that of the last call @throws Error when the answer is wrong */
  check(offset: number, rows: readonly unknown[]): void {
    const { channel, shape } = this.#watched;
    for (; this.#upTo < offset; this.#upTo++) {
      const i = this.#upTo % PATTERN;
      if (channels[i] !== channel) continue;
      const group = shape === 'total' ? '' : shape === 'pages' ? `page-${pages[i]}` : `d${pages[i]! % 4}`;
      const sums = this.#edits.get(group) ?? { edits: 0, added: 0 };
      this.#edits.set(group, { edits: sums.edits + 1, added: sums.added + added[i]! });
    }
    const found = shape === 'pages' ? ((rows[0] as { result: unknown[] } | undefined)?.result ?? []) : rows;
    const groups = found.map((row) => this.#compare(offset, row as Record<string, unknown>));
    const wanted = shape === 'pages' ? Math.min(10, this.#edits.size) : this.#edits.size;
    if (new Set(groups.map(({ group }) => group)).size !== wanted)
      this.#fail(offset, `${groups.length} groups, not ${wanted}`);
    if (shape === 'pages') {
      const best = [...this.#edits.values()].map(({ edits }) => edits).sort((a, b) => b - a);
      if (groups.some(({ edits }, i) => edits !== best[i])) this.#fail(offset, 'not the top of the list');
    }
  }

  #compare(offset: number, row: Record<string, unknown>): { readonly group: string; readonly edits: number } {
    const { shape } = this.#watched;
    const values = (shape === 'total' ? row['result'] : shape === 'devices' ? row['event'] : row) as Record<
      string,
      unknown
    >;
    const group = String(shape === 'total' ? '' : shape === 'pages' ? values['page'] : values['device']);
    const right = this.#edits.get(group);
    if (values['edits'] !== right?.edits || values['added'] !== right?.added) {
      this.#fail(offset, `${JSON.stringify(values)}, not ${JSON.stringify(right)}`);
    }
    return { group, edits: Number(values['edits']) };
  }

  #fail(offset: number, what: string): never {
    throw new Error(`Answer of ${JSON.stringify(this.#watched.request)} at offset ${offset} is wrong: ${what}`);
  }
}

export const SUPERVISOR = {
  type: 'local',
  spec: {
    dataSchema: {
      dataSource: DATA_SOURCE,
      timestampSpec: { column: 'time', format: 'iso' },
      dimensionsSpec: { dimensions: ['channel', 'page', 'device', { type: 'long', name: 'added' }] },
      granularitySpec: { segmentGranularity: 'HOUR', queryGranularity: 'NONE', rollup: false },
    },
    ioConfig: { stream: DATA_SOURCE, inputFormat: { type: 'json' }, useEarliestOffset: true, taskDuration: 'PT20S' },
    tuningConfig: { type: 'local' },
  },
};
