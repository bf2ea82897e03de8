import { describe, expect, it } from 'vitest';
import { readPath } from '../../../../src/indexing/parse/json-path-values.js';
import { parseJsonPath } from '../../../../src/indexing/spec/json-path.js';
import { parseRows } from './parse-rows.js';

const STORE = {
  store: {
    book: [
      { title: 'A', price: 8, tags: ['x', 'y'] },
      { title: 'B', price: 12, isbn: '1' },
      { title: 'C', price: 20 },
    ],
    'a b': { "it's": 1 },
  },
  limit: 10,
};

describe('JSON paths', () => {
  it.each([
    ['$.store.book[0].title', 'A'],
    ["$['store']['a b'][\"it's\"]", 1],
    ['$.store.book[-1].title', 'C'],
    ['$.store.book[9].title', undefined],
    ['$.store.book[*].title', ['A', 'B', 'C']],
    ['$.store.book[0,2].title', ['A', 'C']],
    ['$.store.book[1:].price', [12, 20]],
    ['$.store.book[:-1].title', ['A', 'B']],
    ['$..title', ['A', 'B', 'C']],
    ['$..book[2].price', [20]],
    ["$.store.book[0]['title','price']", ['A', 8]],
    ['$.store.book[?(@.price > 10)].title', ['B', 'C']],
    ['$.store.book[?(@.price > $.limit && @.isbn)].title', ['B']],
    ["$.store.book[?(@.title == 'A' || !(@.price < 20))].title", ['A', 'C']],
    ['$.store.book[?(@.title =~ /[ab]/i)].title', ['A', 'B']],
    ["$.store.book[?(@.title in ['C', 'A'])].price", [8, 20]],
    ['$.store.book.length()', 3],
    ['$.store.book[*].price.sum()', 40],
    ['$.store.book[*].price.max()', 20],
    ['$.store.book[?(@.absent)].title', []],
    ['$', STORE],
  ])('%s', (path, expected) => {
    expect(readPath(STORE, parseJsonPath(path))).toEqual(expected);
  });

  it.each(['', 'a.b', '$.', '$.a[', '$.a[?(@.b == )]', '$.a.nothing()', '$[?(@.a =~ /(?=x)/)]'])(
    '%s is refused',
    (path) => {
      expect(() => parseJsonPath(path)).toThrow(expect.objectContaining({ status: 400 }));
    },
  );

  it('become dimensions by flattenSpec, lists as multi-value', async () => {
    const fields = [
      { type: 'path', name: 'titles', expr: '$.store.book[*].title' },
      { type: 'tree', name: 'limit2', nodes: ['limit'] },
    ];
    const { rows } = await parseRows(
      { dimensionsSpec: { dimensions: [] }, timestampSpec: { column: 't', missingValue: '2024' } },
      { type: 'json', flattenSpec: { useFieldDiscovery: false, fields } },
      [JSON.stringify(STORE)],
    );
    expect(rows.map((row) => row.values)).toEqual([{ titles: ['A', 'B', 'C'], limit2: '10' }]);
  });
});
