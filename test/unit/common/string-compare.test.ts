import { expect, test } from 'vitest';
import { findStringOrdering, type StringOrdering, stringComparator } from '../../../src/common/string-compare.js';

test.each<[StringOrdering, (string | null)[]]>([
  ['lexicographic', [null, '', '10', '9', 'B', 'a', 'é', '\ud83d\ude00', '\uff5e']],
  ['alphanumeric', [null, '', '1', '1a', '01', '2', '10', 'a', 'A1', 'a2', 'A10', 'b']],
  ['numeric', [null, '', 'x', '-3', '1e-2', '1', '9007199254740992', '9007199254740993', '1e20']],
  ['strlen', [null, '', 'b', 'aa', 'ab', 'aaa']],
  [
    'version',
    [null, '1-alpha', '1-beta', '1-rc1', '1-snapshot', '1', '1-sp', '1.0.1', '1.9', '1.10', '2.0-rc1', '2.0'],
  ],
])('%s order', (ordering, sorted) => {
  const compare = stringComparator(ordering);
  for (let i = 0; i < sorted.length; i++) {
    for (let j = 0; j < sorted.length; j++) {
      expect([sorted[i], sorted[j], Math.sign(compare(sorted[i]!, sorted[j]!))]).toEqual([
        sorted[i],
        sorted[j],
        Math.sign(i - j),
      ]);
    }
  }
});

test('equal values of different text tie where Druid says so', () => {
  expect(stringComparator('numeric')('1.0', '1')).toBe(0);
  expect(stringComparator('version')('1.0', '1')).toBe(0);
  expect(stringComparator('version')('1-cr1', '1-rc-1')).toBe(0);
});

test('orderings are found by name in any case', () => {
  expect(findStringOrdering('alphaNumeric')).toBe('alphanumeric');
  expect(findStringOrdering('toString')).toBeUndefined();
});
