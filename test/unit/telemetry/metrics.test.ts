import { expect, test } from 'vitest';
import { COUNTERS, GAUGES, HISTOGRAMS } from '../../../src/telemetry/metric-names.js';
import { Metrics } from '../../../src/telemetry/metrics.js';

test('updates from before the first scrape are in it, later ones in the next', async () => {
  const metrics = new Metrics();
  metrics.count('millrace_queries_total', { type: 'topN', outcome: 'success' });
  metrics.observeSeconds('millrace_query_seconds', { type: 'topN' }, 0.003);
  const first = await metrics.text();
  expect(first).toContain('millrace_queries_total{type="topN",outcome="success"} 1\n');
  expect(first).toContain('millrace_query_seconds_bucket{le="0.005",type="topN"} 1\n');
  metrics.count('millrace_queries_total', { type: 'topN', outcome: 'success' }, 2);
  expect(await metrics.text()).toContain('millrace_queries_total{type="topN",outcome="success"} 3\n');
});

test('updates beyond the waiting ones are all counted', async () => {
  const metrics = new Metrics();
  for (let i = 0; i < 2500; i++) metrics.count('millrace_corruptions_total', { data_source: 's' });
  expect(await metrics.text()).toContain('millrace_corruptions_total{data_source="s"} 2500\n');
});

test('gauges are read at each scrape and forget labels that are gone', async () => {
  const metrics = new Metrics();
  let tables = ['a', 'b'];
  metrics.gauge('millrace_segments', () => tables.map((data_source) => ({ labels: { data_source }, value: 7 })));
  expect(await metrics.text()).toContain('millrace_segments{data_source="b"} 7\n');
  tables = ['a'];
  expect(await metrics.text()).not.toContain('data_source="b"');
});

test('a scrape shows every metric and those of the process', async () => {
  const text = await new Metrics().text();
  for (const name of Object.keys({ ...COUNTERS, ...GAUGES, ...HISTOGRAMS })) expect(text).toContain(`# HELP ${name} `);
  expect(text).toContain('process_cpu_seconds_total');
});
