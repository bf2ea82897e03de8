/** Answers of Druid 33.0.0 to scans of one virtual column over eight rows of every type. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseJson } from '../../../src/common/json-read.js';
import { compileExpression } from '../../../src/expressions/compile.js';
import { ExprArray, ExprComplex, type ExprType, type ExprValue } from '../../../src/expressions/expr.js';
import { evaluateRow } from '../../../src/expressions/multi-value.js';

interface GoldenCase {
  readonly name: string;
  readonly expression: string;
  /** The whole response, as text so that no digit is lost. */
  readonly answer?: string;
  readonly error?: string;
}

type Json = Readonly<Record<string, unknown>>;

const TYPES: Readonly<Record<string, ExprType>> = {
  __time: 'LONG',
  id: 'STRING',
  s: 'STRING',
  uni: 'STRING',
  tags: 'STRING',
  l: 'LONG',
  big: 'LONG',
  f: 'DOUBLE',
  d: 'DOUBLE',
  numstr: 'STRING',
  b: 'STRING',
  arr_s: 'ARRAY<STRING>',
  arr_l: 'ARRAY<LONG>',
  nested: 'COMPLEX<json>',
  only_sparse: 'STRING',
};

/** Druid writes another type into the row signature than the values have, or one that depends on what is stored. */
const OTHER_SIGNATURE = new Set(['array-21', 'json-05', 'json-10', 'misc-16']);

const read = (file: string): string => readFileSync(new URL(`golden/${file}`, import.meta.url), 'utf8');
const cases = JSON.parse(read('cases.json')) as GoldenCase[];
const rows = new Map(
  read('rows.jsonl')
    .trim()
    .split('\n')
    .map((line) => parseJson(line) as Json)
    .map((row) => [row['id'], row]),
);

function valueOf(row: Json, name: string): ExprValue {
  if (name === '__time') return BigInt(Date.parse(String(row['ts'])));
  const value = row[name] ?? null;
  if (value === null) return null;
  const type = TYPES[name];
  switch (type) {
    case undefined:
      return null;
    case 'LONG':
      return BigInt(value as number);
    case 'DOUBLE':
      return name === 'f' ? Math.fround(Number(value)) : Number(value);
    case 'STRING':
      return Array.isArray(value) ? multiValue(value) : String(value);
    case 'COMPLEX<json>':
      return new ExprComplex('json', value);
    default: {
      const element = type === 'ARRAY<LONG>' ? 'LONG' : 'STRING';
      const parts = (Array.isArray(value) ? value : [value]) as unknown[];
      const cast = (part: unknown): ExprValue => (element === 'LONG' ? BigInt(part as number) : String(part));
      return new ExprArray(
        element,
        parts.map((part) => (part === null ? null : cast(part))),
      );
    }
  }
}

/** Stored in order, null first, as this table keeps them. */
function multiValue(parts: readonly unknown[]): ExprValue {
  const texts = parts.map((part) => (part === null ? null : String(part)));
  texts.sort((a, b) => (a === null ? -1 : b === null ? 1 : a < b ? -1 : a > b ? 1 : 0));
  return texts.length < 2 ? (texts[0] ?? null) : new ExprArray('STRING', texts);
}

/** Longs become text with an L, so that they are not taken for doubles. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}L`;
  if (value instanceof ExprArray) return value.values.map(plain);
  if (value instanceof ExprComplex) return plainJson(value.value);
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  return value;
}

/** Whole numbers of JSON count as longs. */
function plainJson(value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}L`;
  if (typeof value === 'number' && Number.isInteger(value)) return `${value}L`;
  if (Array.isArray(value)) return value.map(plainJson);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plainJson(member)]));
}

/** A double may be written as a whole number; functions of libraries differ in the last digits. */
function expectSame(got: unknown, want: unknown, at: string): void {
  if (Array.isArray(got) && Array.isArray(want)) {
    expect(got, at).toHaveLength(want.length);
    got.forEach((part, i) => expectSame(part, want[i], at));
  } else if (typeof got === 'number') {
    const number = Number(typeof want === 'string' ? want.replace(/L$/, '') : want);
    expect(Math.abs(got - number), `${at}: ${got} for ${number}`).toBeLessThanOrEqual(1e-6 * Math.abs(number));
  } else expect(got, at).toEqual(want);
}

const lookup = (name: string) => (name === 'chan' ? () => undefined : undefined);

function compile({ name, expression }: GoldenCase) {
  // The lookup was not loaded yet when the second was recorded.
  return compileExpression(expression, { lookup: name === 'misc-04' ? () => undefined : lookup });
}

describe('expressions give what Druid 33 gives', () => {
  for (const one of cases.filter(({ answer }) => answer !== undefined)) {
    it(`${one.name}: ${one.expression}`, () => {
      const compiled = compile(one);
      const [{ columns, events, rowSignature }] = parseJson(one.answer!) as [
        { columns: string[]; events: unknown[][]; rowSignature: { name: string; type: string }[] },
      ];
      const isMulti = compiled.inputs.map((name) => TYPES[name] === 'STRING');
      for (const event of events) {
        const row = rows.get(event[columns.indexOf('id')])!;
        const got = evaluateRow(
          compiled,
          compiled.inputs.map((name) => valueOf(row, name)),
          isMulti,
        );
        expectSame(plain(got), plainJson(event[columns.indexOf('v')]), String(row['id']));
      }
      const type = rowSignature.find(({ name }) => name === 'v')?.type;
      if (type !== undefined && !OTHER_SIGNATURE.has(one.name)) {
        expect(compiled.outputType((name) => TYPES[name] ?? null)).toBe(type);
      }
    });
  }
});

describe('what Druid refuses is refused with its words', () => {
  for (const one of cases.filter(({ error }) => error !== undefined)) {
    it(`${one.name}: ${one.expression}`, () => {
      expect(() => compile(one)).toThrow(one.error);
    });
  }
});
