import { expect, test } from 'vitest';
import { PartialCache } from '../../../src/broker/partial-cache.js';
import type { IdSpace, Table } from '../../../src/vectors/table.js';

function longs(numRows: number): Table {
  return { numRows, names: ['x'], columns: [{ type: 'LONG', values: new BigInt64Array(numRows), nulls: null }] };
}

test('what was used longest ago makes room, and what is larger than a tenth is not kept', () => {
  const cache = new PartialCache(1000);
  cache.put('large', longs(13));
  expect(cache.get('large')).toBeUndefined();
  const keys = Array.from({ length: 10 }, (_, i) => `k${i}`);
  for (const key of keys) cache.put(key, longs(12));
  expect(cache.bytes).toBe(1000);
  expect(cache.get('k0')).toEqual(longs(12));
  cache.put('k9', longs(12));
  cache.put('kx', longs(12));
  expect(cache.get('k1')).toBeUndefined();
  expect(cache.get('k0')).toBeDefined();
  expect(cache.bytes).toBe(1000);
});

test('ids of one dictionary are kept as strings, which do not hold the dictionary', () => {
  const space: IdSpace = { key: 'dictionary', size: 2, value: (id) => ['a', 'b'][id - 1]! };
  const cache = new PartialCache(10_000);
  cache.put('k', { numRows: 1, names: ['d0'], columns: [{ type: 'IDS', ids: Uint32Array.of(2), space }] });
  expect(cache.get('k')?.columns).toEqual([{ type: 'STRING', ids: Int32Array.of(0), dictionary: ['b'] }]);
});
