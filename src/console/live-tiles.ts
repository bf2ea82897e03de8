import { byId } from './dom.js';
import { type ChartPoint, drawLineChart } from './line-chart.js';
import type { LiveAnswer, LiveConnection } from './live-connection.js';

const PERIOD_MS = 500;
const COUNT = { type: 'count', name: 'events' };
const ALL_TIME = ['1970-01-01/3000-01-01'];

interface Timed {
  readonly timestamp: string;
  readonly result: Readonly<Record<string, number>>;
}

/** Subscribes the tiles of the page to a data source; `demo` adds those that need the demo stream's columns. */
export function watchTiles(connection: LiveConnection, dataSource: string, demo: boolean): void {
  const timeseries = (granularity: string, aggregations: readonly object[]): object => ({
    queryType: 'timeseries',
    dataSource,
    granularity,
    aggregations,
  });
  connection.watch('total', { ...timeseries('all', [COUNT]), intervals: ALL_TIME }, PERIOD_MS, null, (answer) =>
    showNumber('total', first(answer)?.result['events']),
  );
  connection.watch('chart', timeseries('second', [COUNT]), PERIOD_MS, 'PT2M', showRate);
  if (!demo) return;
  const added = { type: 'longSum', name: 'added', fieldName: 'added' };
  const editors = { type: 'cardinality', name: 'editors', fields: ['user'], round: true };
  connection.watch('five', timeseries('all', [added, editors]), 1000, 'PT5M', (answer) => {
    showNumber('added', first(answer)?.result['added']);
    showNumber('editors', first(answer)?.result['editors']);
  });
  for (const [list, dimension] of [
    ['pages', 'page'],
    ['channels', 'channel'],
  ] as const) {
    const query = {
      queryType: 'topN',
      dataSource,
      granularity: 'all',
      dimension,
      metric: 'events',
      threshold: 8,
      aggregations: [COUNT],
    };
    connection.watch(list, query, 1000, 'PT5M', (answer) => showBars(list, dimension, answer));
  }
}

function first(answer: LiveAnswer): Timed | undefined {
  return answer.result[0] as Timed | undefined;
}

function showNumber(id: string, value: number | undefined): void {
  byId(id).textContent = value === undefined ? '–' : Math.round(value).toLocaleString('en-US');
}

/** The last, unfinished second is left out: it would always look like a drop. */
function showRate(answer: LiveAnswer): void {
  const points = (answer.result as readonly Timed[]).map(
    (row): ChartPoint => ({ timeMs: Date.parse(row.timestamp), value: row.result['events'] ?? 0 }),
  );
  const whole = points.slice(1, -1);
  const top = drawLineChart(byId('chart') as unknown as SVGSVGElement, whole);
  const recent = whole.slice(-5);
  showNumber('rate', recent.length === 0 ? 0 : recent.reduce((sum, point) => sum + point.value, 0) / recent.length);
  byId('chart').setAttribute('aria-label', `Events per second over the last two minutes, on a scale from 0 to ${top}`);
  byId('chart-top').textContent = `0 – ${top.toLocaleString('en-US')} per second`;
}

function showBars(list: string, dimension: string, answer: LiveAnswer): void {
  const rows = (answer.result[0] as { result: readonly Record<string, unknown>[] } | undefined)?.result ?? [];
  const most = Number(rows[0]?.['events'] ?? 1);
  byId(list).replaceChildren(
    ...rows.map((row) => {
      const count = Number(row['events']);
      const item = document.createElement('li');
      item.style.setProperty('--share', `${((count / most) * 100).toFixed(1)}%`);
      const name = document.createElement('span');
      name.textContent = row[dimension] === null ? 'null' : String(row[dimension]);
      const value = document.createElement('span');
      value.textContent = count.toLocaleString('en-US');
      item.append(name, value);
      return item;
    }),
  );
}
