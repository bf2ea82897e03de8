/**
 * How functions are defined: operand kinds, type of the result, and what a call is in the native language, side by side.
 */
import type { Rex } from '../rex/rex.js';
import { makeType, withNullable } from '../types/make-type.js';
import type { SqlType, SqlTypeName } from '../types/sql-type.js';
import {
  isDatetime,
  isInteger,
  isInterval,
  isNullLiteral,
  isNumeric,
  isText,
  typeText,
} from '../types/type-families.js';
import type { Operand, SqlFunction } from './sql-function.js';

/** What lowering knows while a call is translated. */
export interface NativeCall {
  /** Native texts of the operands. */
  readonly args: readonly string[];
  readonly operands: readonly Rex[];
  readonly type: SqlType;
  /** Of the session. */
  readonly timeZone: string;
  readonly nowMs: number;
}

export type Translate = (call: NativeCall) => string;

export interface CatalogFunction extends SqlFunction {
  /** Absent for aggregates and window functions, and for what lowering knows by itself. */
  readonly translate: Translate | undefined;
  /** For documentation: `(CHARACTER, INTEGER)`. */
  readonly signature: string;
}

/**
 * Kinds of operands: S text, I integer, N number, T time, B boolean, A array, M text of several values or array, C complex, V interval, Y symbol, X anything. Behind `|` they may be left out; `*`
 * repeats the last one.
 */
type Signature = string;
export type Returns = SqlTypeName | ((operands: readonly Operand[]) => SqlType);

const KIND_NAMES: Readonly<Record<string, string>> = {
  S: 'CHARACTER',
  I: 'INTEGER',
  N: 'NUMERIC',
  T: 'TIMESTAMP',
  B: 'BOOLEAN',
  A: 'ARRAY',
  M: 'ARRAY',
  C: 'COMPLEX',
  V: 'INTERVAL',
  Y: 'SYMBOL',
  X: 'ANY',
};

interface Details {
  readonly kind?: SqlFunction['kind'];
  readonly niladic?: boolean;
  /** `any`: when an operand is; else always or never. */
  readonly nullable?: 'any' | 'always' | 'never';
}

/** @param native name of the native function that takes the same operands, or the translation */
export function define(
  name: string,
  signature: Signature,
  returns: Returns,
  native?: string | Translate,
  { kind = 'scalar', niladic = false, nullable = 'any' }: Details = {},
): CatalogFunction {
  const shape = readSignature(signature);
  return {
    name,
    kind,
    niladic,
    signature: shape.text,
    translate: typeof native === 'string' ? ({ args }) => `${native}(${args.join(',')})` : native,
    resolve(operands) {
      if (operands.length < shape.least || operands.length > shape.most) {
        return { error: countError(name, shape) };
      }
      const coerced: SqlType[] = [];
      for (const [i, { type }] of operands.entries()) {
        const to = accepted(type, shape.kinds[Math.min(i, shape.kinds.length - 1)]!);
        if (to === undefined) return { error: typeError(name, operands, shape.text) };
        coerced.push(to);
      }
      const result = typeof returns === 'function' ? returns(operands) : plainType(returns);
      const isNullable = nullable === 'any' ? operands.some(({ type }) => type.nullable) : nullable === 'always';
      return { type: typeof returns === 'function' ? result : withNullable(result, isNullable), coerced };
    },
  };
}

export function alias(of: CatalogFunction, ...names: readonly string[]): CatalogFunction[] {
  return [of, ...names.map((name) => ({ ...of, name }))];
}

export function plainType(name: SqlTypeName): SqlType {
  if (name === 'TIMESTAMP') return makeType('TIMESTAMP', false, { precision: 3 });
  return name === 'ARRAY' ? makeType('ARRAY', true, { element: makeType('VARCHAR', true) }) : makeType(name);
}

/** An array of texts, numbers or whatever. */
export function arrayOf(element: SqlType): SqlType {
  return makeType('ARRAY', true, { element: withNullable(element, true) });
}

interface Shape {
  readonly kinds: readonly string[];
  readonly least: number;
  readonly most: number;
  readonly text: string;
}

function readSignature(signature: Signature): Shape {
  const [required = '', optional = ''] = signature.replace('*', '').replaceAll(' ', '').split('|');
  const kinds = (required + optional).split('');
  const repeats = signature.includes('*');
  const names = kinds.map((kind) => KIND_NAMES[kind]!);
  return {
    kinds,
    least: required.length,
    most: repeats ? Number.POSITIVE_INFINITY : kinds.length,
    text: `(${names.join(', ')}${repeats ? ', ...' : ''})`,
  };
}

/** The type that the operand is taken as; undefined when it is not taken. */
function accepted(type: SqlType, kind: string): SqlType | undefined {
  if (kind === 'X' || isNullLiteral(type)) return type;
  switch (kind) {
    case 'S':
      if (isText(type)) return type;
      return type.name === 'ARRAY' || type.name === 'OTHER' || isInterval(type)
        ? undefined
        : withNullable(makeType('VARCHAR'), type.nullable);
    case 'I':
    case 'N':
      if (isNumeric(type)) return type;
      return isText(type) ? makeType(kind === 'I' ? 'BIGINT' : 'DOUBLE', true) : undefined;
    case 'T':
      if (isDatetime(type) || isInteger(type)) return type;
      return isText(type) ? makeType('TIMESTAMP', true, { precision: 3 }) : undefined;
    case 'B':
      return type.name === 'BOOLEAN' ? type : isNumeric(type) || isText(type) ? makeType('BOOLEAN', true) : undefined;
    case 'A':
      return type.name === 'ARRAY' ? type : undefined;
    case 'M':
      return type.name === 'ARRAY' || isText(type) || isNumeric(type) ? type : undefined;
    case 'C':
      return type.name === 'OTHER' || isText(type) ? type : undefined;
    case 'V':
      return isInterval(type) ? type : undefined;
    default:
      return type;
  }
}

function countError(name: string, { least, most }: Shape): string {
  const expected =
    most === Number.POSITIVE_INFINITY ? `at least ${least}` : least === most ? `${least}` : `${least} to ${most}`;
  return `Invalid number of arguments to function '${name}'. Was expecting ${expected} arguments`;
}

function typeError(name: string, operands: readonly Operand[], signature: string): string {
  const types = operands.map(({ type }) => typeText(type)).join(', ');
  const forms = `'${name}${signature.replaceAll(/[A-Z]+/g, (family) => `<${family}>`)}'`;
  return `Cannot apply '${name}' to arguments of type '${name}(${types})'. Supported form(s): ${forms}`;
}
