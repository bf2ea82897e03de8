/** Random filters, and what they mean: Kleene logic row by row, written from the reference's tables. */
import fc from 'fast-check';
import type { ColumnType } from '../../src/common/column-type.js';
import { compareNumeric } from '../../src/common/string-compare.js';
import type { Filter } from '../../src/query/native-query.js';
import type { Cell, Row } from './blocks.js';

/** Small domains, so that comparisons often hold. */
const TEXTS = ['', 'a', 'ab', 'b', '1', '2', '10', '2.0', 'x1', '日'];
export const TYPES: Readonly<Record<string, ColumnType>> = {
  __time: 'LONG',
  s: 'STRING',
  m: 'STRING',
  l: 'LONG',
  w: 'LONG',
  d: 'DOUBLE',
  f: 'FLOAT',
  j: 'COMPLEX<json>',
};

const text = fc.constantFrom(...TEXTS);
const orNull = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: null, freq: 4 });
export const row: fc.Arbitrary<Row> = fc.record({
  __time: fc.integer({ min: 0, max: 20 }),
  s: orNull(text),
  m: fc.oneof(fc.array(orNull(text), { maxLength: 3 }), orNull(text)) as fc.Arbitrary<Cell>,
  l: orNull(fc.integer({ min: -3, max: 12 })),
  w: orNull(fc.constantFrom(2n ** 60n, 2n ** 60n + 1n, -(2n ** 62n), 1n, 2n, 10n)),
  d: orNull(fc.constantFrom(-1.5, 0, 1, 2, 2.5, 10)),
  f: orNull(fc.constantFrom(-1.5, 0, 1, 2, 2.5, 10)),
  j: orNull(fc.constantFrom('1', 'a').map((json): Cell => Buffer.from(json))),
});

const column = fc.constantFrom('s', 'm', 'l', 'w', 'd', 'f', 'j', '__time', 'nope');
const number = fc.constantFrom(-2, 0, 1, 2, 10);
const typed = fc.oneof(
  fc.record({ type: fc.constant('STRING' as const), value: text }),
  fc.record({ type: fc.constant('LONG' as const), value: number.map(String) }),
  fc.record({ type: fc.constant('DOUBLE' as const), value: fc.constantFrom(-1.5, 0.5, 1, 2, 2.5) }),
);
export const leaf: fc.Arbitrary<Filter> = fc.oneof(
  fc.record({ type: fc.constant('null' as const), column }),
  fc.record({ type: fc.constant('selector' as const), dimension: column, value: orNull(text) }),
  fc.record({ type: fc.constant('in' as const), dimension: column, values: fc.array(orNull(text), { maxLength: 4 }) }),
  fc
    .tuple(column, typed)
    .map(
      ([name, { type, value }]): Filter => ({ type: 'equals', column: name, matchValueType: type, matchValue: value }),
    ),
  fc.record({
    type: fc.constant('bound' as const),
    dimension: column,
    lower: orNull(text),
    upper: text,
    lowerStrict: fc.boolean(),
    upperStrict: fc.boolean(),
    ordering: fc.constantFrom('lexicographic' as const, 'numeric' as const),
  }),
  fc.tuple(column, fc.boolean(), fc.boolean(), number, number).map(
    ([name, lowerOpen, upperOpen, a, b]): Filter => ({
      type: 'range',
      column: name,
      matchValueType: 'LONG',
      lower: String(Math.min(a, b)),
      upper: String(Math.max(a, b)),
      lowerOpen,
      upperOpen,
    }),
  ),
  fc.record({
    type: fc.constant('like' as const),
    dimension: fc.constantFrom('s', 'm', 'nope'),
    pattern: fc.constantFrom('a%', '%1%', '_', 'a_', 'ab', '%'),
    escape: fc.constant(null),
  }),
  fc.constantFrom<Filter>({ type: 'true' }, { type: 'false' }),
);
export const { tree } = fc.letrec<{ tree: Filter }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leaf,
    fc.record({
      type: fc.constantFrom('and' as const, 'or' as const),
      fields: fc.array(tie('tree'), { minLength: 1, maxLength: 3 }),
    }),
    fc.record({ type: fc.constant('not' as const), field: tie('tree') }),
  ),
}));

type Truth = boolean | null;

/** Kleene logic, written from the reference's tables row by row. */
export function truth(filter: Filter, values: Row): Truth {
  switch (filter.type) {
    case 'true':
    case 'false':
      return filter.type === 'true';
    case 'not': {
      const inner = truth(filter.field, values);
      return inner === null ? null : !inner;
    }
    case 'and': {
      const all = filter.fields.map((field) => truth(field, values));
      return all.includes(false) ? false : all.includes(null) ? null : true;
    }
    case 'or': {
      const all = filter.fields.map((field) => truth(field, values));
      return all.includes(true) ? true : all.includes(null) ? null : false;
    }
    case 'istrue':
      return truth(filter.field, values) === true;
    case 'isfalse':
      return truth(filter.field, values) === false;
    default: {
      const name = 'column' in filter ? filter.column : filter.dimension;
      if (filter.type === 'in' && filter.values.length === 0) return false;
      const cell = name === 'nope' ? null : (values[name] ?? null);
      const list = Array.isArray(cell) ? (cell.length === 0 ? [null] : cell) : [cell];
      const all = list.map((value) =>
        compare(filter, value as string | number | bigint | null, TYPES[name] ?? 'STRING'),
      );
      // Any value of a row may match; an unknown one leaves it open.
      return all.includes(true) ? true : all.includes(null) ? null : false;
    }
  }
}

function compare(filter: Filter, value: string | number | bigint | null, type: ColumnType): Truth {
  if (value === null) return ofNull(filter, type);
  // Of a complex value nothing but that it is there can be asked.
  if (type.startsWith('COMPLEX')) return false;
  const shown = typeof value === 'number' && type !== 'LONG' && Number.isInteger(value) ? `${value}.0` : String(value);
  switch (filter.type) {
    case 'null':
      return false;
    case 'selector':
      return filter.value !== null && sameAs(filter.value, value, type);
    case 'in':
      return filter.values.some((candidate) => candidate !== null && sameAs(candidate, value, type));
    case 'equals': {
      const match =
        filter.matchValueType === 'DOUBLE' && Number.isInteger(filter.matchValue)
          ? `${filter.matchValue}.0`
          : String(filter.matchValue);
      return type === 'STRING' ? shown === match : sameAs(match, value, type);
    }
    case 'inType':
      // Of numbers only; JavaScript writes equal ones alike, whole doubles as longs.
      return numbersOf(filter.values).has(String(value));
    case 'like':
      return new RegExp(`^${filter.pattern.replaceAll('%', '.*').replaceAll('_', '.')}$`, 'su').test(shown);
    case 'range':
      return type === 'STRING'
        ? between(
            compareNumeric,
            shown,
            filter.lower as string,
            filter.lowerOpen,
            filter.upper as string,
            filter.upperOpen,
          )
        : between(byNumber, shown, filter.lower as string, filter.lowerOpen, filter.upper as string, filter.upperOpen);
    case 'bound': {
      const order = filter.ordering === 'lexicographic' ? byText : compareNumeric;
      return between(order, shown, filter.lower, filter.lowerStrict, filter.upper, filter.upperStrict);
    }
    default:
      throw new Error(filter.type);
  }
}

const memberSets = new WeakMap<object, ReadonlySet<string>>();

function numbersOf(values: readonly (string | number | null)[]): ReadonlySet<string> {
  const known = memberSets.get(values) ?? new Set(values.map(String));
  memberSets.set(values, known);
  return known;
}

function ofNull(filter: Filter, _type: ColumnType): Truth {
  if (filter.type === 'null') return true;
  if (filter.type === 'selector') return filter.value === null ? true : null;
  if (filter.type === 'in') return filter.values.includes(null) ? true : null;
  if (filter.type === 'bound') return filter.lower === null && _type === 'STRING' ? true : null;
  return null;
}

/** A string literal against a typed value: equal as text for strings, as number for numbers (longs need a whole one). */
function sameAs(literal: string, value: string | number | bigint, type: ColumnType): boolean {
  if (type === 'STRING') return literal === value;
  if (!/^-?\d+(\.\d+)?$/.test(literal)) return false;
  if (type !== 'LONG') return Number(literal) === value;
  return Number.isInteger(Number(literal)) && BigInt(Number(literal)) === BigInt(value as number | bigint);
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const byNumber = (a: string, b: string): number => {
  if (!a.includes('.') && !b.includes('.')) return BigInt(a) < BigInt(b) ? -1 : BigInt(a) > BigInt(b) ? 1 : 0;
  return Number(a) - Number(b);
};

function between(
  order: (a: string, b: string) => number,
  value: string,
  low: string | null,
  lowOpen: boolean,
  high: string | null,
  highOpen: boolean,
): boolean {
  const above = low === null || order(value, low) > 0 || (order(value, low) === 0 && !lowOpen);
  return above && (high === null || order(value, high) < 0 || (order(value, high) === 0 && !highOpen));
}
