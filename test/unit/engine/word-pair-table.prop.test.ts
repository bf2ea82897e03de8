import fc from 'fast-check';
import { expect, test } from 'vitest';
import { WordPairTable } from '../../../src/engine/grouped/word-pair-table.js';

test('pairs get the numbers that a map would give them, in order of appearance, through growth', () => {
  const word = fc.oneof(fc.nat(3), fc.nat(2000), fc.constantFrom(0xffffffff, 0x80000000));
  fc.assert(
    fc.property(fc.array(fc.tuple(word, word), { maxLength: 3000, size: 'max' }), fc.nat(50), (pairs, split) => {
      const table = new WordPairTable(16);
      const numbers = new Map<string, number>();
      const expected = pairs.map(([high, low]) => {
        const key = `${high}/${low}`;
        if (!numbers.has(key)) numbers.set(key, numbers.size);
        return numbers.get(key)!;
      });
      const found = pairs.slice(0, split).map(([high, low]) => table.intern(high, low));
      const rest = pairs.slice(split);
      const high = Uint32Array.from(rest, ([h]) => h);
      const low = Uint32Array.from(rest, ([, l]) => l);
      // The result may take the place of an input.
      table.internAll(high, low, rest.length, low);
      expect([...found, ...low]).toEqual(expected);
      expect(table.size).toBe(numbers.size);
      expect(pairs.every(([h, l], i) => table.high(expected[i]!) === h && table.low(expected[i]!) === l)).toBe(true);
    }),
    { numRuns: 60 },
  );
});
