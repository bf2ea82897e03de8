/** Arrays and multi-value strings. @source Druid `Function.java`, `query/expression/*.java` */
import { linearRegex } from '../../common/linear-regex.js';
import { asArray, asDouble, asLong, asText, castTo, commonType, elementTypeOf, isArrayType } from '../coercion.js';
import { ExprArray, type ExprType, type ExprValue, ExpressionError, typeOf } from '../expr.js';
import { isSame } from '../operators.js';
import { ANY, type ExprFunction, strict } from './expr-function.js';

const LONG = (): ExprType => 'LONG';
const first = (index: number): boolean => index === 0;
const both = (): boolean => true;

type Types = readonly (ExprType | null)[];

function arrayType(type: ExprType | null | undefined): ExprType {
  return isArrayType(type ?? null) ? type! : `ARRAY<${type ?? 'STRING'}>`;
}

function elementType(type: ExprType | null | undefined): ExprType | null {
  return isArrayType(type ?? null) ? elementTypeOf(type!) : (type ?? null);
}

const makeArray: ExprFunction = {
  names: ['array'],
  arity: [1, ANY],
  outputType: (types: Types) => `ARRAY<${commonType(types) ?? 'STRING'}>`,
  bind: () => (values) => arrayOf(values),
};

function arrayOf(values: readonly ExprValue[]): ExprArray {
  const type = commonType(values.map(typeOf)) ?? 'STRING';
  return new ExprArray(
    type,
    values.map((value) => castTo(value, type)),
  );
}

const length: ExprFunction = {
  names: ['array_length'],
  arity: [1, 1],
  isArrayArgument: first,
  outputType: LONG,
  bind: () => strict(([value]) => BigInt(asArray(value!)!.values.length)),
};

function at(name: string, base: number): ExprFunction {
  return {
    names: [name],
    arity: [2, 2],
    isArrayArgument: first,
    outputType: ([type]) => elementType(type),
    bind: () => strict(([value, index]) => asArray(value!)!.values[Number(asLong(index!) ?? -1n) - base] ?? null),
  };
}

function placeOf(name: string, base: number): ExprFunction {
  return {
    names: [name],
    arity: [2, 2],
    isArrayArgument: first,
    outputType: LONG,
    bind:
      () =>
      ([value, wanted]) => {
        const of = asArray(value!);
        if (of === null) return null;
        const found = of.values.findIndex((element) => isSame(element, castElement(wanted!, of)));
        return found < 0 ? null : BigInt(found + base);
      },
  };
}

function castElement(value: ExprValue, array: ExprArray): ExprValue {
  return value instanceof ExprArray ? value : castTo(value, array.elementType);
}

const contains: ExprFunction = {
  names: ['array_contains'],
  arity: [2, 2],
  isArrayArgument: both,
  outputType: LONG,
  bind:
    () =>
    ([value, wanted]) => {
      const of = asArray(value!);
      if (of === null) return null;
      const all = wanted instanceof ExprArray ? wanted.values : [wanted!];
      return all.every((one) => includes(of, one)) ? 1n : 0n;
    },
};

function includes(array: ExprArray, value: ExprValue): boolean {
  const wanted = castElement(value, array);
  if (wanted === null && value !== null) return false;
  return array.values.some((element) => isSame(element, wanted));
}

const overlap: ExprFunction = {
  names: ['array_overlap'],
  arity: [2, 2],
  isArrayArgument: both,
  outputType: LONG,
  bind:
    () =>
    ([left, right]) => {
      const a = asArray(left!);
      const b = asArray(right!);
      if (a === null || b === null) return null;
      return b.values.some((value) => includes(a, value)) ? 1n : 0n;
    },
};

const scalarIn: ExprFunction = {
  names: ['scalar_in_array'],
  arity: [2, 2],
  isArrayArgument: (index) => index === 1,
  outputType: LONG,
  bind:
    () =>
    ([value, of]) => {
      const among = asArray(of!);
      if (among === null) return null;
      const hasNull = among.values.includes(null);
      if (value === null || value === undefined) return hasNull ? 1n : null;
      if (includes(among, value)) return 1n;
      return hasNull ? null : 0n;
    },
};

/** Results have the element type of the array that is changed. */
function changed(
  names: readonly string[],
  arrayAt: number,
  change: (array: ExprArray, other: ExprValue) => readonly ExprValue[],
  isArrayArgument: (index: number) => boolean = (index) => index === arrayAt,
): ExprFunction {
  return {
    names,
    arity: [2, 2],
    isArrayArgument,
    outputType: (types) => arrayType(types[arrayAt]),
    bind: () => (values) => {
      const of = asArray(values[arrayAt]!);
      if (of === null) return null;
      const result = change(of, values[1 - arrayAt]!);
      return new ExprArray(
        of.elementType,
        result.map((value) => castTo(value, of.elementType)),
      );
    },
  };
}

function distinct(values: readonly ExprValue[]): ExprValue[] {
  const kept: ExprValue[] = [];
  for (const value of values) if (!kept.some((other) => isSame(other, value))) kept.push(value);
  return kept.sort(compareElements);
}

/** Sets come out sorted, null first. */
function compareElements(a: ExprValue, b: ExprValue): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

const slice: ExprFunction = {
  names: ['array_slice'],
  arity: [2, 3],
  isArrayArgument: first,
  outputType: ([type]) => arrayType(type),
  bind:
    () =>
    ([value, from, to]) => {
      const of = asArray(value!);
      if (of === null) return null;
      const start = Number(asLong(from!) ?? 0n);
      const end = to === undefined || to === null ? of.values.length : Number(asLong(to) ?? 0n);
      if (start < 0 || start > of.values.length || start > end) return null;
      return new ExprArray(
        of.elementType,
        Array.from({ length: Math.min(end - start, MAX_SLICE) }, (_, i) => of.values[start + i] ?? null),
      );
    },
};

const MAX_SLICE = 1_000_000;

const toText: ExprFunction = {
  names: ['array_to_string'],
  arity: [2, 2],
  isArrayArgument: first,
  outputType: () => 'STRING',
  bind:
    () =>
    ([value, separator]) => {
      const of = asArray(value!);
      if (of === null || (of.values.length === 1 && of.values[0] === null)) return null;
      return of.values.map((element) => asText(element) ?? 'null').join(asText(separator!) ?? 'null');
    },
};

const fromText: ExprFunction = {
  names: ['string_to_array'],
  arity: [2, 2],
  outputType: () => 'ARRAY<STRING>',
  bind:
    () =>
    ([value, separator]) => {
      const text = asText(value!);
      if (text === null) return null;
      const pattern = asText(separator!);
      return new ExprArray('STRING', pattern === null ? [text] : linearRegex(pattern).split(text));
    },
};

const quantile: ExprFunction = {
  names: ['array_quantile'],
  arity: [2, 2],
  isArrayArgument: first,
  outputType: () => 'DOUBLE',
  bind: () =>
    strict(([value, rank]) => {
      const numbers = asArray(value!)!
        .values.map(asDouble)
        .filter((number) => number !== null)
        .sort((a, b) => a - b);
      const fraction = asDouble(rank!);
      if (numbers.length === 0 || fraction === null) return null;
      const place = fraction * (numbers.length - 1);
      const below = Math.max(0, Math.min(numbers.length - 1, Math.floor(place)));
      const above = Math.min(numbers.length - 1, below + 1);
      return numbers[below]! + (place - below) * (numbers[above]! - numbers[below]!);
    }),
};

function whole(
  name: string,
  outputType: (type: ExprType | null) => ExprType,
  apply: (value: ExprValue) => ExprValue,
): ExprFunction {
  return {
    names: [name],
    arity: [1, 1],
    isArrayArgument: first,
    outputType: ([type]) => outputType(type ?? null),
    bind:
      () =>
      ([value]) =>
        apply(value!),
  };
}

function asTexts(value: ExprValue): ExprArray | null {
  const of = asArray(value);
  return of === null ? null : new ExprArray('STRING', of.values.map(asText));
}

/** Arrays within a multi-value string have no place. */
function toMultiValue(value: ExprValue): ExprValue {
  const texts = asTexts(value);
  if (value instanceof ExprArray && value.elementType.startsWith('ARRAY<')) {
    throw new ExpressionError('Function[array_to_mv] does not accept nested arrays');
  }
  return texts;
}

export const arrayFunctions: readonly ExprFunction[] = [
  makeArray,
  length,
  at('array_offset', 0),
  at('array_ordinal', 1),
  placeOf('array_offset_of', 0),
  placeOf('array_ordinal_of', 1),
  contains,
  overlap,
  scalarIn,
  changed(['array_append'], 0, (of, value) => [...of.values, value]),
  changed(['array_prepend'], 1, (of, value) => [value, ...of.values]),
  changed(['array_concat'], 0, (of, other) => [...of.values, ...(asArray(other)?.values ?? [])], both),
  changed(['array_set_add'], 0, (of, value) => distinct([...of.values, castTo(value, of.elementType)])),
  changed(
    ['array_set_add_all'],
    0,
    (of, other) =>
      distinct([...of.values, ...(asArray(other)?.values ?? []).map((value) => castTo(value, of.elementType))]),
    both,
  ),
  slice,
  toText,
  fromText,
  quantile,
  whole('mv_to_array', () => 'ARRAY<STRING>', asTexts),
  whole('array_to_mv', () => 'ARRAY<STRING>', toMultiValue),
  whole(
    'mv_harmonize_nulls',
    () => 'ARRAY<STRING>',
    (value) => {
      const texts = asTexts(value);
      return texts === null || texts.values.length === 0 ? new ExprArray('STRING', [null]) : texts;
    },
  ),
];
