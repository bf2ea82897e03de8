import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { javaHashOrder } from '../../../../src/server/http/java-hash-order.js';

const RECORDED = join(import.meta.dirname, '../../../conformance/cases/datasources/one-interval.json');

test("columns come in the order of Druid's recorded answer, however they were added", () => {
  const { response } = JSON.parse(readFileSync(RECORDED, 'utf8')) as {
    response: { json: { dimensions: readonly string[] } };
  };
  const { dimensions } = response.json;
  expect(dimensions.length).toBeGreaterThan(10);
  expect(javaHashOrder([...dimensions].sort())).toEqual(dimensions);
  expect(javaHashOrder([...dimensions, ...dimensions].reverse())).toEqual(dimensions);
});
