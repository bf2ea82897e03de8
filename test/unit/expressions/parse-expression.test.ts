import { expect, test } from 'vitest';
import { compileExpression } from '../../../src/expressions/compile.js';

const compile = (text: string) => compileExpression(text, { lookup: () => undefined });

test('a long chain of operators is worked out', () => {
  const sum = compile(Array.from({ length: 1500 }, () => 'x').join(' + '));
  expect(sum.evaluate([2n])).toBe(3000n);
});

test.each([
  ['a chain of operators', Array.from({ length: 20_000 }, () => 'x').join(' + ')],
  ['a chain of conditions', Array.from({ length: 20_000 }, (_, i) => `x == ${i}`).join(' || ')],
  ['parentheses', `${'('.repeat(20_000)}x${')'.repeat(20_000)}`],
  ['signs', `${'-'.repeat(20_000)}x`],
  [
    'chains in parentheses',
    `${'(x + '.repeat(200)}${Array.from({ length: 1900 }, () => 'x').join('+')}${')'.repeat(200)}`,
  ],
])('%s too deep for the stack are refused by name', (_, text) => {
  expect(() => compile(text)).toThrow(/Expression is nested deeper than \[\d+\] levels/);
});
