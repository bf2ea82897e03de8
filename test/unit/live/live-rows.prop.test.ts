import fc from 'fast-check';
import { expect, test } from 'vitest';
import { applyDelta, type Delta } from '../../../src/client/apply-delta.js';
import { splitArray, splitObject } from '../../../src/common/json-split.js';
import { deltaText, type LiveRow, withUniqueKeys } from '../../../src/live/live-rows.js';

const flatRow = fc
  .record({ key: fc.integer({ min: 0, max: 12 }), value: fc.integer({ min: 0, max: 3 }) })
  .map(({ key, value }): LiveRow => ({ key: String(key), text: JSON.stringify({ key, value }) }));
const nestedRow = fc
  .record({ key: fc.integer({ min: 0, max: 4 }), rows: fc.array(flatRow, { maxLength: 8 }) })
  .map(({ key, rows }): LiveRow => {
    const inner = withUniqueKeys(rows);
    const result = inner.map(({ text }) => JSON.parse(text) as unknown);
    return { key: String(key), text: JSON.stringify({ key, result }), inner };
  });
const answers = fc
  .tuple(
    fc.array(fc.oneof(flatRow, nestedRow), { maxLength: 20 }),
    fc.array(fc.oneof(flatRow, nestedRow), { maxLength: 20 }),
  )
  .map(([before, after]) => [withUniqueKeys(before), withUniqueKeys(after)] as const);

const values = (rows: readonly LiveRow[]): unknown[] => rows.map(({ text }) => JSON.parse(text) as unknown);

test('an answer and its delta are the next answer, rows in their order', () => {
  fc.assert(
    fc.property(answers, ([before, after]) => {
      const delta = JSON.parse(deltaText(before, after)) as Delta;
      expect(applyDelta(values(before), delta)).toEqual(values(after));
    }),
    { numRuns: 2000 },
  );
});

test('a delta names no row that stays as it is', () => {
  fc.assert(
    fc.property(fc.array(flatRow, { maxLength: 20 }), fc.nat(), (rows, at) => {
      const before = withUniqueKeys(rows);
      expect(deltaText(before, before)).toBe('{}');
      if (before.length === 0) return;
      const without = before.filter((_, i) => i !== at % before.length);
      expect(deltaText(before, without)).toBe(`{"removed":[${at % before.length}]}`);
    }),
  );
});

test('JSON text is cut into the texts of its parts', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), fc.dictionary(fc.string(), fc.jsonValue()), (array, object) => {
      expect(splitArray(JSON.stringify(array))).toEqual(array.map((value) => JSON.stringify(value)));
      const members = Object.entries(object).map(([name, value]) => [name, JSON.stringify(value)]);
      expect([...splitObject(JSON.stringify(object))]).toEqual(members);
    }),
  );
});
