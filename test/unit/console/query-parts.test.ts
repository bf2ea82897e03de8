import { describe, expect, test } from 'vitest';
import { EXAMPLES } from '../../../src/console/example-queries.js';
import { formatJson } from '../../../src/console/format-json.js';
import { resultRows } from '../../../src/console/result-rows.js';
import { parseNativeQuery } from '../../../src/query/parse-native-query.js';

describe('example queries', () => {
  test.each(EXAMPLES.map((example) => [example.title, example] as const))('%s is a valid query', (_, example) => {
    const query = example.query('wikipedia');
    expect(JSON.parse(formatJson(query))).toEqual(query);
    expect(() => parseNativeQuery(query, () => 'id')).not.toThrow();
  });
});

describe('query text', () => {
  test('short values stay on one line, long ones are spread', () => {
    const text = formatJson({ short: { a: [1, 2] }, long: ['x'.repeat(40), 'y'.repeat(40)], empty: [], none: null });
    expect(text.split('\n')).toEqual([
      '{',
      '  "short": { "a": [ 1, 2 ] },',
      '  "long": [',
      `    "${'x'.repeat(40)}",`,
      `    "${'y'.repeat(40)}"`,
      '  ],',
      '  "empty": [],',
      '  "none": null',
      '}',
    ]);
  });
});

describe('rows of a result', () => {
  test('timeseries, topN, groupBy and both forms of scan', () => {
    const timestamp = '2024-01-01T00:00:00.000Z';
    expect(resultRows([{ timestamp, result: { n: 1 } }])).toEqual([{ timestamp, n: 1 }]);
    expect(resultRows([{ timestamp, result: [{ page: 'a' }, { page: 'b' }] }])).toEqual([
      { timestamp, page: 'a' },
      { timestamp, page: 'b' },
    ]);
    expect(resultRows([{ version: 'v1', timestamp, event: { n: 2 } }])).toEqual([{ timestamp, n: 2 }]);
    expect(resultRows([{ columns: ['a', 'b'], events: [{ a: 1, b: 2 }] }])).toEqual([{ a: 1, b: 2 }]);
    expect(resultRows([{ columns: ['a', 'b'], events: [[1, 2]] }])).toEqual([{ a: 1, b: 2 }]);
  });

  test('other shapes have none', () => {
    expect(resultRows([{ id: 'merged', columns: {} }])).toEqual([]);
    expect(resultRows({ error: 'x' })).toEqual([]);
  });
});
