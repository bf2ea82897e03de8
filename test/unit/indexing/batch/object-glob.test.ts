import { expect, test } from 'vitest';
import { objectGlob } from '../../../../src/indexing/batch/object-glob.js';

test.each([
  ['**.json', ['a.json', 'x/y/a.json'], ['a.json.gz', 'json']],
  ['*.json', ['a.json'], ['x/a.json']],
  ['**/a.json', ['x/a.json', 'x/y/a.json'], ['a.json']],
  [
    'logs/2024-0?/*.{csv,json.gz}',
    ['logs/2024-01/a.csv', 'logs/2024-09/b.json.gz'],
    ['logs/2024-10/a.csv', 'logs/2024-01/a.json'],
  ],
  ['day=[0-3]*/[!_]*', ['day=12/a', 'day=0/b'], ['day=4/a', 'day=1/_a', 'day=1/x/y']],
  ['a+b (1).json', ['a+b (1).json'], ['aab (1).json']],
  ['\\*.json', ['*.json'], ['a.json']],
])('%s', (glob, wanted, others) => {
  const pattern = objectGlob(glob);
  expect(wanted.filter((key) => !pattern.test(key))).toEqual([]);
  expect(others.filter((key) => pattern.test(key))).toEqual([]);
});

test('a glob that does not end is refused', () => {
  for (const glob of ['{a,b', '[ab', 'a\\', '{a,{b}}']) expect(() => objectGlob(glob)).toThrow('objectGlob');
});
