import fc from 'fast-check';
import { expect, test } from 'vitest';
import { likePattern } from '../../../src/common/like-pattern.js';

/** The plain definition: a pattern's first character against the text's, with every length for `%`. */
function matches(text: readonly string[], pattern: readonly string[], escape: string | null): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return text.length === 0;
  if (first === escape) {
    const [escaped, ...after] = rest;
    if (escaped === undefined) return text.length === 0;
    return text[0] === escaped && matches(text.slice(1), after, escape);
  }
  if (first === '%') return text.some((_, i) => matches(text.slice(i), rest, escape)) || matches([], rest, escape);
  return text.length > 0 && (first === '_' || first === text[0]) && matches(text.slice(1), rest, escape);
}

const chars = (alphabet: readonly string[], maxLength: number) => fc.array(fc.constantFrom(...alphabet), { maxLength });

test('a LIKE pattern matches what its definition says', () => {
  const texts = chars(['a', 'b', '%', '_', '\u{1f600}'], 8);
  const patterns = chars(['a', 'b', '%', '_', '\\', '\u{1f600}'], 8);
  fc.assert(
    fc.property(texts, patterns, fc.constantFrom('\\', null), (text, pattern, escape) => {
      const { matches: found } = likePattern(pattern.join(''), escape);
      expect(found(text.join(''))).toBe(matches(text, pattern, escape));
    }),
    { numRuns: 2000 },
  );
});
