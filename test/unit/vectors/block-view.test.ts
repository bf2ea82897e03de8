import { describe, expect, test } from 'vitest';
import { openDictionary } from '../../../src/vectors/dictionary-view.js';
import { buildSegment } from '../../support/blocks.js';

/** U+FF5E sorts after an emoji in UTF-16 (surrogates are lower) and before it in UTF-8. */
const WORDS = ['b', '', 'Z', '～', '😀', 'é', 'a', '\uFEFFbom'];

function dictionaryOf(unsorted: boolean) {
  const rows = WORDS.map((s, i) => ({ __time: i, s }));
  const { blocks } = buildSegment({ types: { __time: 'LONG', s: 'STRING' }, rows, unsorted });
  const vector = blocks[0]!.column('s');
  if (vector?.kind !== 'string') throw new Error('not a string column');
  return vector.dictionary;
}

describe.each([
  ['sorted', false],
  ['in order of appearance', true],
] as const)('dictionary %s', (_, unsorted) => {
  test('finds the id of every value and no other', () => {
    const dictionary = dictionaryOf(unsorted);
    expect(dictionary.size).toBe(WORDS.length);
    for (let id = 1; id <= dictionary.size; id++) expect(dictionary.idOf(dictionary.value(id))).toBe(id);
    expect(WORDS.map((word) => dictionary.value(dictionary.idOf(word)))).toEqual(WORDS);
    expect(dictionary.idOf('nope')).toBe(-1);
  });

  test('an id outside it is refused', () => {
    const dictionary = dictionaryOf(unsorted);
    expect(() => dictionary.value(0)).toThrow();
    expect(() => dictionary.value(WORDS.length + 1)).toThrow();
  });
});

test('a block does not see values that its dictionary got later', () => {
  const offsets = Uint32Array.of(0, 1, 2, 3);
  const buffer = new SharedArrayBuffer(128);
  new Uint32Array(buffer).set(offsets);
  new Uint8Array(buffer).set(Buffer.from('xyz'), 64);
  const ref = (size: number) => ({
    key: 'growing',
    size,
    sorted: false,
    offsets: { arena: 0, offset: 0, length: 16 },
    bytes: { arena: 0, offset: 64, length: 3 },
  });
  const early = openDictionary(ref(2), () => buffer);
  const late = openDictionary(ref(3), () => buffer);
  expect(late.idOf('z')).toBe(3);
  expect(early.idOf('z')).toBe(-1);
  expect(early.idOf('y')).toBe(2);
});

test('numbers read back whatever width holds them', () => {
  const values = [0n, 255n, -3n, 65_536n, -(2n ** 31n), 2n ** 40n, 2n ** 63n - 1n, null];
  for (let n = 1; n <= values.length; n++) {
    const rows = values.slice(0, n).map((l, i) => ({ __time: 1_700_000_000_000 + i, l }));
    const { blocks } = buildSegment({ types: { __time: 'LONG', l: 'LONG' }, rows });
    const vector = blocks[0]!.column('l');
    if (vector?.kind !== 'long') throw new Error('not a long column');
    const read = rows.map((_, row) =>
      vector.nulls?.[row] === 1
        ? null
        : vector.values instanceof BigInt64Array
          ? vector.values[row]
          : BigInt(vector.base + vector.values[row]!),
    );
    expect(read).toEqual(values.slice(0, n));
  }
});

test('a column that the segment lacks is absent', () => {
  const { blocks } = buildSegment({ types: { __time: 'LONG' }, rows: [{ __time: 1 }] });
  expect(blocks[0]!.column('nope')).toBeUndefined();
  expect(blocks[0]!.column('toString')).toBeUndefined();
});
