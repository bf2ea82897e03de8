/** How values of one type are seen as another. @source Druid `math/expr/ExprEval.java`, `Evals.java`, `ExpressionTypeConversion.java` */
import { doubleToString } from '../common/java-number.js';
import { JsonDouble, jsonDouble } from '../common/json-double.js';
import { jsonText } from '../common/json-write.js';
import { doubleToLong, tryParseDouble, tryParseLong } from '../vectors/number-text.js';
import { ExprArray, ExprComplex, type ExprType, type ExprValue, ExpressionError, typeOf } from './expr.js';

/** As a long: text is read as a long, else as a double that is cut off; null where it is no number. */
export function asLong(value: ExprValue): bigint | null {
  switch (typeof value) {
    case 'bigint':
      return value;
    case 'number':
      return doubleToLong(value);
    case 'string': {
      const truth = truthOf(value);
      if (truth !== null) return BigInt(truth);
      const long = tryParseLong(value.startsWith('+') ? value.slice(1) : value);
      if (long !== null) return long;
      const double = tryParseDouble(value);
      return double === null ? null : doubleToLong(double);
    }
    default:
      return value instanceof ExprArray && value.values.length === 1 ? asLong(value.values[0]!) : null;
  }
}

export function asDouble(value: ExprValue): number | null {
  switch (typeof value) {
    case 'bigint':
      return Number(value);
    case 'number':
      return value;
    case 'string':
      return truthOf(value) ?? tryParseDouble(value);
    default:
      return value instanceof ExprArray && value.values.length === 1 ? asDouble(value.values[0]!) : null;
  }
}

/** Texts of booleans are numbers too. @source Druid `math/expr/ExprEval.java` (computeNumber) */
function truthOf(text: string): 0 | 1 | null {
  if (text.length !== 4 && text.length !== 5) return null;
  const lower = text.toLowerCase();
  return lower === 'true' ? 1 : lower === 'false' ? 0 : null;
}

/** As a string: numbers as Java prints them; an array of one value is that value. */
export function asText(value: ExprValue): string | null {
  switch (typeof value) {
    case 'string':
      return value;
    case 'bigint':
      return String(value);
    case 'number':
      return doubleToString(value);
    default:
      if (value instanceof ExprArray) return arrayText(value);
      if (value === null) return null;
      return value.value instanceof Uint8Array ? base64(value.value) : jsonText(value.value);
  }
}

function arrayText(array: ExprArray): string | null {
  if (array.values.length === 1) return asText(array.values[0]!);
  return `[${array.values.map((value) => asText(value) ?? 'null').join(', ')}]`;
}

/** How sketches are shown. */
export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
}

/** true, false, or null for unknown: numbers above 0, the text "true" in any case. */
export function asBoolean(value: ExprValue): boolean | null {
  switch (typeof value) {
    case 'bigint':
      return value > 0n;
    case 'number':
      return value > 0;
    case 'string':
      return value.toLowerCase() === 'true';
    default:
      return null;
  }
}

export function fromBoolean(value: boolean | null): ExprValue {
  return value === null ? null : value ? 1n : 0n;
}

/** As an array: a scalar becomes an array of one; null stays null. */
export function asArray(value: ExprValue): ExprArray | null {
  if (value === null) return null;
  if (value instanceof ExprArray) return value;
  return new ExprArray(typeOf(value)!, [value]);
}

/** @throws ExpressionError for types that cannot be cast to each other */
export function castTo(value: ExprValue, type: ExprType): ExprValue {
  if (value === null) return null;
  if (type === 'LONG') return value instanceof ExprComplex ? invalidCast(value, type) : asLong(value);
  if (type === 'DOUBLE') return value instanceof ExprComplex ? invalidCast(value, type) : asDouble(value);
  if (type === 'STRING') return asText(value);
  if (type.startsWith('ARRAY<')) {
    const element = elementTypeOf(type);
    const array = value instanceof ExprComplex && Array.isArray(value.value) ? jsonArray(value.value) : asArray(value);
    if (array === null) return null;
    if (array.elementType === element) return array;
    return new ExprArray(
      element,
      array.values.map((part) => castTo(part, element)),
    );
  }
  if (value instanceof ExprComplex) return value;
  return type === 'COMPLEX<json>' ? new ExprComplex('json', plainJson(value)) : invalidCast(value, type);
}

function invalidCast(value: ExprValue, type: ExprType): never {
  throw new ExpressionError(`Invalid type, cannot cast [${typeOf(value) ?? 'null'}] to [${type}]`);
}

export function elementTypeOf(type: ExprType): ExprType {
  return type.slice('ARRAY<'.length, -1) as ExprType;
}

export function isArrayType(type: ExprType | null): type is `ARRAY<${string}>` {
  return type?.startsWith('ARRAY<') === true;
}

function jsonArray(values: readonly unknown[]): ExprArray {
  const parts = values.map(fromJson);
  const type = parts.reduce<ExprType | null>((common, part) => leastRestrictive(common, typeOf(part)), null);
  return new ExprArray(type ?? 'STRING', parts);
}

/** What a JSON value is in expressions: plain numbers that are whole are LONG. */
export function fromJson(value: unknown): ExprValue {
  if (value === null || value === undefined) return null;
  if (typeof value === 'bigint' || typeof value === 'string') return value;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof value === 'boolean') return value ? 1n : 0n;
  if (value instanceof JsonDouble) return value.value;
  return Array.isArray(value) ? jsonArray(value) : new ExprComplex('json', value);
}

/** A value as plain JSON data. */
export function plainJson(value: ExprValue): unknown {
  if (value instanceof ExprArray) return value.values.map(plainJson);
  if (value instanceof ExprComplex) return value.value;
  return typeof value === 'number' ? jsonDouble(value) : value;
}

/**
 * The type that values of both can be cast to without loss of meaning; an unknown type (of null) gives way.
 * @source Druid `ExpressionTypeConversion#leastRestrictiveType`
 */
export function leastRestrictive(left: ExprType | null, right: ExprType | null): ExprType | null {
  if (left === null || left === right) return right;
  if (right === null) return left;
  if (isArrayType(left) || isArrayType(right)) {
    const l = isArrayType(left) ? elementTypeOf(left) : left;
    const r = isArrayType(right) ? elementTypeOf(right) : right;
    return `ARRAY<${leastRestrictive(l, r) ?? 'STRING'}>`;
  }
  if (left.startsWith('COMPLEX<') || right.startsWith('COMPLEX<')) return 'COMPLEX<json>';
  if (left === 'STRING' || right === 'STRING') return 'STRING';
  return left === 'DOUBLE' || right === 'DOUBLE' ? 'DOUBLE' : 'LONG';
}

/** The type of `if`, `nvl`, `case`: STRING when any is a string, else LONG only when all are. */
export function commonType(types: readonly (ExprType | null)[]): ExprType | null {
  return types.reduce<ExprType | null>((common, type) => leastRestrictive(common, type), null);
}

/** The type of arithmetic: LONG of two longs, STRING of two strings, else DOUBLE; null while a side is unknown. */
export function arithmeticType(left: ExprType | null, right: ExprType | null): ExprType | null {
  if (left === null || right === null) {
    const known = left ?? right;
    return known === 'STRING' ? null : known;
  }
  if (isArrayType(left) || isArrayType(right)) return leastRestrictive(left, right);
  if (left === 'STRING' && right === 'STRING') return 'STRING';
  return left === 'LONG' && right === 'LONG' ? 'LONG' : 'DOUBLE';
}
