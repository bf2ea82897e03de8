import type { SqlType } from '../types/sql-type.js';
import { makeType, withNullable } from '../types/make-type.js';
import type { SqlFunction } from './sql-function.js';
import {
  anyNullable,
  arithmetic,
  isNumeric,
  isText,
  isTime,
  leastRestrictive,
  operandType,
  returns,
  returnsArray,
  returnsNullable,
  sumType,
  type TypeRule,
} from './type-rules.js';

type Kind = SqlFunction['kind'];

const functions = new Map<string, SqlFunction>();

interface Options {
  readonly kind?: Kind;
  readonly niladic?: boolean;
  /** Types that operands become. */
  readonly coerce?: (operands: readonly SqlType[]) => readonly SqlType[];
}

function define(names: string, min: number, max: number, type: TypeRule, options: Options = {}): void {
  const aliases = names.startsWith('IS ') ? [names] : names.split(' ');
  const name = aliases[0]!;
  const entry: SqlFunction = {
    name,
    kind: options.kind ?? 'scalar',
    niladic: options.niladic ?? false,
    resolve: (operands) => {
      const types = operands.map((o) => o.type);
      if (types.length < min || types.length > max) {
        const wanted = min === max ? `${min} arguments` : `${min} to ${max} arguments`;
        return { error: `Invalid number of arguments to function '${name}'. Was expecting ${wanted}` };
      }
      const result = type(types);
      if (result === null) {
        const given = types.map((t) => `<${t.name}>`).join(', ');
        return { error: `Cannot apply '${name}' to arguments of type '${name}(${given})'` };
      }
      return { type: result, coerced: options.coerce?.(types) ?? types };
    },
  };
  for (const alias of aliases) functions.set(alias, entry);
}

/** A function or operator of the catalog; names are case-insensitive. */
export function findFunction(name: string): SqlFunction | undefined {
  return functions.get(name.toUpperCase());
}

const ANY = Number.MAX_SAFE_INTEGER;

/** Comparisons: the side that is text becomes what the other is. */
function comparable([a, b]: readonly SqlType[]): readonly SqlType[] {
  const pair = (x: SqlType, y: SqlType): SqlType => {
    if (isText(x) && (isNumeric(y) || isTime(y) || y.name === 'BOOLEAN')) return withNullable(y, x.nullable);
    if (x.name === 'DATE' && y.name === 'TIMESTAMP') return withNullable(y, x.nullable);
    return x;
  };
  return [pair(a!, b!), pair(b!, a!)];
}

for (const operator of ['=', '<>', '<', '<=', '>', '>='])
  define(operator, 2, 2, returns('BOOLEAN'), { coerce: comparable });
for (const operator of ['IS DISTINCT FROM', 'IS NOT DISTINCT FROM']) {
  define(operator, 2, 2, () => makeType('BOOLEAN'), { coerce: comparable });
}
for (const what of ['NULL', 'TRUE', 'FALSE']) {
  define(`IS ${what}`, 1, 1, () => makeType('BOOLEAN'));
  define(`IS NOT ${what}`, 1, 1, () => makeType('BOOLEAN'));
}
for (const operator of ['+', '-', '*', '/', '%']) define(operator, 2, 2, arithmetic);
define('MINUS_PREFIX', 1, 1, operandType(0));
define('NOT', 1, 1, returns('BOOLEAN'));
define('AND', 2, ANY, returns('BOOLEAN'));
define('OR', 2, ANY, returns('BOOLEAN'));
define('LIKE', 2, 3, returns('BOOLEAN'));
define('||', 2, 2, returns('VARCHAR'));
define('ROW', 1, ANY, (operands) => ({
  ...makeType('ROW'),
  fields: operands.map((type, i) => ({ name: `EXPR$${i}`, type })),
}));
define('CASE', 3, ANY, (operands) =>
  leastRestrictive(operands.filter((_, i) => i % 2 === 1 || i === operands.length - 1)),
);
define('ITEM', 2, 2, ([array]) => array?.element ?? null);

for (const name of ['CHAR_LENGTH CHARACTER_LENGTH LENGTH STRLEN', 'STRPOS', 'POSITION'])
  define(name, 1, 3, returns('INTEGER'));
for (const name of [
  'UPPER',
  'LOWER',
  'REVERSE',
  'REPEAT',
  'LEFT',
  'RIGHT',
  'SUBSTRING SUBSTR',
  'REPLACE',
  'TRIM',
  'BTRIM',
  'LTRIM',
  'RTRIM',
  'LPAD',
  'RPAD',
  'REGEXP_REPLACE',
  'TEXTCAT',
  'HUMAN_READABLE_BINARY_BYTE_FORMAT',
  'HUMAN_READABLE_DECIMAL_BYTE_FORMAT',
  'HUMAN_READABLE_DECIMAL_FORMAT',
  'IPV4_STRINGIFY',
]) {
  define(name, 1, 4, returns('VARCHAR'));
}
define('CONCAT', 1, ANY, returns('VARCHAR'));
for (const name of ['REGEXP_EXTRACT', 'LOOKUP', 'STRING_FORMAT', 'TIME_FORMAT', 'DECODE_BASE64_UTF8', 'TO_JSON_STRING'])
  define(name, 1, ANY, returnsNullable('VARCHAR'));
for (const name of [
  'REGEXP_LIKE',
  'CONTAINS_STRING',
  'ICONTAINS_STRING',
  'TIME_IN_INTERVAL',
  'IPV4_MATCH',
  'IPV6_MATCH',
  'ARRAY_CONTAINS',
  'ARRAY_OVERLAP',
  'MV_CONTAINS',
  'MV_OVERLAP',
  'SCALAR_IN_ARRAY',
]) {
  define(name, 2, 2, returns('BOOLEAN'));
}
for (const name of ['ABS', 'ROUND', 'TRUNCATE TRUNC'])
  define(name, 1, 2, ([a, ...rest]) =>
    a === undefined ? null : isText(a) ? makeType('DOUBLE', true) : withNullable(a, a.nullable || anyNullable(rest)),
  );
for (const name of [
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
])
  define(name, 1, 1, returns('DOUBLE'));
for (const name of ['POWER', 'ATAN2', 'SAFE_DIVIDE'])
  define(name, 2, 2, name === 'SAFE_DIVIDE' ? returnsNullable('DOUBLE') : returns('DOUBLE'));
define('PI', 0, 0, returns('DOUBLE'));
define('MOD', 2, 2, arithmetic);
define('DIV', 2, 2, returns('BIGINT'));
for (const name of [
  'BITWISE_AND',
  'BITWISE_OR',
  'BITWISE_XOR',
  'BITWISE_SHIFT_LEFT',
  'BITWISE_SHIFT_RIGHT',
  'BITWISE_COMPLEMENT',
  'BITWISE_CONVERT_DOUBLE_TO_LONG_BITS',
])
  define(name, 1, 2, returns('BIGINT'));
define('BITWISE_CONVERT_LONG_BITS_TO_DOUBLE', 1, 1, returns('DOUBLE'));
for (const name of ['PARSE_LONG', 'IPV4_PARSE']) define(name, 1, 2, returnsNullable('BIGINT'));
for (const name of ['FLOOR', 'CEIL CEILING']) define(name, 1, 2, operandFirst);
define('GREATEST', 1, ANY, (o) => {
  const t = leastRestrictive(o);
  return t === null ? null : withNullable(t, true);
});
define('LEAST', 1, ANY, (o) => {
  const t = leastRestrictive(o);
  return t === null ? null : withNullable(t, true);
});
define('COALESCE NVL IFNULL', 1, ANY, (o) => {
  const t = leastRestrictive(o);
  return t === null
    ? null
    : withNullable(
        t,
        o.every((x) => x.nullable),
      );
});
define('NULLIF', 2, 2, ([a]) => withNullable(a!, true));

for (const name of ['CURRENT_TIMESTAMP', 'LOCALTIMESTAMP']) define(name, 0, 0, returns('TIMESTAMP'), { niladic: true });
define('CURRENT_DATE', 0, 0, returns('DATE'), { niladic: true });
define('LOCALTIME', 0, 0, returns('TIME'), { niladic: true });
define('CURRENT_TIME', 0, 0, returns('TIME'), { niladic: true });
for (const name of ['DATE_TRUNC', 'TIME_FLOOR', 'TIME_CEIL', 'TIME_SHIFT'])
  define(name, 2, 4, (o) =>
    makeType('TIMESTAMP', o.find((t) => t.name === 'TIMESTAMP' || t.name === 'DATE')?.nullable ?? true, {
      precision: 3,
    }),
  );
define('TIME_PARSE', 1, 3, returnsNullable('TIMESTAMP'));
define('MILLIS_TO_TIMESTAMP', 1, 1, returns('TIMESTAMP'));
define('TIMESTAMP_TO_MILLIS', 1, 1, returns('BIGINT'));
for (const name of ['TIME_EXTRACT', 'EXTRACT'])
  define(name, 2, 3, (o) =>
    makeType(
      'BIGINT',
      o.some((t) => t.nullable && isTime(t)),
    ),
  );
define('TIMESTAMPADD', 3, 3, (o) => withNullable(o[2]!, anyNullable(o)));
define('TIMESTAMPDIFF', 3, 3, returns('INTEGER'));

define('ARRAY', 0, ANY, (o) =>
  makeType('ARRAY', false, { element: withNullable(leastRestrictive(o) ?? makeType('VARCHAR'), true) }),
);
for (const name of [
  'ARRAY_LENGTH',
  'ARRAY_OFFSET_OF',
  'ARRAY_ORDINAL_OF',
  'MV_LENGTH',
  'MV_OFFSET_OF',
  'MV_ORDINAL_OF',
])
  define(name, 1, 2, returnsNullable('INTEGER'));
for (const name of ['ARRAY_OFFSET', 'ARRAY_ORDINAL'])
  define(name, 2, 2, ([a]) => (a?.element == null ? makeType('VARCHAR', true) : withNullable(a.element, true)));
for (const name of ['ARRAY_APPEND', 'ARRAY_CONCAT', 'ARRAY_SLICE']) define(name, 2, 3, ([a]) => withNullable(a!, true));
define('ARRAY_PREPEND', 2, 2, (o) => withNullable(o[1]!, true));
for (const name of [
  'ARRAY_TO_STRING',
  'ARRAY_TO_MV',
  'MV_OFFSET',
  'MV_ORDINAL',
  'MV_APPEND',
  'MV_PREPEND',
  'MV_CONCAT',
  'MV_SLICE',
  'MV_TO_STRING',
  'STRING_TO_MV',
  'MV_FILTER_ONLY',
  'MV_FILTER_NONE',
])
  define(name, 1, 3, returnsNullable('VARCHAR'));
for (const name of ['STRING_TO_ARRAY', 'MV_TO_ARRAY', 'JSON_KEYS', 'JSON_PATHS'])
  define(name, 1, 2, returnsArray('VARCHAR'));
define('JSON_VALUE', 2, 3, (o) => (o[2] === undefined ? makeType('VARCHAR', true) : withNullable(o[2], true)));
for (const name of ['JSON_QUERY', 'PARSE_JSON', 'TRY_PARSE_JSON', 'JSON_OBJECT', 'JSON_MERGE'])
  define(name, 0, ANY, () => makeType('OTHER', true, { complexName: 'json' }));

const aggregate = { kind: 'aggregate' } as const;
define('COUNT', 0, ANY, () => makeType('BIGINT'), aggregate);
define('SUM', 1, 1, sumType, aggregate);
for (const name of ['MIN', 'MAX', 'SINGLE_VALUE']) define(name, 1, 1, ([a]) => withNullable(a!, true), aggregate);
define('AVG', 1, 1, returnsNullable('DOUBLE'), aggregate);
define('GROUPING', 1, ANY, () => makeType('BIGINT'), aggregate);
for (const name of ['EARLIEST', 'LATEST', 'ANY_VALUE', 'EARLIEST_BY', 'LATEST_BY'])
  define(name, 1, 3, ([a]) => withNullable(a!, true), aggregate);
define('APPROX_COUNT_DISTINCT APPROX_COUNT_DISTINCT_BUILTIN', 1, 1, () => makeType('BIGINT'), aggregate);

const windowFunction = { kind: 'window' } as const;
for (const name of ['ROW_NUMBER', 'RANK', 'DENSE_RANK']) define(name, 0, 0, () => makeType('BIGINT'), windowFunction);
for (const name of ['PERCENT_RANK', 'CUME_DIST']) define(name, 0, 0, () => makeType('DOUBLE'), windowFunction);
define('NTILE', 1, 1, () => makeType('BIGINT'), windowFunction);
for (const name of ['LAG', 'LEAD', 'FIRST_VALUE', 'LAST_VALUE'])
  define(name, 1, 3, ([a]) => withNullable(a!, true), windowFunction);

function operandFirst([a]: readonly SqlType[]): SqlType | null {
  if (a === undefined) return null;
  return a.name === 'DECIMAL'
    ? makeType('DOUBLE', a.nullable)
    : a.name === 'DATE'
      ? makeType('TIMESTAMP', a.nullable, { precision: 3 })
      : a;
}
