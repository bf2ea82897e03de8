import { describe, expect, test } from 'vitest';
import type { Measurement } from '../../../bench/compare/measure.js';
import { markdown, replaceMeasured } from '../../../bench/compare/report.js';
import type { Results } from '../../../bench/compare/results.js';
import { PAPER_NINE, targets } from '../../../bench/compare/targets.js';
import { widthOf } from '../../../bench/compare/touched-bytes.js';

function measured(query: string, engine: string, threads: number, ms: number): Measurement {
  return {
    query,
    engine,
    threads,
    reps: [{ ms, waitMs: 0, cpuMs: ms }],
    summary: { medianMs: ms, minMs: ms, clean: 1, taken: 1 },
    rows: 1,
  };
}

function results(measurements: readonly Measurement[]): Results {
  return {
    command: 'npm run bench',
    date: '2026-01-01',
    commit: 'abc',
    machine: { cpu: 'a', cores: 2, memoryGib: 24, system: 'linux', node: 'v20', loadAtStart: 0 },
    versions: {},
    scaleFactor: 1,
    rows: 6_000_000,
    bandwidth: { 1: 10e9, 2: 20e9 },
    ingestRowsPerSecond: {},
    fileBytes: { duckdb: 100, segment: 80 },
    touched: { sum_price: { rows: 6_000_000, bytes: 24_000_000 } },
    comparedWith: {},
    groups: Object.fromEntries(PAPER_NINE.map((query) => [query, 'druid paper'])),
    measurements,
  };
}

/** Ours takes `ms`, DuckDB in memory 10 ms, for each of the nine. */
const nine = (ms: number): Measurement[] =>
  PAPER_NINE.flatMap((query) => [measured(query, 'millrace_one', 1, ms), measured(query, 'duckdb_memory', 1, 10)]);

const target = (from: Results, what: string) => targets(from).find((one) => one.what.startsWith(what));

describe('targets', () => {
  test('a geometric mean counts only when all of its queries were measured', () => {
    expect(target(results(nine(1.9)), "Druid paper's nine, DuckDB")).toMatchObject({ reached: '5.26x', met: true });
    expect(target(results(nine(2.1)), "Druid paper's nine, DuckDB")?.met).toBe(false);
    expect(target(results(nine(1).slice(1)), "Druid paper's nine, DuckDB")?.met).toBeNull();
  });

  test('the fastest peer is the one that makes us look worst', () => {
    const more = [measured('sum_all', 'chdb', 1, 1)];
    expect(target(results([...nine(2), ...more]), 'sum_all, the fastest peer')).toMatchObject({
      reached: '2.00',
      met: false,
    });
  });

  test('rates are of all rows', () => {
    expect(target(results(nine(6)), 'sum of one double column')).toMatchObject({ reached: '1000 M', met: true });
  });

  test('a file that is larger than the other misses', () => {
    expect(target(results([]), 'data.arrow')).toMatchObject({ reached: '0.800', met: true });
  });
});

describe('report', () => {
  test('a line tells median, clean runs, ratio, rows, bytes and their share of the bandwidth', () => {
    const line = markdown(results(nine(6)))
      .split('\n')
      .find((text) => text.startsWith('| sum_price'));
    expect(line).toBe('| sum_price | 6.00 / 6.00 (1/1) |  | 10.0 / 10.0 (1/1) |  |  | 0.60 |  |  | 1000 | 4.0 | 40% |');
  });

  test('only the text between the marks of the document changes', () => {
    const document = 'a\n<!-- measured: npm run bench -->\nold\n<!-- /measured -->\nb';
    expect(replaceMeasured(document, 'new')).toBe(
      'a\n<!-- measured: npm run bench -->\n\nnew\n\n<!-- /measured -->\nb',
    );
    expect(() => replaceMeasured('no marks', 'new')).toThrow('lacks');
  });

  test('ids of 256 values need two bytes, as 0 is null', () => {
    expect([widthOf(255), widthOf(256), widthOf(65_536)]).toEqual([1, 2, 4]);
  });
});
