import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SortedDictionary } from '../../../../src/segments/dictionary/sorted-dictionary.js';

const value = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('', '\ue000', '\uffff', '😀', 'a😀', 'a\uffff'),
);

describe('sorted dictionary', () => {
  it('is in the order of JavaScript strings, without duplicates, and finds what it holds', () => {
    fc.assert(
      fc.property(fc.array(value), value, (values, other) => {
        const dictionary = SortedDictionary.fromValues(values);
        const expected = [...new Set(values)].sort();
        expect(Array.from({ length: dictionary.size }, (_, i) => dictionary.value(i + 1))).toEqual(expected);
        for (const text of [...values, other]) expect(dictionary.idOf(text)).toBe(expected.indexOf(text) + 1 || -1);
      }),
    );
  });

  it('refuses values out of order and twice the same', () => {
    const bytes = Buffer.from('baa');
    expect(() => new SortedDictionary(Uint32Array.of(0, 1, 2), bytes)).toThrow('do not ascend');
    expect(() => new SortedDictionary(Uint32Array.of(0, 1, 2), bytes.subarray(1))).toThrow('do not ascend');
  });

  it('makes one value of two that UTF-8 cannot tell apart', () => {
    expect(SortedDictionary.fromValues(['\ud800', '\udbff']).size).toBe(1);
  });
});
