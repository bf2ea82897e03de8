import { describe, expect, test } from 'vitest';
import { compileExpression } from '../../../../src/expressions/compile.js';
import { asText } from '../../../../src/expressions/coercion.js';
import type { ExprValue } from '../../../../src/expressions/expr.js';

function evaluate(text: string, ...values: ExprValue[]): ExprValue {
  return compileExpression(text, { lookup: () => undefined }).evaluate(values);
}

describe('regexp_replace', () => {
  test.each([
    ["'<$0>'", 'a<1>b<2>'],
    [String.raw`'\\$0'`, 'a$0b$0'],
    ["''", 'ab'],
  ])('replaces by %s as Java does', (replacement, expected) => {
    expect(evaluate(`regexp_replace('a1b2', '[0-9]', ${replacement})`)).toBe(expected);
  });

  test('knows groups by number and by name', () => {
    expect(evaluate("regexp_replace('a1b2', '(?<letter>[a-z])([0-9])', '$2${letter}')")).toBe('1a2b');
    expect(evaluate("regexp_replace(x, '(b)', '$11')", 'abc')).toBe('ab1c');
  });

  test('refuses a group that the pattern does not have', () => {
    expect(() => evaluate("regexp_replace(x, 'b', '$1')", 'abc')).toThrow('Function[regexp_replace]');
  });
});

describe('JSON', () => {
  test.each([
    ["json_object('a', 1.0, 'b', 1)", '{"a":1.0,"b":1}'],
    ["json_object('a', array(1.0, 2.5))", '{"a":[1.0,2.5]}'],
    ['to_json_string(parse_json(\'{"a":1.0,"b":[1e2]}\'))', '{"a":1.0,"b":[100.0]}'],
    ['json_merge(\'{"a":1.0}\', \'{"a":2.0}\')', '{"a":2.0}'],
    ['to_json_string(9007199254740993)', '9007199254740993'],
  ])('%s keeps doubles and longs apart', (text, expected) => {
    expect(asText(evaluate(text))).toBe(expected);
  });

  test('a whole double is a leaf: a double by its path, never an object', () => {
    const json = `parse_json('{"a":1.0}')`;
    expect(evaluate(`json_value(${json}, '$.a')`)).toBe(1);
    expect(evaluate(`json_value(${json}, '$.a.value')`)).toBeNull();
    expect(asText(evaluate(`array_to_string(json_paths(${json}), ',')`))).toBe('$.a');
    expect(evaluate(`json_keys(${json}, '$.a')`)).toBeNull();
  });
});
