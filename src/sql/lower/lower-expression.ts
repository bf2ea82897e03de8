import type { Rex } from '../rex/rex.js';
import { notPlanned } from '../validate/planning-errors.js';
import type { LoweringContext, NativeExpression, NativeSignature } from './native-expression.js';
import { nativeTypeOf } from './native-type.js';
import { wallClockToUtc } from './wall-clock.js';

type Call = Extract<Rex, { kind: 'call' }>;
interface At {
  readonly signature: NativeSignature;
  readonly context: LoweringContext;
}

/** A typed expression in the native expression language. @source Druid `Expressions.toDruidExpression` */
export function lowerExpression(rex: Rex, signature: NativeSignature, context: LoweringContext): NativeExpression {
  const plain = { extractionFn: null, extractedColumn: null, virtualColumn: null };
  const direct = columnOf(rex, signature);
  if (direct !== null) return { ...plain, expression: quoted(direct.name), type: direct.type, column: direct.name };
  if (rex.kind === 'call' && rex.operator === 'JSON_VALUE') {
    const nested = nestedField(rex, signature);
    if (nested !== null) return { ...plain, ...nested, column: null };
  }
  return { ...plain, expression: text(rex, { signature, context }), type: nativeTypeOf(rex.type), column: null };
}

/** A column, maybe behind casts that change nothing natively. */
function columnOf(rex: Rex, signature: NativeSignature): NativeSignature[number] | null {
  if (rex.kind === 'input') return signature[rex.index] ?? null;
  if (rex.kind !== 'call' || (rex.operator !== 'CAST' && rex.operator !== 'TRY_CAST')) return null;
  const inner = columnOf(rex.operands[0]!, signature);
  const from = rex.operands[0]!.type;
  if (inner === null || nativeTypeOf(rex.type) !== inner.type) return null;
  const timeChange = rex.type.name === 'DATE' && from.name !== 'DATE';
  return timeChange ? null : inner;
}

function nestedField(
  rex: Call,
  signature: NativeSignature,
): Pick<NativeExpression, 'expression' | 'type' | 'virtualColumn'> | null {
  const [json, path] = rex.operands;
  const column = json === undefined ? null : columnOf(json, signature);
  if (column === null || path?.kind !== 'literal') return null;
  const expectedType = nativeTypeOf(rex.type);
  const virtualColumn = {
    type: 'nested-field',
    columnName: column.name,
    path: path.value,
    expectedType,
  };
  const expression = `json_value(${quoted(column.name)},${string(String(path.value))}, '${expectedType}')`;
  return { expression, type: expectedType, virtualColumn };
}

function quoted(name: string): string {
  return `"${name.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

function string(value: string): string {
  let out = "'";
  for (const c of value) {
    const code = c.codePointAt(0)!;
    if (c === "'" || c === '\\') out += `\\${c}`;
    else if (code < 32) out += `\\u${code.toString(16).padStart(4, '0')}`;
    else out += c;
  }
  return `${out}'`;
}

function double(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return `${value}.0`;
  return String(value).replace('e+', 'E').replace('e', 'E');
}

function text(rex: Rex, at: At): string {
  switch (rex.kind) {
    case 'input':
      return quoted(at.signature[rex.index]!.name);
    case 'literal':
      return literalText(rex, at);
    case 'call':
      return callText(rex, at);
    case 'over':
    case 'correlated':
      throw notPlanned(`SQL query requires '${rex.kind}' that is not supported.`);
  }
}

function literalText(rex: Extract<Rex, { kind: 'literal' }>, at: At): string {
  const { value, type } = rex;
  if (value === null) return 'null';
  if (typeof value === 'string') return string(value);
  if (typeof value === 'boolean') return value ? '1' : '0';
  if (typeof value === 'number') return double(value);
  if (typeof value === 'bigint') {
    const isTime = type.name === 'TIMESTAMP' || type.name === 'DATE';
    return String(isTime ? wallClockToUtc(value, at.context.timeZone) : value);
  }
  return `ARRAY${value.length === 0 ? '<STRING>' : ''}[${value.map((v) => literalText({ kind: 'literal', value: v, type }, at)).join(',')}]`;
}

const BINARY: Readonly<Record<string, string>> = {
  '+': '+',
  '-': '-',
  '*': '*',
  '/': '/',
  '%': '%',
  MOD: '%',
  '=': '==',
  '<>': '!=',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
};

/** Functions that only have another name. */
const RENAMED: Readonly<Record<string, string>> = {
  CHAR_LENGTH: 'strlen',
  'IS NULL': 'isnull',
  'IS NOT NULL': 'notnull',
  'IS TRUE': 'istrue',
  'IS NOT TRUE': 'nottrue',
  'IS FALSE': 'isfalse',
  'IS NOT FALSE': 'notfalse',
  'IS DISTINCT FROM': 'isdistinctfrom',
  'IS NOT DISTINCT FROM': 'notdistinctfrom',
  TEXTCAT: 'concat',
  '||': 'concat',
  CONCAT: 'concat',
  POWER: 'pow',
  CASE: 'case_searched',
  STRING_FORMAT: 'format',
  BITWISE_AND: 'bitwiseAnd',
  BITWISE_OR: 'bitwiseOr',
  BITWISE_XOR: 'bitwiseXor',
  BITWISE_SHIFT_LEFT: 'bitwiseShiftLeft',
  BITWISE_SHIFT_RIGHT: 'bitwiseShiftRight',
  BITWISE_COMPLEMENT: 'bitwiseComplement',
  BITWISE_CONVERT_DOUBLE_TO_LONG_BITS: 'bitwiseConvertDoubleToLongBits',
  BITWISE_CONVERT_LONG_BITS_TO_DOUBLE: 'bitwiseConvertLongBitsToDouble',
  ARRAY: 'array',
  CONTAINS_STRING: 'contains_string',
  MV_LENGTH: 'array_length',
  MV_OFFSET: 'array_offset',
  MV_ORDINAL: 'array_ordinal',
  MV_OFFSET_OF: 'array_offset_of',
  MV_ORDINAL_OF: 'array_ordinal_of',
  MV_APPEND: 'array_append',
  MV_PREPEND: 'array_prepend',
  MV_CONCAT: 'array_concat',
  MV_SLICE: 'array_slice',
  MV_TO_STRING: 'array_to_string',
  MV_CONTAINS: 'array_contains',
  MV_OVERLAP: 'array_overlap',
  MV_TO_ARRAY: 'mv_to_array',
  STRING_TO_MV: 'string_to_array',
};

const LN10 = 'log10';
const UNITS: Readonly<Record<string, string>> = {
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
const UNIT_MS: Readonly<Record<string, number>> = {
  SECOND: 1000,
  MINUTE: 60_000,
  HOUR: 3_600_000,
  DAY: 86_400_000,
  WEEK: 604_800_000,
};

function callText(rex: Call, at: At): string {
  const { operator, operands } = rex;
  const time = timeText(rex, at);
  if (time !== null) return time;
  switch (operator) {
    case 'AND':
    case 'OR':
      return `(${operands.map((o) => text(o, at)).join(operator === 'AND' ? ' && ' : ' || ')})`;
    case 'NOT':
      return `(! ${text(operands[0]!, at)})`;
    case 'MINUS_PREFIX':
      return `(- ${text(operands[0]!, at)})`;
    case 'CAST':
    case 'TRY_CAST':
      return castText(rex, at);
    case 'LIKE':
      return `like(${operands.map((o) => text(o, at)).join(',')})`;
    case 'ROW':
      throw notPlanned("SQL query requires 'ROW' operator that is not supported.");
    case 'SUBSTRING': {
      const [value, from, length] = operands.map((o) => text(o, at));
      const start = /^\d+$/.test(from!) ? String(Number(from) - 1) : `(${from} - 1)`;
      return `substring(${value}, ${start}, ${length ?? -1})`;
    }
    case 'POSITION': {
      const [x, s, from] = operands.map((o) => text(o, at));
      return from === undefined ? `(strpos(${s},${x}) + 1)` : `(strpos(${s},${x},(${from} - 1)) + 1)`;
    }
    case 'STRPOS':
      return `(strpos(${operands.map((o) => text(o, at)).join(',')}) + 1)`;
    case 'TRIM': {
      const [flag, chars, value] = operands as readonly [Rex, Rex, Rex];
      const name =
        flag.kind === 'literal' && flag.value === 'LEADING'
          ? 'ltrim'
          : flag.kind === 'literal' && flag.value === 'TRAILING'
            ? 'rtrim'
            : 'trim';
      return `${name}(${text(value, at)},${text(chars, at)})`;
    }
    case 'BTRIM':
      return `trim(${text(operands[0]!, at)},${operands[1] === undefined ? "' '" : text(operands[1], at)})`;
    case 'LTRIM':
    case 'RTRIM':
      return `${operator.toLowerCase()}(${text(operands[0]!, at)},${operands[1] === undefined ? "' '" : text(operands[1], at)})`;
    case 'LPAD':
    case 'RPAD':
      return `${operator.toLowerCase()}(${text(operands[0]!, at)},${text(operands[1]!, at)},${operands[2] === undefined ? "' '" : text(operands[2], at)})`;
    case 'ICONTAINS_STRING':
      return `icontains_string(${operands.map((o) => text(o, at)).join(',')})`;
    case 'LN':
      return `log(${text(operands[0]!, at)})`;
    case 'LOG10':
      return `${LN10}(${text(operands[0]!, at)})`;
    case 'PI':
      return 'pi()';
    case 'DEGREES':
      return `toDegrees(${text(operands[0]!, at)})`;
    case 'RADIANS':
      return `toRadians(${text(operands[0]!, at)})`;
    case 'COALESCE':
      return operands.length === 2
        ? `nvl(${operands.map((o) => text(o, at)).join(',')})`
        : `coalesce(${operands.map((o) => text(o, at)).join(',')})`;
    case 'NULLIF': {
      const [a, b] = operands.map((o) => text(o, at));
      return `case_searched((${a} == ${b}),null,${a})`;
    }
    case 'TRUNCATE': {
      const [x, digits] = operands.map((o) => text(o, at));
      if (digits === undefined) return `cast(cast(${x},'long'),'double')`;
      return `(cast(cast(${x} * ${10 ** Number(digits)},'long'),'double') / ${10 ** Number(digits)})`;
    }
    case 'JSON_VALUE':
      return `json_value(${operands
        .slice(0, 2)
        .map((o) => text(o, at))
        .join(',')}, '${nativeTypeOf(rex.type)}')`;
    default: {
      const binary = BINARY[operator];
      if (binary !== undefined) return `(${text(operands[0]!, at)} ${binary} ${text(operands[1]!, at)})`;
      return `${RENAMED[operator] ?? operator.toLowerCase()}(${operands.map((o) => text(o, at)).join(',')})`;
    }
  }
}

function castText(rex: Call, at: At): string {
  const [operand] = rex.operands as readonly [Rex];
  const [from, to] = [operand.type, rex.type];
  const inner = text(operand, at);
  const zone = `'${at.context.timeZone}'`;
  const isText = (name: string): boolean => name === 'CHAR' || name === 'VARCHAR';
  if ((to.name === 'TIMESTAMP' || to.name === 'DATE') && isText(from.name)) {
    const parsed = `timestamp_parse(${inner},null,${zone})`;
    return to.name === 'DATE' ? `timestamp_floor(${parsed},'P1D',null,${zone})` : parsed;
  }
  if (isText(to.name) && (from.name === 'TIMESTAMP' || from.name === 'DATE')) {
    const format = from.name === 'DATE' ? 'yyyy-MM-dd' : 'yyyy-MM-dd HH:mm:ss';
    return `timestamp_format(${inner},'${format}',${zone})`;
  }
  if (to.name === 'DATE' && from.name !== 'DATE') return `timestamp_floor(${inner},'P1D',null,${zone})`;
  const [native, wanted] = [nativeTypeOf(from), nativeTypeOf(to)];
  if (native === wanted && from.name !== 'NULL') return inner;
  return `CAST(${inner}, '${wanted === 'FLOAT' ? 'DOUBLE' : wanted}')`;
}

function symbolOf(rex: Rex | undefined): string {
  return rex?.kind === 'literal' ? String(rex.value).toUpperCase() : '';
}

/** Functions of time; null for all others. */
function timeText(rex: Call, at: At): string | null {
  const { operator, operands } = rex;
  const zone = `'${at.context.timeZone}'`;
  const arg = (i: number): string => (operands[i] === undefined ? 'null' : text(operands[i], at));
  const zoneArg = (i: number): string => (operands[i] === undefined ? zone : text(operands[i], at));
  switch (operator) {
    case 'FLOOR':
    case 'CEIL': {
      if (operands.length < 2) return null;
      const period = UNITS[symbolOf(operands[1])];
      if (period === undefined) return null;
      return `timestamp_${operator === 'FLOOR' ? 'floor' : 'ceil'}(${arg(0)},'${period}',null,${zone})`;
    }
    case 'DATE_TRUNC': {
      const period = UNITS[symbolOf(operands[0])];
      if (period === undefined)
        throw notPlanned(`Operator[DATE_TRUNC] cannot truncate to unit[${symbolOf(operands[0])}]`);
      return `timestamp_floor(${arg(1)},'${period}',null,${zone})`;
    }
    case 'TIME_FLOOR':
    case 'TIME_CEIL':
      return `timestamp_${operator === 'TIME_FLOOR' ? 'floor' : 'ceil'}(${arg(0)},${arg(1)},${arg(2)},${zoneArg(3)})`;
    case 'TIME_SHIFT':
      return `timestamp_shift(${arg(0)},${arg(1)},${arg(2)},${zoneArg(3)})`;
    case 'TIME_EXTRACT':
      return `timestamp_extract(${arg(0)},${arg(1)},${zoneArg(2)})`;
    case 'EXTRACT':
      return `timestamp_extract(${arg(1)},'${symbolOf(operands[0])}',${zone})`;
    case 'TIME_PARSE':
      return `timestamp_parse(${arg(0)},${arg(1)},${zoneArg(2)})`;
    case 'TIME_FORMAT':
      return `timestamp_format(${arg(0)},${operands[1] === undefined ? string("yyyy-MM-dd'T'HH:mm:ss.SSSZZ") : arg(1)},${zoneArg(2)})`;
    case 'MILLIS_TO_TIMESTAMP':
    case 'TIMESTAMP_TO_MILLIS':
      return arg(0);
    case 'TIMESTAMPADD':
      return `timestamp_shift(${arg(2)},'${UNITS[symbolOf(operands[0])] ?? 'PT1S'}',${arg(1)},${zone})`;
    case 'TIMESTAMPDIFF': {
      const unit = UNIT_MS[symbolOf(operands[0])];
      if (unit === undefined) return `subtract_months(${arg(2)},${arg(1)},${zone})`;
      return `div((${arg(2)} - ${arg(1)}),${unit})`;
    }
    case 'TIME_IN_INTERVAL':
      return intervalText(rex, at);
    case '+':
    case '-':
      return shiftText(rex, at);
    default:
      return null;
  }
}

function intervalText(rex: Call, at: At): string {
  const [time, interval] = rex.operands as readonly [Rex, Rex];
  const value = text(time, at);
  const bounds = interval.kind === 'literal' ? String(interval.value) : '';
  return `time_in_interval(${value},${string(bounds)})`;
}

/** Timestamp ± interval. */
function shiftText({ operator, operands }: Call, at: At): string | null {
  const [a, b] = operands as readonly [Rex, Rex];
  const [time, interval] = a.type.name.startsWith('INTERVAL') ? [b, a] : [a, b];
  if (!interval.type.name.startsWith('INTERVAL') || interval.kind !== 'literal') return null;
  if (interval.type.name === 'INTERVAL_DAY_TIME') {
    return `(${text(time, at)} ${operator} ${String(interval.value)})`;
  }
  const sign = operator === '-' ? '-1' : '1';
  return `timestamp_shift(${text(time, at)},'P${String(interval.value)}M',${sign},'${at.context.timeZone}')`;
}
