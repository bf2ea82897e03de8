import { makeType, withNullable } from '../types/make-type.js';
import type { SqlType } from '../types/sql-type.js';
import {
  arithmeticType,
  isDatetime,
  isInteger,
  isInterval,
  isNullLiteral,
  isNumeric,
  isText,
  leastRestrictive,
  typeText,
} from '../types/type-families.js';
import { callText, stringText } from '../lower/native-text.js';
import { type CatalogFunction, define, type Translate } from './define.js';
import type { Operand, SqlFunction } from './sql-function.js';

type Resolution = ReturnType<SqlFunction['resolve']>;

const BOOLEAN = makeType('BOOLEAN');

/** Operators of expressions. @source Druid `DruidOperatorTable.java`, Calcite `SqlStdOperatorTable` */
export const OPERATORS: readonly CatalogFunction[] = [
  arithmetic('+'),
  arithmetic('-'),
  arithmetic('*'),
  arithmetic('/'),
  arithmetic('%'),
  define(
    'MINUS_PREFIX',
    'N',
    ([operand]) => operand!.type,
    ({ args }) => `-(${args[0]})`,
  ),
  define('||', 'S S', 'VARCHAR', 'concat'),
  comparison('=', '=='),
  comparison('<>', '!='),
  comparison('<', '<'),
  comparison('<=', '<='),
  comparison('>', '>'),
  comparison('>=', '>='),
  comparison('IS DISTINCT FROM', 'isdistinctfrom'),
  comparison('IS NOT DISTINCT FROM', 'notdistinctfrom'),
  define('AND', 'B *', 'BOOLEAN', ({ args }) => `(${args.join(' && ')})`),
  define('OR', 'B *', 'BOOLEAN', ({ args }) => `(${args.join(' || ')})`),
  define('NOT', 'B', 'BOOLEAN', ({ args }) => `(! ${args[0]})`),
  test('IS NULL', 'X', 'isnull'),
  test('IS NOT NULL', 'X', 'notnull'),
  test('IS UNKNOWN', 'B', 'isnull'),
  test('IS NOT UNKNOWN', 'B', 'notnull'),
  test('IS TRUE', 'B', 'istrue'),
  test('IS NOT TRUE', 'B', 'nottrue'),
  test('IS FALSE', 'B', 'isfalse'),
  test('IS NOT FALSE', 'B', 'notfalse'),
  define('LIKE', 'S S | S', 'BOOLEAN', 'like'),
  define('NOT LIKE', 'S S | S', 'BOOLEAN', ({ args }) => `(! ${callText('like', ...args)})`),
  define('SIMILAR TO', 'S S | S', 'BOOLEAN'),
  { ...define('CASE', 'X X *', 'ANY', caseText), resolve: resolveCase },
  define('ROW', 'X *', (operands) => rowType(operands)),
];

function arithmetic(operator: string): CatalogFunction {
  const translate: Translate = ({ args, operands, timeZone }) => {
    const [left, right] = operands;
    if (right !== undefined && isInterval(right.type)) return shifted(operator, args[0]!, right, timeZone);
    if (left !== undefined && isInterval(left.type)) return shifted(operator, args[1]!, left, timeZone);
    return `(${args[0]} ${operator} ${args[1]})`;
  };
  return {
    ...define(operator, 'X X', 'ANY', translate),
    resolve: (operands) => resolveArithmetic(operator, operands),
  };
}

/** Day-time intervals are milliseconds; months follow the calendar of the zone. @source Druid `TimeArithmeticOperatorConversion.java` */
function shifted(
  operator: string,
  time: string,
  interval: { readonly kind: string; readonly type: SqlType },
  timeZone: string,
): string {
  const value = 'value' in interval ? (interval.value as bigint) : 0n;
  if (interval.type.name === 'INTERVAL_DAY_TIME') return `(${time} ${operator} ${value})`;
  return callText(
    'timestamp_shift',
    time,
    stringText(`P${value}M`),
    operator === '-' ? '-1' : '1',
    stringText(timeZone),
  );
}

function resolveArithmetic(operator: string, operands: readonly Operand[]): Resolution {
  const [left, right] = operands.map(({ type }) => type) as [SqlType, SqlType];
  const nullable = left.nullable || right.nullable;
  if (isDatetime(left) && isInterval(right)) {
    const isDate = left.name === 'DATE' && right.complexName !== null && !/HOUR|MINUTE|SECOND/.test(right.complexName);
    const type = isDate ? left : makeType('TIMESTAMP', false, { precision: 3 });
    return { type: withNullable(type, nullable), coerced: [left, right] };
  }
  if (isInterval(left) && isDatetime(right)) return { type: withNullable(right, nullable), coerced: [left, right] };
  if (operator === '*' && isInterval(left) && isNumeric(right)) return { type: left, coerced: [left, right] };
  if (operator === '-' && isDatetime(left) && isDatetime(right)) {
    return { type: makeType('BIGINT', nullable), coerced: [left, right] };
  }
  const [first, second] = [asNumber(left, right), asNumber(right, left)];
  if (first === undefined || second === undefined) {
    const types = `${typeText(left)} ${operator} ${typeText(right)}`;
    const forms = `'<NUMERIC> ${operator} <NUMERIC>'\n'<DATETIME_INTERVAL> ${operator} <DATETIME_INTERVAL>'`;
    return { error: `Cannot apply '${operator}' to arguments of type '${types}'. Supported form(s): ${forms}` };
  }
  return { type: withNullable(arithmeticType(first, second), nullable), coerced: [first, second] };
}

/** Texts become numbers beside what they meet; a null takes the other's type. */
function asNumber(type: SqlType, other: SqlType): SqlType | undefined {
  if (isNumeric(type)) return type;
  if (isNullLiteral(type)) return isNumeric(other) ? withNullable(other, true) : makeType('INTEGER', true);
  if (isText(type))
    return isNumeric(other) && !isInteger(other)
      ? withNullable(other, type.nullable)
      : makeType('DOUBLE', type.nullable);
  return undefined;
}

function comparison(name: string, native: string): CatalogFunction {
  const isFunction = /^[a-z]/.test(native);
  const translate: Translate = ({ args }) =>
    isFunction ? callText(native, ...args) : `(${args[0]} ${native} ${args[1]})`;
  return {
    ...define(name, 'X X', 'BOOLEAN', translate),
    resolve: (operands) => resolveComparison(name, operands, isFunction),
  };
}

function resolveComparison(name: string, operands: readonly Operand[], isNeverNull: boolean): Resolution {
  const [left, right] = operands.map(({ type }) => type) as [SqlType, SqlType];
  const common = comparable(left, right);
  if (common === undefined) {
    const types = `${typeText(left)} ${name} ${typeText(right)}`;
    const forms = `'<COMPARABLE_TYPE> ${name} <COMPARABLE_TYPE>'`;
    return { error: `Cannot apply '${name}' to arguments of type '${types}'. Supported form(s): ${forms}` };
  }
  const nullable = !isNeverNull && (left.nullable || right.nullable);
  return { type: withNullable(BOOLEAN, nullable), coerced: common };
}

/** What both sides are compared as. */
function comparable(left: SqlType, right: SqlType): readonly [SqlType, SqlType] | undefined {
  if (isNullLiteral(left) || isNullLiteral(right)) return [left, right];
  if (left.name === right.name || (isText(left) && isText(right)) || (isNumeric(left) && isNumeric(right)))
    return [left, right];
  if (isText(left) && right.name !== 'ARRAY' && right.name !== 'OTHER') return [asOther(left, right), right];
  if (isText(right) && left.name !== 'ARRAY' && left.name !== 'OTHER') return [left, asOther(right, left)];
  if (isDatetime(left) && isDatetime(right)) {
    const time = makeType('TIMESTAMP', true, { precision: 3 });
    return [withNullable(time, left.nullable), withNullable(time, right.nullable)];
  }
  if ((isDatetime(left) && isNumeric(right)) || (isNumeric(left) && isDatetime(right))) return [left, right];
  if (left.name === 'BOOLEAN' && isNumeric(right)) return [withNullable(right, left.nullable), right];
  if (right.name === 'BOOLEAN' && isNumeric(left)) return [left, withNullable(left, right.nullable)];
  return undefined;
}

/** A text beside a value of another kind is read as such a one. */
function asOther(text: SqlType, other: SqlType): SqlType {
  if (isInteger(other)) return makeType(other.name === 'BIGINT' ? 'BIGINT' : other.name, text.nullable);
  return withNullable(other, text.nullable);
}

function test(name: string, signature: string, native: string): CatalogFunction {
  return define(name, signature, 'BOOLEAN', native, { nullable: 'never' });
}

function caseText({ args }: { readonly args: readonly string[] }): string {
  return callText('case_searched', ...args);
}

function resolveCase(operands: readonly Operand[]): Resolution {
  const values = operands.filter((_, i) => i % 2 === 1 || i === operands.length - 1).map(({ type }) => type);
  const type = leastRestrictive(values);
  if (type === undefined) return { error: 'Illegal mixing of types in CASE or COALESCE statement' };
  const coerced = operands.map((operand, i) => {
    if (i % 2 === 0 && i < operands.length - 1) return operand.type;
    return isNullLiteral(operand.type) ? withNullable(type, true) : withNullable(type, operand.type.nullable);
  });
  return { type, coerced };
}

function rowType(operands: readonly Operand[]): SqlType {
  const fields = operands.map(({ type }, i) => ({ name: `EXPR$${i}`, type }));
  return { ...makeType('ROW'), fields };
}
