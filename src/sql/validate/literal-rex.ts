import type { IntervalNode, LiteralNode, ParameterNode, Span } from '../syntax/ast.js';
import { errorAt } from '../syntax/token-stream.js';
import { invalidInput } from '../../common/druid-error.js';
import type { SqlParameter } from '../planned-statement.js';
import type { Rex, RexValue } from '../rex/rex.js';
import { makeType } from '../types/make-type.js';
import type { SqlType, SqlTypeName } from '../types/sql-type.js';
import type { Validation } from './validation.js';

const UNIT_MS: Readonly<Record<string, number>> = {
  WEEK: 604_800_000,
  DAY: 86_400_000,
  HOUR: 3_600_000,
  MINUTE: 60_000,
  SECOND: 1000,
};
const UNIT_MONTHS: Readonly<Record<string, number>> = { YEAR: 12, QUARTER: 3, MONTH: 1 };

export function literal(value: RexValue, type: SqlType): Rex {
  return { kind: 'literal', value, type };
}

/** @throws DruidError with Calcite's text for numbers and dates that no type holds */
export function literalRex(node: LiteralNode): Rex {
  const { text, at } = node;
  switch (node.type) {
    case 'null':
      return literal(null, makeType('NULL', true));
    case 'boolean':
      return text === 'UNKNOWN'
        ? literal(null, makeType('BOOLEAN', true))
        : literal(text === 'TRUE', makeType('BOOLEAN'));
    case 'string':
      return literal(text, makeType('CHAR', false, { precision: text.length }));
    case 'integer':
    case 'decimal':
      return exactNumber(text, at);
    case 'approximate':
      return literal(Number(text), makeType('DOUBLE'));
    case 'binary':
      throw invalidInput(
        `Cannot handle literal [X'${text}':BINARY(${Math.ceil(text.length / 2)})] of unsupported type [BINARY].`,
        { sourceType: 'sql' },
      );
    case 'date':
      return literal(dateMs(text, at), makeType('DATE'));
    case 'timestamp':
      return literal(timestampMs(text, at), makeType('TIMESTAMP', false, { precision: 3 }));
    case 'time':
      return literal(text, makeType('TIME'));
  }
}

function exactNumber(text: string, at: Span): Rex {
  if (!text.includes('.')) {
    const value = BigInt(text);
    if (value > 9223372036854775807n) throw errorAt(`Numeric literal '${text}' out of range`, at);
    return literal(value, makeType(value > 2147483647n ? 'BIGINT' : 'INTEGER'));
  }
  const digits = text.replace('.', '').replace(/^0+/, '');
  const scale = text.length - text.indexOf('.') - 1;
  const precision = Math.max(digits.length, scale, 1);
  if (precision > 19) throw errorAt(`Numeric literal '${text}' out of range`, at);
  return literal(Number(text), makeType('DECIMAL', false, { precision, scale }));
}

function dateMs(text: string, at: Span): bigint {
  const found = /^\s*(\d{1,4})-(\d{1,2})-(\d{1,2})\s*$/.exec(text);
  const ms = found === null ? Number.NaN : utc(found[1]!, found[2]!, found[3]!);
  if (Number.isNaN(ms)) throw errorAt(`Illegal DATE literal '${text}': not in format 'yyyy-MM-dd'`, at);
  return BigInt(ms);
}

function timestampMs(text: string, at: Span): bigint {
  const found = /^\s*(\d{1,4})-(\d{1,2})-(\d{1,2})(?:[ T](\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d+))?)?)?\s*$/.exec(
    text,
  );
  const day = found === null ? Number.NaN : utc(found[1]!, found[2]!, found[3]!);
  const [hour, minute, second] = [4, 5, 6].map((i) => Number(found?.[i] ?? 0)) as [number, number, number];
  if (Number.isNaN(day) || hour > 23 || minute > 59 || second > 59) {
    throw errorAt(`Illegal TIMESTAMP literal '${text}': not in format 'yyyy-MM-dd HH:mm:ss'`, at);
  }
  const millis = Number((found?.[7] ?? '').slice(0, 3).padEnd(3, '0'));
  return BigInt(day + hour * 3_600_000 + minute * 60_000 + second * 1000 + millis);
}

function utc(year: string, month: string, day: string): number {
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  return date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day) ? date.getTime() : Number.NaN;
}

/** Milliseconds of day-time intervals, months of year-month ones; the type's `complexName` is the qualifier. */
export function intervalRex(node: IntervalNode): Rex {
  const qualifier = node.to === null ? node.from : `${node.from} TO ${node.to}`;
  const illegal = (): Error =>
    errorAt(`Illegal interval literal format '${node.text}' for INTERVAL ${qualifier}`, node.at);
  const text = node.text.trim();
  const negative = text.startsWith('-') !== node.negative;
  const digits = text.replace(/^[+-]/, '');
  const sign = (value: number): bigint => BigInt(negative ? -value : value);
  if (node.from in UNIT_MONTHS) {
    const parts = digits.split('-').map(Number);
    if (parts.some((p) => !Number.isInteger(p)) || parts.length !== (node.to === null ? 1 : 2)) throw illegal();
    const months = parts[0]! * UNIT_MONTHS[node.from]! + (parts[1] ?? 0);
    return literal(sign(months), makeType('INTERVAL_YEAR_MONTH', false, { complexName: qualifier }));
  }
  const order = ['DAY', 'HOUR', 'MINUTE', 'SECOND'];
  const from = node.from === 'WEEK' ? 0 : order.indexOf(node.from);
  const units =
    node.from === 'WEEK' ? ['WEEK'] : order.slice(from, node.to === null ? from + 1 : order.indexOf(node.to) + 1);
  const parts = digits.split(/[ :]/).map(Number);
  if (parts.length !== units.length || parts.some((p) => Number.isNaN(p))) throw illegal();
  const ms = parts.reduce((sum, part, i) => sum + part * UNIT_MS[units[i]!]!, 0);
  return literal(sign(Math.trunc(ms)), makeType('INTERVAL_DAY_TIME', false, { complexName: qualifier }));
}

/** The value bound to a `?`, as a literal of the type given. @throws DruidError `No value bound for parameter (position [1])` */
export function parameterRex(node: ParameterNode, validation: Validation): Rex {
  const parameter = validation.parameters[node.index];
  if (parameter === undefined) {
    if (!validation.allowUnboundParameters) {
      throw invalidInput(`No value bound for parameter (position [${node.index + 1}])`, { sourceType: 'sql' });
    }
    const type = makeType('ANY', true);
    validation.parameterTypes.set(node.index, type);
    return literal(null, type);
  }
  const rex = parameterLiteral(parameter);
  validation.parameterTypes.set(node.index, rex.type);
  if (isDynamic(parameter)) dynamicParameters.add(rex);
  return rex;
}

/** Parameters that Druid binds late: they may not stand alone in SELECT. */
const dynamicParameters = new WeakSet<Rex>();

export function isDynamicParameter(rex: Rex): boolean {
  return dynamicParameters.has(rex);
}

function isDynamic({ type, value }: SqlParameter): boolean {
  return value !== null && (type === 'DATE' || (type === 'TIMESTAMP' && typeof value === 'string'));
}

function parameterLiteral({ type, value }: SqlParameter): Rex {
  if (value === null || value === undefined) return literal(null, makeType('NULL', true));
  const name = type.toUpperCase();
  const zero: Span = { line: 1, column: 1, endLine: 1, endColumn: 1 };
  switch (name) {
    case 'TINYINT':
    case 'SMALLINT':
    case 'INTEGER':
    case 'BIGINT':
      return literal(toBigint(value), makeType(name));
    case 'FLOAT':
    case 'REAL':
    case 'DOUBLE':
    case 'DECIMAL':
    case 'NUMERIC':
      return literal(Number(value), makeType('DOUBLE'));
    case 'BOOLEAN':
      return literal(value === true || String(value).toLowerCase() === 'true', makeType('BOOLEAN'));
    case 'TIMESTAMP': {
      const ms = typeof value === 'string' ? timestampMs(value, zero) : toBigint(value);
      return literal(ms, makeType('TIMESTAMP', false, { precision: 3 }));
    }
    case 'DATE':
      return literal(typeof value === 'string' ? dateMs(value, zero) : toBigint(value), makeType('DATE'));
    case 'ARRAY':
      return arrayLiteral(value);
    default: {
      const text = typeof value === 'string' ? value : JSON.stringify(value);
      return literal(text, makeType('CHAR', false, { precision: text.length }));
    }
  }
}

function toBigint(value: unknown): bigint {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'string' && /^[+-]?\d+$/.test(value)) return BigInt(value);
  if (typeof value === 'number' && Number.isFinite(value)) return BigInt(Math.trunc(value));
  throw invalidInput(`Invalid parameter value [${String(value)}]`, { sourceType: 'sql' });
}

/** `ARRAY[…]` of literals. */
function arrayLiteral(value: unknown): Rex {
  const items = Array.isArray(value) ? (value as readonly unknown[]) : [value];
  const operands = items.map((item): Rex => {
    if (item === null) return literal(null, makeType('NULL', true));
    if (typeof item === 'string') return literal(item, makeType('VARCHAR'));
    if (typeof item === 'boolean') return literal(item, makeType('BOOLEAN'));
    if (typeof item === 'bigint') return literal(item, makeType('BIGINT'));
    if (typeof item === 'number' && Number.isInteger(item)) return literal(BigInt(item), makeType('BIGINT'));
    return literal(Number(item), makeType('DOUBLE'));
  });
  const first: SqlTypeName = operands.find((o) => o.type.name !== 'NULL')?.type.name ?? 'VARCHAR';
  const element = makeType(first, true);
  return { kind: 'call', operator: 'ARRAY', operands, type: makeType('ARRAY', false, { element }) };
}
