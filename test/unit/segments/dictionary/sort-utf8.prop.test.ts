import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sortedIds } from '../../../../src/segments/dictionary/sort-utf8.js';

function sorted(values: readonly string[]): string[] {
  const encoded = values.map((value) => Buffer.from(value, 'utf8'));
  const offsets = new Uint32Array(values.length + 1);
  encoded.forEach((value, i) => {
    offsets[i + 1] = offsets[i]! + value.length;
  });
  return Array.from(sortedIds(offsets, Buffer.concat(encoded), values.length), (id) => values[id - 1]!);
}

const text = fc.oneof(
  fc.string({ unit: 'binary' }).filter((value) => !/\p{Surrogate}/u.test(value)),
  fc.string({ unit: fc.constantFrom('a', 'b', '\0', 'é', '\uffff', '\ue000', '😀', '\ud7ff'), maxLength: 12 }),
  fc.nat().map(String),
);

test('values come in the order of JavaScript strings', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(text, { maxLength: 300, size: 'max' }),
      fc.constantFrom('', 'https://example.org/', 'x'.repeat(5000)),
      (values, prefix) => {
        const all = values.map((value) => prefix + value);
        expect(sorted(all)).toEqual(all.toSorted());
      },
    ),
    { numRuns: 200 },
  );
});

test('values that differ only in zeros at their ends are in order', () => {
  const values = Array.from({ length: 60 }, (_, i) => `a${'\0'.repeat((i * 7) % 60)}`);
  expect(sorted(values)).toEqual(values.toSorted());
});
