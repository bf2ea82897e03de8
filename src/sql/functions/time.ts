import { invalidInput } from '../../common/druid-error.js';
import { parsePeriod } from '../../common/period.js';
import { makeType, withNullable } from '../types/make-type.js';
import type { SqlType } from '../types/sql-type.js';
import { isDatetime, isNumeric } from '../types/type-families.js';
import { callText, stringText, unquoted } from '../lower/native-text.js';
import { alias, type CatalogFunction, define, type NativeCall } from './define.js';
import type { Operand } from './sql-function.js';

const ALWAYS = { nullable: 'always' } as const;

/** Periods of the units of FLOOR, CEIL and DATE_TRUNC. @source Druid `TimeUnits.java` */
const UNIT_PERIODS: Readonly<Record<string, string>> = {
  MILLISECOND: 'PT0.001S',
  MILLISECONDS: 'PT0.001S',
  SECOND: 'PT1S',
  MINUTE: 'PT1M',
  HOUR: 'PT1H',
  DAY: 'P1D',
  WEEK: 'P1W',
  MONTH: 'P1M',
  QUARTER: 'P3M',
  YEAR: 'P1Y',
  DECADE: 'P10Y',
  CENTURY: 'P100Y',
  MILLENNIUM: 'P1000Y',
};
const EXTRACTED: Readonly<Record<string, string>> = { WEEK: 'WEEK', ISODOW: 'DOW', DAYOFWEEK: 'DOW', DAYOFYEAR: 'DOY' };

/** @source reference sql.md section 6, time functions */
export const TIME_FUNCTIONS: readonly CatalogFunction[] = [
  define('CURRENT_TIMESTAMP', '| I', 'TIMESTAMP', ({ nowMs }) => String(nowMs), { niladic: true, nullable: 'never' }),
  define('LOCALTIMESTAMP', '| I', 'TIMESTAMP', ({ nowMs }) => String(nowMs), { niladic: true, nullable: 'never' }),
  define('LOCALTIME', '', 'TIME', undefined, { niladic: true, nullable: 'never' }),
  define('CURRENT_TIME', '', 'TIME', undefined, { niladic: true, nullable: 'never' }),
  define(
    'CURRENT_DATE',
    '',
    'DATE',
    ({ nowMs, timeZone }) => callText('timestamp_floor', String(nowMs), `'P1D'`, 'null', stringText(timeZone)),
    {
      niladic: true,
      nullable: 'never',
    },
  ),
  define('DATE_TRUNC', 'S T', 'TIMESTAMP', ({ args, timeZone }) =>
    callText(
      'timestamp_floor',
      args[1]!,
      stringText(unitPeriod(unquoted(args[0]!) ?? '')),
      'null',
      stringText(timeZone),
    ),
  ),
  define('TIME_FLOOR', 'T S | X S', 'TIMESTAMP', (call) => rounded('timestamp_floor', call)),
  define('TIME_CEIL', 'T S | X S', 'TIMESTAMP', (call) => rounded('timestamp_ceil', call)),
  define('TIME_SHIFT', 'T S I | S', 'TIMESTAMP', ({ args, timeZone }) =>
    callText('timestamp_shift', args[0]!, args[1]!, args[2]!, args[3] ?? stringText(timeZone)),
  ),
  define('TIME_EXTRACT', 'T | S S', 'BIGINT', ({ args, timeZone }) =>
    callText('timestamp_extract', args[0]!, args[1] ?? `'EPOCH'`, args[2] ?? stringText(timeZone)),
  ),
  define(
    'TIME_PARSE',
    'S | S S',
    'TIMESTAMP',
    ({ args, timeZone }) => callText('timestamp_parse', args[0]!, args[1] ?? 'null', args[2] ?? stringText(timeZone)),
    ALWAYS,
  ),
  define(
    'TIME_FORMAT',
    'T | S S',
    'VARCHAR',
    ({ args, timeZone }) =>
      callText(
        'timestamp_format',
        args[0]!,
        args[1] ?? stringText(`yyyy-MM-dd'T'HH:mm:ss.SSSZZ`),
        args[2] ?? stringText(timeZone),
      ),
    ALWAYS,
  ),
  // Folding makes comparisons of it.
  define('TIME_IN_INTERVAL', 'T S', 'BOOLEAN'),
  define('MILLIS_TO_TIMESTAMP', 'N', 'TIMESTAMP', ({ args }) => args[0]!),
  define('TIMESTAMP_TO_MILLIS', 'T', 'BIGINT', ({ args }) => args[0]!),
  define('EXTRACT', 'Y T', 'BIGINT', extracted),
  define('FLOOR', 'X | Y', roundedType, (call) => floored('floor', 'timestamp_floor', call)),
  ...alias(
    define('CEIL', 'X | Y', roundedType, (call) => floored('ceil', 'timestamp_ceil', call)),
    'CEILING',
  ),
  define(
    'TIMESTAMPADD',
    'Y I T',
    ([, , time]) => withNullable(makeType('TIMESTAMP', false, { precision: 3 }), time!.type.nullable),
    added,
  ),
  define('TIMESTAMPDIFF', 'Y T T', 'INTEGER', difference),
  ...['YEAR', 'QUARTER', 'MONTH', 'WEEK', 'DAYOFYEAR', 'DAYOFMONTH', 'DAYOFWEEK', 'HOUR', 'MINUTE', 'SECOND'].map(
    (unit) =>
      define(unit, 'T', 'BIGINT', ({ args, timeZone }) =>
        callText(
          'timestamp_extract',
          args[0]!,
          stringText(extractUnit(unit === 'DAYOFMONTH' ? 'DAY' : unit)),
          stringText(timeZone),
        ),
      ),
  ),
];

/** The period of a unit's name, in any case. */
function unitPeriod(unit: string): string {
  return UNIT_PERIODS[unit.toUpperCase()] ?? unit;
}

function extractUnit(unit: string): string {
  return EXTRACTED[unit] ?? unit;
}

/** @throws DruidError for a period that is none */
function rounded(native: string, { args, timeZone }: NativeCall): string {
  const text = callText(native, args[0]!, args[1]!, args[2] ?? 'null', args[3] ?? stringText(timeZone));
  const period = unquoted(args[1]!);
  if (period !== null && args[1]!.startsWith("'") && parsePeriod(period) === undefined) {
    const problem = `[Invalid format: "${period}"]`;
    throw invalidInput(`Invalid period['${period}'] specified for expression[${text}]: ${problem}`);
  }
  return text;
}

function symbolOf(call: NativeCall, i: number): string {
  const operand = call.operands[i];
  return operand?.kind === 'literal' ? String(operand.value).toUpperCase() : '';
}

function extracted(call: NativeCall): string {
  return callText(
    'timestamp_extract',
    call.args[1]!,
    stringText(extractUnit(symbolOf(call, 0))),
    stringText(call.timeZone),
  );
}

function roundedType([value, unit]: readonly Operand[]): SqlType {
  if (unit !== undefined || isDatetime(value!.type)) return value!.type;
  return isNumeric(value!.type) ? value!.type : makeType('DOUBLE', value!.type.nullable);
}

function floored(numeric: string, time: string, call: NativeCall): string {
  const { args, operands, timeZone } = call;
  if (operands.length === 1) return callText(numeric, args[0]!);
  return callText(time, args[0]!, stringText(unitPeriod(symbolOf(call, 1))), 'null', stringText(timeZone));
}

/** Units of fixed length are milliseconds, longer ones periods. */
function added(call: NativeCall): string {
  const [, count, time] = call.args as [string, string, string];
  const unit = symbolOf(call, 0).replace(/^SQL_TSI_/, '');
  const ms = { MILLISECOND: 1, SECOND: 1000, MINUTE: 60_000, HOUR: 3_600_000, DAY: 86_400_000, WEEK: 604_800_000 }[
    unit
  ];
  if (ms !== undefined) return `(${time} + (${ms} * ${count}))`;
  return callText('timestamp_shift', time, stringText(unitPeriod(unit)), count, stringText(call.timeZone));
}

/** @source Druid `TimestampDiff` rewriting by Calcite's `TimestampDiffConvertlet` */
function difference(call: NativeCall): string {
  const [, from, to] = call.args as [string, string, string];
  const unit = symbolOf(call, 0).replace(/^SQL_TSI_/, '');
  const ms = { SECOND: 1000, MINUTE: 60_000, HOUR: 3_600_000, DAY: 86_400_000, WEEK: 604_800_000 }[unit];
  if (ms !== undefined) return callText('div', `(${to} - ${from})`, String(ms));
  const months = callText('subtract_months', to, from, stringText(call.timeZone));
  if (unit === 'MONTH') return months;
  return callText('div', months, unit === 'QUARTER' ? '3' : '12');
}
