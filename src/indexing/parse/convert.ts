/**
 * Raw field values to column types, by Druid's rules. A converter gets no null.
 * @source Druid `DimensionHandlerUtils.java`, `StringDimensionIndexer.java`, `Rows.objectToNumber`
 */
import { assertJsonDepth } from '../../common/json-read.js';
import { doubleToString } from '../../common/java-number.js';
import { jsonText } from '../../common/json-write.js';
import type { RowValue } from '../../segments/incremental/input-row.js';
import type { MetricInput } from '../../segments/incremental/metric-inputs.js';
import type { DimensionSchema, MultiValueHandling } from '../../segments/incremental/row-schema.js';
import { doubleToLong, exactLong, tryParseDouble, tryParseLong } from '../../vectors/number-text.js';
import { HugeNumber } from './huge-number.js';

export type Converter = (raw: unknown, errors: FieldErrors) => RowValue;

/** Fields of the current row that could not be converted. */
export class FieldErrors {
  count = 0;
  reason: string | undefined;

  clear(): void {
    this.count = 0;
    this.reason = undefined;
  }

  /** Always null, the value that the field gets. */
  add(reason: string): null {
    this.count++;
    this.reason ??= reason;
    return null;
  }
}

export function dimensionConverter(schema: DimensionSchema): Converter {
  const { name } = schema;
  switch (schema.type) {
    case 'STRING':
      return stringConverter(schema.multiValueHandling);
    case 'LONG':
      return (raw, errors) =>
        toLong(raw) ?? errors.add(`Could not convert value [${shown(raw)}] to long for dimension [${name}].`);
    case 'DOUBLE':
      return (raw, errors) =>
        toDouble(raw) ?? errors.add(`Could not convert value [${shown(raw)}] to double for dimension [${name}].`);
    case 'FLOAT':
      return (raw, errors) =>
        toDouble(raw) ?? errors.add(`Could not convert value [${shown(raw)}] to float for dimension [${name}].`);
    case 'JSON':
      return (raw, errors) => (cannotBeKept(raw) ? errors.add(unkept(raw, name)) : jsonText(raw));
    case 'AUTO':
      return (raw, errors) => (cannotBeKept(raw) ? errors.add(unkept(raw, name)) : raw);
  }
}

/** Images of sketches, which only stored rows have, stay as they are for metrics that merge them, and are null for others. */
export function metricConverter(input: MetricInput): Converter {
  const convert = valueConverter(input);
  return (raw, errors) => {
    if (!(raw instanceof Uint8Array)) return convert(raw, errors);
    return input.takesImages === true ? raw : null;
  };
}

function valueConverter({ fieldName, type }: MetricInput): Converter {
  switch (type) {
    case 'value':
      return stringConverter('ARRAY');
    case 'long':
      return (raw, errors) =>
        toMetricLong(raw) ?? errors.add(`Unable to parse value[${shown(raw)}] for field[${fieldName}]`);
    case 'double':
    case 'float':
      return (raw, errors) =>
        toMetricDouble(raw) ?? errors.add(`Unable to parse value[${shown(raw)}] for field[${fieldName}]`);
  }
}

function toLong(raw: unknown): number | bigint | undefined {
  switch (typeof raw) {
    case 'number':
      return Number.isSafeInteger(raw) ? raw : narrowed(doubleToLong(raw));
    case 'string': {
      const long = smallInteger(raw) ?? exactLong(raw);
      return long === null ? undefined : narrowed(long);
    }
    case 'bigint':
      return narrowed(BigInt.asIntN(64, raw));
    case 'boolean':
      return raw ? 1 : 0;
    default:
      return undefined;
  }
}

function toDouble(raw: unknown): number | undefined {
  switch (typeof raw) {
    case 'number':
      return raw;
    case 'string':
      return tryParseDouble(raw) ?? undefined;
    case 'bigint':
      return Number(raw);
    case 'boolean':
      return raw ? 1 : 0;
    default:
      return undefined;
  }
}

function toMetricLong(raw: unknown): number | bigint | undefined {
  if (typeof raw !== 'string') return typeof raw === 'boolean' ? undefined : toLong(raw);
  const number = metricText(raw);
  const long = smallInteger(number) ?? tryParseLong(number);
  if (long !== null) return narrowed(long);
  const double = tryParseDouble(number);
  return double === null ? undefined : narrowed(doubleToLong(double));
}

function toMetricDouble(raw: unknown): number | undefined {
  if (typeof raw !== 'string') return typeof raw === 'boolean' ? undefined : toDouble(raw);
  return tryParseDouble(metricText(raw)) ?? undefined;
}

/** Thousands separators and blanks around a number are forgiven in metrics. */
function metricText(raw: string): string {
  const text = raw.trim().replaceAll(',', '');
  return text.startsWith('+') ? text.slice(1) : text;
}

/** The everyday case without a regular expression or bigint: up to 15 digits. */
function smallInteger(text: string): number | null {
  const start = text.charCodeAt(0) === 45 ? 1 : 0;
  if (text.length === start || text.length > 15) return null;
  let value = 0;
  for (let i = start; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return null;
    value = value * 10 + digit;
  }
  return start === 1 && value !== 0 ? -value : value;
}

function narrowed(value: number | bigint): number | bigint {
  if (typeof value === 'number') return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function stringConverter(handling: MultiValueHandling): Converter {
  return (raw) => {
    if (typeof raw === 'string') return raw;
    if (Array.isArray(raw)) return toStrings(raw, handling);
    return toText(raw);
  };
}

/** null stays null, and so do objects and lists inside of lists: string dimensions have no place for them. */
function toText(raw: unknown): string | null {
  switch (typeof raw) {
    case 'string':
      return raw;
    case 'number':
      return Number.isSafeInteger(raw) ? String(raw) : doubleToString(raw);
    case 'bigint':
    case 'boolean':
      return String(raw);
    default:
      return raw instanceof HugeNumber ? String(raw) : null;
  }
}

/** A list of one is its value; an empty one has no value, not even null. */
function toStrings(raw: readonly unknown[], handling: MultiValueHandling): RowValue {
  if (raw.length === 0) return [];
  if (raw.length === 1) return toText(raw[0]);
  const texts = raw.map(toText);
  if (handling === 'ARRAY') return texts;
  texts.sort(nullsFirst);
  if (handling === 'SORTED_ARRAY') return texts;
  const distinct = texts.filter((text, i) => i === 0 || text !== texts[i - 1]);
  return distinct.length === 1 ? distinct[0] : distinct;
}

function nullsFirst(a: string | null, b: string | null): number {
  if (a === null) return b === null ? 0 : -1;
  if (b === null) return 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A value in an error message; lists and objects may be of any depth, so that only their kind is told. */
export function shown(raw: unknown): string {
  if (raw instanceof HugeNumber) return 'a number beyond the range of a double';
  return typeof raw !== 'object' || raw === null ? String(raw) : Array.isArray(raw) ? 'a list' : 'an object';
}

function unkept(raw: unknown, dimension: string): string {
  return `Could not keep value of dimension [${dimension}]: ${raw instanceof HugeNumber ? shown(raw) : 'it nests too deep'}.`;
}

function cannotBeKept(raw: unknown): boolean {
  if (typeof raw !== 'object') return false;
  if (raw instanceof HugeNumber) return true;
  try {
    assertJsonDepth(raw);
    return false;
  } catch {
    return true;
  }
}
