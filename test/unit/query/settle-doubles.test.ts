import { expect, test } from 'vitest';
import { parseTypedJson } from '../../../src/common/json-read.js';
import { settleDoubles } from '../../../src/query/settle-doubles.js';

const settle = (text: string): unknown => settleDoubles(parseTypedJson(text));

test('a whole double is a number where Druid reads numbers', () => {
  expect(settle('{"limit":5.0,"fractions":[0.5,1.0],"rows":[[2.0,1e3]]}')).toEqual({
    limit: 5,
    fractions: [0.5, 1],
    rows: [[2, 1000]],
  });
});

test('it keeps its form where Druid reads text', () => {
  expect(settle('[{"type":"selector","dimension":"d","value":1.0},{"type":"in","values":[1.0,2,"x"]}]')).toEqual([
    { type: 'selector', dimension: 'd', value: '1.0' },
    { type: 'in', values: ['1.0', 2, 'x'] },
  ]);
  expect(settle('{"filter":{"type":"bound","lower":1.0,"upper":2}}')).toEqual({
    filter: { type: 'bound', lower: '1.0', upper: 2 },
  });
});
