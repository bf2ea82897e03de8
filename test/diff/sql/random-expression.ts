import fc from 'fast-check';

export type Kind = 'string' | 'long' | 'double' | 'time' | 'boolean';
export type Text = fc.Arbitrary<string>;

/** A column that expressions may name. */
export interface Named {
  readonly ref: string;
  readonly kind: Kind;
}

const LONGS = fc.integer({ min: -5, max: 12 }).map(String);
const DOUBLES = fc.constantFrom('0.25', '1.5', '2.0', '-3.75', '10.0');
const STRINGS = fc.constantFrom("''", "'a'", "'ab'", "'B'", "'b c'", "'Zz'", "'10'", "'o''k'", "'none'");
const TIMES = fc
  .constantFrom('2023-12-31 00:00:00', '2024-01-01 12:00:00', '2024-01-03 05:00:00')
  .map((t) => `TIMESTAMP '${t}'`);
const COMPARISONS = fc.constantFrom('=', '<>', '<', '<=', '>', '>=');

/** An expression of a kind over columns: a text that means the same to both engines. */
export function expressionOf(kind: Kind, columns: readonly Named[], depth: number): Text {
  const own = columns.filter((column) => column.kind === kind).map(({ ref }) => ref);
  const leaf = own.length === 0 ? literalOf(kind) : fc.constantFrom(...own);
  if (depth <= 0) return kind === 'boolean' ? comparison(columns, 0) : leaf;
  const of = (inner: Kind): Text => expressionOf(inner, columns, depth - 1);
  switch (kind) {
    case 'long':
      return fc.oneof({ arbitrary: leaf, weight: 4 }, { arbitrary: LONGS, weight: 1 }, longCall(of), caseOf(kind, of));
    case 'double':
      return fc.oneof(
        { arbitrary: leaf, weight: 4 },
        { arbitrary: DOUBLES, weight: 1 },
        doubleCall(of),
        caseOf(kind, of),
      );
    case 'string':
      return fc.oneof(
        { arbitrary: leaf, weight: 4 },
        { arbitrary: STRINGS, weight: 1 },
        stringCall(of),
        caseOf(kind, of),
      );
    case 'time':
      return fc.oneof({ arbitrary: leaf, weight: 4 }, timeCall(of));
    case 'boolean':
      return conditionOf(columns, depth);
  }
}

export function literalOf(kind: Kind): Text {
  switch (kind) {
    case 'long':
      return LONGS;
    case 'double':
      return DOUBLES;
    case 'string':
      return STRINGS;
    case 'time':
      return TIMES;
    case 'boolean':
      return fc.constantFrom('TRUE', 'FALSE');
  }
}

type Of = (kind: Kind) => Text;

function joined(template: (...parts: string[]) => string, ...parts: Text[]): Text {
  return fc.tuple(...parts).map((texts) => template(...texts));
}

function longCall(of: Of): Text {
  const divisor = fc.constantFrom('2', '3', '-4', '7');
  return fc.oneof(
    joined((a, op, b) => `(${a} ${op} ${b})`, of('long'), fc.constantFrom('+', '-', '*'), of('long')),
    joined((a, op, b) => `(${a} ${op} ${b})`, of('long'), fc.constantFrom('/', '%'), divisor),
    joined((a) => `ABS(${a})`, of('long')),
    joined((a) => `CHAR_LENGTH(${a})`, of('string')),
    joined((a, b) => `COALESCE(${a}, ${b})`, of('long'), of('long')),
    joined((a, b) => `NULLIF(${a}, ${b})`, of('long'), of('long')),
    joined((f, a, b) => `${f}(${a}, ${b})`, fc.constantFrom('GREATEST', 'LEAST'), of('long'), of('long')),
    joined((unit, t) => `EXTRACT(${unit} FROM ${t})`, fc.constantFrom('YEAR', 'MONTH', 'DAY', 'HOUR'), of('time')),
    joined((needle, s) => `POSITION(${needle} IN ${s})`, fc.constantFrom("'a'", "'b'", "'c'"), of('string')),
    joined((a) => `CAST(${a} AS BIGINT)`, fc.constantFrom("'12'", "'-3'", '7.5')),
  );
}

function doubleCall(of: Of): Text {
  return fc.oneof(
    joined((a, op, b) => `(${a} ${op} ${b})`, of('double'), fc.constantFrom('+', '-', '*'), of('double')),
    joined((a, op, b) => `(${a} ${op} ${b})`, of('long'), fc.constantFrom('+', '-', '*'), of('double')),
    joined((a, b) => `(${a} / ${b})`, of('double'), fc.constantFrom('2.0', '4.0')),
    joined((a) => `CAST(${a} AS DOUBLE)`, of('long')),
    joined((f, a) => `${f}(${a})`, fc.constantFrom('ABS', 'FLOOR', 'CEIL', 'ROUND'), of('double')),
    joined((a, b) => `COALESCE(${a}, ${b})`, of('double'), of('double')),
    joined((a) => `SQRT(ABS(${a}))`, of('double')),
  );
}

function stringCall(of: Of): Text {
  const small = fc.integer({ min: 1, max: 3 }).map(String);
  return fc.oneof(
    joined((f, a) => `${f}(${a})`, fc.constantFrom('UPPER', 'LOWER', 'REVERSE', 'TRIM'), of('string')),
    joined((a, b) => `(${a} || ${b})`, of('string'), of('string')),
    // Behind the end Druid's SUBSTRING is null and SQL's is empty.
    joined(
      (a, i, n) => `CASE WHEN CHAR_LENGTH(${a}) > 2 THEN SUBSTRING(${a}, ${i}, ${n}) END`,
      of('string'),
      small,
      small,
    ),
    joined((a) => `CAST(${a} AS VARCHAR)`, of('long')),
    joined((a, b) => `COALESCE(${a}, ${b})`, of('string'), of('string')),
    joined((a, b) => `NULLIF(${a}, ${b})`, of('string'), of('string')),
    joined((a) => `REPLACE(${a}, 'a', 'xy')`, of('string')),
    joined((f, a, n) => `${f}(${a}, ${n})`, fc.constantFrom('LEFT', 'RIGHT', 'REPEAT'), of('string'), small),
    joined((f, a, n) => `${f}(${a}, ${n}, '*')`, fc.constantFrom('LPAD', 'RPAD'), of('string'), small),
  );
}

function timeCall(of: Of): Text {
  const unit = fc.constantFrom('hour', 'day', 'week', 'month', 'year');
  const interval = fc.constantFrom("INTERVAL '1' DAY", "INTERVAL '5' HOUR", "INTERVAL '1' MONTH");
  return fc.oneof(
    joined((u, t) => `DATE_TRUNC('${u}', ${t})`, unit, of('time')),
    joined((t, op, i) => `(${t} ${op} ${i})`, of('time'), fc.constantFrom('+', '-'), interval),
  );
}

function caseOf(kind: Kind, of: Of): Text {
  return fc.oneof(
    joined((c, a, b) => `CASE WHEN ${c} THEN ${a} ELSE ${b} END`, of('boolean'), of(kind), of(kind)),
    joined((c, a) => `CASE WHEN ${c} THEN ${a} END`, of('boolean'), of(kind)),
    joined((v, a, b) => `CASE ${v} WHEN 'a' THEN ${a} WHEN 'ab' THEN ${b} END`, of('string'), of(kind), of(kind)),
  );
}

function comparison(columns: readonly Named[], depth: number): Text {
  return fc.constantFrom<Kind>('long', 'string', 'double', 'time').chain((kind) => {
    const side = expressionOf(kind, columns, depth);
    return joined((a, op, b) => `(${a} ${op} ${b})`, side, COMPARISONS, fc.oneof(literalOf(kind), side));
  });
}

function conditionOf(columns: readonly Named[], depth: number): Text {
  const of: Of = (kind) => expressionOf(kind, columns, depth - 1);
  const any = fc.constantFrom<Kind>('long', 'string', 'double', 'time').chain(of);
  const is = fc.constantFrom('IS NULL', 'IS NOT NULL');
  const truth = fc.constantFrom('IS TRUE', 'IS FALSE', 'IS NOT TRUE', 'IS NOT FALSE', 'IS NULL', 'IS NOT NULL');
  const pattern = fc.constantFrom("'a%'", "'%b%'", "'_'", "'%'", "'ab_'", "''");
  const not = fc.constantFrom('', 'NOT ');
  const list = (kind: Kind): Text =>
    fc.array(literalOf(kind), { minLength: 1, maxLength: 4 }).map((items) => items.join(', '));
  return fc.oneof(
    { arbitrary: comparison(columns, depth - 1), weight: 4 },
    joined((a, op) => `(${a} ${op})`, any, is),
    joined((a, n, items) => `(${a} ${n}IN (${items}))`, of('string'), not, list('string')),
    joined((a, n, items) => `(${a} ${n}IN (${items}))`, of('long'), not, list('long')),
    joined((a, n, p) => `(${a} ${n}LIKE ${p})`, of('string'), not, pattern),
    joined((a, n, b, c) => `(${a} ${n}BETWEEN ${b} AND ${c})`, of('long'), not, LONGS, LONGS),
    joined((a, n, b) => `(${a} IS ${n}DISTINCT FROM ${b})`, of('long'), not, of('long')),
    joined((a, n, b) => `(${a} IS ${n}DISTINCT FROM ${b})`, of('string'), not, of('string')),
    joined((a, op, b) => `(${a} ${op} ${b})`, of('boolean'), fc.constantFrom('AND', 'OR'), of('boolean')),
    joined((a) => `(NOT ${a})`, of('boolean')),
    joined((a, op) => `(${a} ${op})`, of('boolean'), truth),
  );
}
