import { makeType, withNullable } from '../types/make-type.js';
import type { SqlType } from '../types/sql-type.js';
import { isNullLiteral, isNumeric, leastRestrictive } from '../types/type-families.js';
import { callText, stringText } from '../lower/native-text.js';
import { alias, type CatalogFunction, define, type NativeCall } from './define.js';
import type { Operand } from './sql-function.js';

const ALWAYS = { nullable: 'always' } as const;
const NEVER = { nullable: 'never' } as const;

const ownType = ([operand]: readonly Operand[]): SqlType => operand!.type;

/** `name(x)` and, where the engine gives a double whatever comes in, its type. */
function doubles(...names: readonly string[]): CatalogFunction[] {
  return names.map((name) => define(name, 'N', 'DOUBLE', name.toLowerCase()));
}

/** @source reference sql.md section 6, numeric functions */
export const NUMERIC_FUNCTIONS: readonly CatalogFunction[] = [
  ...doubles(
    'EXP',
    'LN',
    'LOG10',
    'SQRT',
    'SIN',
    'COS',
    'TAN',
    'COT',
    'ASIN',
    'ACOS',
    'ATAN',
    'DEGREES',
    'RADIANS',
  ).map((f) =>
    f.name === 'LN'
      ? define('LN', 'N', 'DOUBLE', 'log')
      : f.name === 'DEGREES'
        ? define('DEGREES', 'N', 'DOUBLE', 'toDegrees')
        : f.name === 'RADIANS'
          ? define('RADIANS', 'N', 'DOUBLE', 'toRadians')
          : f,
  ),
  define('ATAN2', 'N N', 'DOUBLE', 'atan2'),
  define('POWER', 'N N', 'DOUBLE', 'pow'),
  define('ABS', 'N', ownType, 'abs'),
  define('ROUND', 'N | I', ownType, 'round'),
  ...alias(define('TRUNCATE', 'N | I', ownType, truncated), 'TRUNC'),
  define(
    'MOD',
    'N N',
    ([a, b]) => withNullable(b!.type, a!.type.nullable || b!.type.nullable),
    ({ args }) => `(${args[0]} % ${args[1]})`,
  ),
  define('DIV', 'N N', 'BIGINT', 'div'),
  define(
    'SAFE_DIVIDE',
    'N N',
    ([a]) => withNullable(a!.type.name === 'INTEGER' ? makeType('INTEGER') : a!.type, true),
    'safe_divide',
  ),
  define('PI', '', 'DOUBLE', 'pi', NEVER),
  ...['AND', 'OR', 'XOR'].map((op) =>
    define(`BITWISE_${op}`, 'N N', 'BIGINT', `bitwise${op[0]}${op.slice(1).toLowerCase()}`),
  ),
  define('BITWISE_COMPLEMENT', 'N', 'BIGINT', 'bitwiseComplement'),
  define('BITWISE_SHIFT_LEFT', 'N N', 'BIGINT', 'bitwiseShiftLeft'),
  define('BITWISE_SHIFT_RIGHT', 'N N', 'BIGINT', 'bitwiseShiftRight'),
  define('BITWISE_CONVERT_DOUBLE_TO_LONG_BITS', 'N', 'BIGINT', 'bitwiseConvertDoubleToLongBits'),
  define('BITWISE_CONVERT_LONG_BITS_TO_DOUBLE', 'N', 'DOUBLE', 'bitwiseConvertLongBitsToDouble'),
  define('HUMAN_READABLE_BINARY_BYTE_FORMAT', 'N | I', 'VARCHAR', 'human_readable_binary_byte_format'),
  define('HUMAN_READABLE_DECIMAL_BYTE_FORMAT', 'N | I', 'VARCHAR', 'human_readable_decimal_byte_format'),
  define('HUMAN_READABLE_DECIMAL_FORMAT', 'N | I', 'VARCHAR', 'human_readable_decimal_format'),
];

/** @source Druid `TruncateOperatorConversion.java` */
function truncated({ args, operands, type }: NativeCall): string {
  const [value, digits] = args as [string, string | undefined];
  const cast = isIntegerType(type)
    ? (text: string) => `CAST(${text}, 'LONG')`
    : (text: string) => `CAST(CAST(${text}, 'LONG'), 'DOUBLE')`;
  if (digits === undefined || operands.length === 1)
    return isIntegerType(type) ? cast(value) : `CAST(CAST(${value}, 'LONG'), 'DOUBLE')`;
  const factor = 10 ** Number(digits);
  if (!Number.isFinite(factor))
    return `(CAST((CAST(${value}, 'DOUBLE') * pow(10,${digits})), 'LONG') / CAST(pow(10,${digits}), 'DOUBLE'))`;
  return `(cast((cast(${value},'DOUBLE') * ${factor.toFixed(1)}),'LONG') / ${factor.toFixed(1)})`;
}

function isIntegerType({ name }: SqlType): boolean {
  return name === 'BIGINT' || name === 'INTEGER' || name === 'SMALLINT' || name === 'TINYINT';
}

/** @source reference sql.md section 6, string functions */
export const STRING_FUNCTIONS: readonly CatalogFunction[] = [
  define('CONCAT', 'S *', 'VARCHAR', 'concat'),
  define('TEXTCAT', 'S S', 'VARCHAR', 'concat'),
  ...alias(define('CHAR_LENGTH', 'S', 'INTEGER', 'strlen'), 'CHARACTER_LENGTH', 'LENGTH', 'STRLEN'),
  define('LOWER', 'S', 'VARCHAR', 'lower'),
  define('UPPER', 'S', 'VARCHAR', 'upper'),
  define('REVERSE', 'S', 'VARCHAR', 'reverse', ALWAYS),
  define('REPEAT', 'S I', 'VARCHAR', 'repeat', ALWAYS),
  define('LEFT', 'S I', 'VARCHAR', 'left', ALWAYS),
  define('RIGHT', 'S I', 'VARCHAR', 'right', ALWAYS),
  ...alias(define('SUBSTRING', 'S I | I', 'VARCHAR', substring), 'SUBSTR'),
  define('POSITION', 'S S | I', 'INTEGER', position),
  define('STRPOS', 'S S', 'INTEGER', ({ args }) => `(strpos(${args.join(',')}) + 1)`),
  define('REPLACE', 'S S S', 'VARCHAR', 'replace'),
  define('TRIM', 'Y S S', 'VARCHAR', trimmed),
  define('BTRIM', 'S | S', 'VARCHAR', ({ args }) => callText('trim', args[0]!, args[1] ?? stringText(' '))),
  define('LTRIM', 'S | S', 'VARCHAR', ({ args }) => callText('ltrim', args[0]!, args[1] ?? stringText(' '))),
  define('RTRIM', 'S | S', 'VARCHAR', ({ args }) => callText('rtrim', args[0]!, args[1] ?? stringText(' '))),
  define(
    'LPAD',
    'S I | S',
    'VARCHAR',
    ({ args }) => callText('lpad', args[0]!, args[1]!, args[2] ?? stringText(' ')),
    ALWAYS,
  ),
  define(
    'RPAD',
    'S I | S',
    'VARCHAR',
    ({ args }) => callText('rpad', args[0]!, args[1]!, args[2] ?? stringText(' ')),
    ALWAYS,
  ),
  define('CONTAINS_STRING', 'S S', 'BOOLEAN', 'contains_string'),
  define('ICONTAINS_STRING', 'S S', 'BOOLEAN', 'icontains_string'),
  define('REGEXP_EXTRACT', 'S S | I', 'VARCHAR', 'regexp_extract', ALWAYS),
  define('REGEXP_LIKE', 'S S', 'BOOLEAN', 'regexp_like'),
  define('REGEXP_REPLACE', 'S S S', 'VARCHAR', 'regexp_replace', ALWAYS),
  define('PARSE_LONG', 'S | I', 'BIGINT', 'parse_long', ALWAYS),
  define('STRING_FORMAT', 'S X *', 'VARCHAR', 'format', ALWAYS),
  define('LOOKUP', 'S S | S', 'VARCHAR', 'lookup', ALWAYS),
  define('DECODE_BASE64_UTF8', 'S', 'VARCHAR', 'decode_base64_utf8', ALWAYS),
  ...alias(
    define('DECODE_BASE64_COMPLEX', 'S S', ([type]) => complexType(type), 'complex_decode_base64', ALWAYS),
    'COMPLEX_DECODE_BASE64',
  ),
  define('IPV4_MATCH', 'X S', 'BOOLEAN', 'ipv4_match'),
  define('IPV4_PARSE', 'X', 'INTEGER', 'ipv4_parse', ALWAYS),
  define('IPV4_STRINGIFY', 'X', 'VARCHAR', 'ipv4_stringify', ALWAYS),
  define('IPV6_MATCH', 'S S', 'BOOLEAN', 'ipv6_match'),
];

/** SQL counts from 1. @source Druid `SubstringOperatorConversion.java` */
function substring({ args, operands }: NativeCall): string {
  const [, from] = operands;
  const isConstant = from?.kind === 'literal' && typeof from.value === 'bigint';
  const start = isConstant ? String(Number(from.value) - 1) : `(${args[1]} - 1)`;
  return callText('substring', args[0]!, start, args[2] ?? '-1');
}

/** @source Druid `PositionOperatorConversion.java` */
function position({ args }: NativeCall): string {
  const [needle, text, from] = args as [string, string, string | undefined];
  const start = from === undefined ? '0' : `(${from} - 1)`;
  return `(strpos(${text},${needle}${from === undefined ? '' : `,${start}`}) + 1)`;
}

function trimmed({ args, operands }: NativeCall): string {
  const [side] = operands;
  const name = side?.kind === 'literal' ? String(side.value) : 'BOTH';
  const native = name === 'LEADING' ? 'ltrim' : name === 'TRAILING' ? 'rtrim' : 'trim';
  return callText(native, args[2]!, args[1]!);
}

function complexType(operand: Operand | undefined): SqlType {
  const { literal } = operand ?? {};
  const complexName = literal?.kind === 'literal' ? String(literal.value) : 'json';
  return makeType('OTHER', true, { complexName });
}

/** @source reference sql.md section 6, reductions and conditions */
export const CONDITIONAL_FUNCTIONS: readonly CatalogFunction[] = [
  ...alias(
    define('COALESCE', 'X *', (operands) => common(operands), coalesced),
    'NVL',
    'IFNULL',
  ),
  define(
    'NULLIF',
    'X X',
    ([value]) => withNullable(value!.type, true),
    ({ args }) => callText('case_searched', `(${args[0]} == ${args[1]})`, 'null', args[0]!),
  ),
  define('GREATEST', 'X *', (operands) => withNullable(reduced(operands), true), 'greatest'),
  define('LEAST', 'X *', (operands) => withNullable(reduced(operands), true), 'least'),
  define('CURRENT_CATALOG', '', 'VARCHAR', () => stringText('druid'), { niladic: true, nullable: 'never' }),
];

function coalesced({ args }: NativeCall): string {
  return callText('coalesce', ...args);
}

function common(operands: readonly Operand[]): SqlType {
  const type = leastRestrictive(operands.map((operand) => operand.type)) ?? makeType('VARCHAR', true);
  return withNullable(
    type,
    operands.every((operand) => operand.type.nullable || isNullLiteral(operand.type)),
  );
}

/** Numbers of different kinds are doubles, anything beside a text is text. @source Druid `ReductionOperatorConversionHelper.java` */
function reduced(operands: readonly Operand[]): SqlType {
  const types = operands.map(({ type }) => type).filter((type) => !isNullLiteral(type));
  if (types.length === 0) return makeType('NULL', true);
  if (types.every(isNumeric)) {
    return types.every(isIntegerType) ? makeType('BIGINT') : makeType('DOUBLE');
  }
  const same = types.every((type) => type.name === types[0]!.name);
  return same && types[0]!.name === 'TIMESTAMP' ? types[0]! : makeType('VARCHAR');
}
