/** Reads typed fields out of spec JSON; what is wrong is said in the words of Druid's (Jackson's) answers. */
import { DruidError, invalidInput } from '../../common/druid-error.js';
import { parseIsoInstant } from '../../common/iso-time.js';
import { parsePeriodMs } from '../../common/period.js';

export type JsonObject = Readonly<Record<string, unknown>>;

/** @param javaClass the class that Druid would have failed to build */
export function cannotConstruct(javaClass: string, problem: string): DruidError {
  return invalidInput(`Cannot construct instance of \`${javaClass}\`, problem: ${problem}`);
}

/** Something that Druid has and Millrace does not (yet): status 501. */
export function unsupported(message: string): DruidError {
  return new DruidError(message, { category: 'UNSUPPORTED' });
}

/** An unknown `type`: Druid's advice and its list of known ones. */
export function unknownType(type: string, javaClass: string, known: readonly string[]): DruidError {
  return invalidInput(
    `Please make sure to load all the necessary extensions and jars with type '${type}' on 'druid/coordinator' service. ` +
      `Could not resolve type id '${type}' as a subtype of \`${javaClass}\` known type ids = [${known.join(', ')}]`,
  );
}

export function missingType(javaClass: string): DruidError {
  return invalidInput(
    `Could not resolve subtype of [simple type, class ${javaClass}]: missing type id property 'type'`,
  );
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The `type` of a polymorphic object. @throws DruidError INVALID_INPUT when there is none */
export function typeOf(value: unknown, javaClass: string): string {
  const type = isObject(value) ? value['type'] : undefined;
  if (typeof type !== 'string') throw missingType(javaClass);
  return type;
}

function wrongType(javaType: string, key: string, value: unknown): DruidError {
  const shown =
    typeof value === 'string'
      ? `String "${value}"`
      : Array.isArray(value)
        ? 'Array value'
        : isObject(value)
          ? 'Object value'
          : `value ${String(value)}`;
  return invalidInput(
    `Cannot deserialize value of type \`${javaType}\` from ${shown} (through reference chain: ["${key}"])`,
  );
}

/** undefined when absent or null. */
export function optionalObject(from: JsonObject, key: string): JsonObject | undefined {
  const value = from[key];
  if (value === undefined || value === null) return undefined;
  if (!isObject(value)) throw wrongType('java.util.Map', key, value);
  return value;
}

export function optionalArray(from: JsonObject, key: string): readonly unknown[] | undefined {
  const value = from[key];
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) throw wrongType('java.util.ArrayList', key, value);
  return value;
}

/** Numbers and booleans are taken as their text, as Jackson does. */
export function optionalString(from: JsonObject, key: string): string | undefined {
  const value = from[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'object') throw wrongType('java.lang.String', key, value);
  return String(value);
}

export function stringArray(from: JsonObject, key: string): readonly string[] | undefined {
  return optionalArray(from, key)?.map((value) => {
    if (typeof value === 'object') throw wrongType('java.lang.String', key, value);
    return String(value);
  });
}

export function boolean(from: JsonObject, key: string, fallback: boolean): boolean {
  const value = from[key];
  if (value === undefined || value === null) return fallback;
  if (typeof value === 'boolean') return value;
  if (value === 'true' || value === 'false') return value === 'true';
  throw wrongType('java.lang.Boolean', key, value);
}

const INT = { name: 'int', javaClass: 'java.lang.Integer', min: -(2 ** 31), max: 2 ** 31 - 1 };
const LONG = { name: 'long', javaClass: 'java.lang.Long', min: -(2 ** 63), max: 2 ** 63 };

/** A whole number of 32 bits, also as text; a fraction is cut off. */
export function optionalInteger(from: JsonObject, key: string): number | undefined {
  return wholeNumber(from, key, INT);
}

/** A whole number of 64 bits, as exact as a double, also as text; a fraction is cut off. */
export function optionalLong(from: JsonObject, key: string): number | undefined {
  return wholeNumber(from, key, LONG);
}

function wholeNumber(from: JsonObject, key: string, type: typeof INT): number | undefined {
  const value = from[key];
  if (value === undefined || value === null) return undefined;
  const parsed = typeof value === 'string' && /^\s*[+-]?\d+\s*$/.test(value) ? Number(value) : value;
  if (typeof parsed !== 'number' || !Number.isFinite(parsed)) throw wrongType(type.javaClass, key, value);
  const whole = Math.trunc(parsed);
  if (whole >= type.min && whole <= type.max) return whole;
  const range = type === INT ? `${INT.min} - ${INT.max}` : '-9223372036854775808 - 9223372036854775807';
  throw invalidInput(
    `Numeric value (${String(value)}) out of range of ${type.name} (${range}) (through reference chain: ["${key}"])`,
  );
}

export function integer(from: JsonObject, key: string, fallback: number): number {
  return optionalInteger(from, key) ?? fallback;
}

export function long(from: JsonObject, key: string, fallback: number): number {
  return optionalLong(from, key) ?? fallback;
}

/** Milliseconds of an ISO period (`PT1H`) or of a plain number. */
export function optionalPeriodMs(from: JsonObject, key: string): number | undefined {
  const value = from[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number') return value;
  const ms = typeof value === 'string' ? parsePeriodMs(value) : undefined;
  if (ms === undefined) throw wrongType('org.joda.time.Period', key, value);
  return ms;
}

export function periodMs(from: JsonObject, key: string, fallback: number): number {
  return optionalPeriodMs(from, key) ?? fallback;
}

/** Epoch ms of an ISO instant or of a number. */
export function optionalInstant(from: JsonObject, key: string): number | undefined {
  const value = from[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number') return value;
  const ms = typeof value === 'string' ? parseIsoInstant(value) : undefined;
  if (ms === undefined) throw wrongType('org.joda.time.DateTime', key, value);
  return ms;
}
