import fc from 'fast-check';
import { expressionOf, type Kind, type Named, type Text } from './random-expression.js';
import { COLUMNS, TABLES } from './random-tables.js';

/** One statement for both engines. */
export interface RandomStatement {
  readonly sql: string;
  /** Its ORDER BY names every column of the answer. */
  readonly isOrdered: boolean;
}

interface Source {
  readonly from: string;
  readonly columns: readonly Named[];
}

interface Output {
  readonly sql: string;
  readonly kind: Kind;
}

const TABLE_NAMES = Object.keys(TABLES);
const KINDS: readonly Kind[] = ['long', 'string', 'double', 'time'];
const anyKind = fc.constantFrom<Kind>(...KINDS);
const tableName = fc.constantFrom(...TABLE_NAMES);

function columnsOf(alias: string): Named[] {
  return [
    { ref: `${alias}.__time`, kind: 'time' },
    ...COLUMNS.map(({ name, kind }): Named => ({ ref: `${alias}.${name}`, kind })),
  ];
}

function optional(text: Text, weight = 2): Text {
  return fc.option(text, { nil: '', freq: weight });
}

export const statements: fc.Arbitrary<RandomStatement> = fc.oneof(
  { arbitrary: aggregation(sources()), weight: 4 },
  { arbitrary: plainSelect(sources()), weight: 3 },
  { arbitrary: withSubquery(), weight: 4 },
  { arbitrary: windows(), weight: 3 },
  { arbitrary: unions(), weight: 1 },
);

/** A table, a join of two or three, or a subquery. */
function sources(): fc.Arbitrary<Source> {
  const table = tableName.map((name): Source => ({ from: `${name} AS x`, columns: columnsOf('x') }));
  return fc.oneof(
    { arbitrary: table, weight: 3 },
    { arbitrary: joins(), weight: 3 },
    { arbitrary: derived(), weight: 2 },
  );
}

function joins(): fc.Arbitrary<Source> {
  const key = fc.constantFrom('k', 's', 'id', 'l', 'u', '__time');
  const type = fc.constantFrom('INNER', 'LEFT', 'RIGHT', 'FULL');
  const extra = (alias: string): Text =>
    optional(
      expressionOf('boolean', columnsOf(alias), 1).map((condition) => ` AND ${condition}`),
      3,
    );
  const two = fc
    .tuple(
      tableName,
      type,
      tableName,
      key,
      extra('x'),
      extra('y'),
      optional(
        key.map((k) => ` AND x.${k} = y.${k}`),
        4,
      ),
    )
    .map(
      ([a, join, b, k, onX, onY, more]): Source => ({
        from: `${a} AS x ${join} JOIN ${b} AS y ON x.${k} = y.${k}${more}${onX}${onY}`,
        columns: [...columnsOf('x'), ...columnsOf('y')],
      }),
    );
  const three = fc.tuple(two, fc.constantFrom('INNER', 'LEFT'), tableName, key, fc.constantFrom('x', 'y')).map(
    ([first, join, c, k, side]): Source => ({
      from: `${first.from} ${join} JOIN ${c} AS z ON ${side}.${k} = z.${k}`,
      columns: [...first.columns, ...columnsOf('z')],
    }),
  );
  const comma = fc.tuple(tableName, key, expressionOf('boolean', [...columnsOf('x'), ...columnsOf('y')], 1)).map(
    ([a, k, condition]): Source => ({
      from: `${a} AS x INNER JOIN tc AS y ON x.${k} = y.${k} AND ${condition}`,
      columns: [...columnsOf('x'), ...columnsOf('y')],
    }),
  );
  return fc.oneof(two, three, comma);
}

/** A subquery in FROM: projected, filtered or grouped. */
function derived(): fc.Arbitrary<Source> {
  return tableName.chain((name) => {
    const columns = columnsOf('i');
    const where = optional(expressionOf('boolean', columns, 1).map((condition) => ` WHERE ${condition}`));
    const outputs = fc.tuple(...KINDS.map((kind) => expressionOf(kind, columns, 1)));
    const projected = fc.tuple(outputs, where).map(
      ([list, condition]): Source => ({
        from: `(SELECT ${list.map((sql, i) => `${sql} AS c${i}`).join(', ')} FROM ${name} AS i${condition}) AS x`,
        columns: KINDS.map((kind, i) => ({ ref: `x.c${i}`, kind })),
      }),
    );
    const grouped = fc.tuple(anyKind, expressionOf('long', columns, 1), where).chain(([kind, value, condition]) =>
      expressionOf(kind, columns, 1)
        .filter(isKey)
        .map(
          (key): Source => ({
            from: `(SELECT ${key} AS g, COUNT(*) AS n, SUM(${value}) AS total FROM ${name} AS i${condition} GROUP BY ${key}) AS x`,
            columns: [
              { ref: 'x.g', kind },
              { ref: 'x.n', kind: 'long' },
              { ref: 'x.total', kind: 'long' },
            ],
          }),
        ),
    );
    return fc.oneof(projected, grouped);
  });
}

function aggregates(columns: readonly Named[]): fc.Arbitrary<Output> {
  const of = (kind: Kind): Text => expressionOf(kind, columns, 1);
  const filtered = (text: Text): Text =>
    fc
      .tuple(text, optional(expressionOf('boolean', columns, 1), 4))
      .map(([call, where]) => (where === '' ? call : `${call} FILTER (WHERE ${where})`));
  const output = (text: Text, kind: Kind): fc.Arbitrary<Output> => filtered(text).map((sql) => ({ sql, kind }));
  const extreme = fc.constantFrom('MIN', 'MAX');
  return fc.oneof(
    output(fc.constant('COUNT(*)'), 'long'),
    output(
      anyKind.chain(of).map((value) => `COUNT(${value})`),
      'long',
    ),
    output(
      anyKind.chain(of).map((value) => `COUNT(DISTINCT ${value})`),
      'long',
    ),
    output(
      of('long').map((value) => `SUM(${value})`),
      'long',
    ),
    output(
      of('double').map((value) => `SUM(${value})`),
      'double',
    ),
    output(
      fc.tuple(extreme, of('long')).map(([f, value]) => `${f}(${value})`),
      'long',
    ),
    output(
      fc.tuple(extreme, of('double')).map(([f, value]) => `${f}(${value})`),
      'double',
    ),
    output(
      fc.tuple(extreme, of('time')).map(([f, value]) => `${f}(${value})`),
      'time',
    ),
    output(
      fc.oneof(of('long'), of('double')).map((value) => `AVG(${value})`),
      'double',
    ),
  );
}

function longAggregates(columns: readonly Named[]): fc.Arbitrary<Output> {
  return aggregates(columns).filter(({ kind }) => kind === 'long');
}

function aggregation(from: fc.Arbitrary<Source>): fc.Arbitrary<RandomStatement> {
  return from.chain(({ from: text, columns }) => {
    const key = anyKind.chain((kind) => expressionOf(kind, columns, 1)).filter(isKey);
    return fc
      .record({
        keys: fc.uniqueArray(key, { maxLength: 3 }),
        outputs: fc.array(aggregates(columns), { minLength: 1, maxLength: 3 }),
        where: optional(expressionOf('boolean', columns, 2).map((condition) => ` WHERE ${condition}`)),
        sets: fc.constantFrom('plain', 'plain', 'plain', 'rollup', 'cube', 'sets'),
        having: optional(
          fc
            .tuple(longAggregates(columns), fc.constantFrom('> 1', '<= 3', 'IS NOT NULL'))
            .map(([call, test]) => ` HAVING ${call.sql} ${test}`),
          3,
        ),
        order: orders(),
      })
      .map(({ keys, outputs, where, sets, having, order }): RandomStatement => {
        const grouping = sets !== 'plain' && keys.length > 1 ? [`GROUPING(${keys.join(', ')})`] : [];
        const list = [...keys, ...outputs.map(({ sql }) => sql), ...grouping];
        const by = keys.length === 0 ? '' : ` GROUP BY ${groupBy(keys, sets)}`;
        // Druid gives no grand total of no rows.
        const some = grouping.length === 0 ? having : `${having === '' ? ' HAVING' : `${having} AND`} COUNT(*) > 0`;
        const sql = `SELECT ${named(list)} FROM ${text}${where}${by}${some}`;
        return ordered(sql, list.length, order);
      });
  });
}

/** A constant is no group key to both engines alike. */
function isKey(text: string): boolean {
  return /\b[ixyz]\.\w/.test(text);
}

function groupBy(keys: readonly string[], sets: string): string {
  if (keys.length < 2 || sets === 'plain') return keys.join(', ');
  if (sets === 'rollup') return `ROLLUP (${keys.join(', ')})`;
  if (sets === 'cube') return `CUBE (${keys.join(', ')})`;
  return `GROUPING SETS ((${keys.join(', ')}), (${keys[0]}), ())`;
}

function named(list: readonly string[]): string {
  return list.map((sql, i) => `${sql} AS o${i}`).join(', ');
}

interface Order {
  readonly directions: readonly string[];
  readonly limit: number | null;
  readonly offset: number;
}

function orders(): fc.Arbitrary<Order | null> {
  return fc.option(
    fc.record({
      directions: fc.array(fc.constantFrom('ASC', 'DESC', 'ASC NULLS LAST', 'DESC NULLS FIRST'), {
        minLength: 8,
        maxLength: 8,
      }),
      limit: fc.option(fc.integer({ min: 1, max: 12 })),
      offset: fc.constantFrom(0, 0, 2),
    }),
  );
}

/** Ordered by every column, so that a limit cuts alike. */
function ordered(sql: string, numColumns: number, order: Order | null): RandomStatement {
  if (order === null) return { sql, isOrdered: false };
  // A topN by its dimension, which a single column makes, leaves null first when it is inverted, as Druid's does.
  const directions = numColumns === 1 ? ['ASC'] : order.directions;
  const keys = Array.from({ length: numColumns }, (_, i) => `${i + 1} ${directions[i % 8]}`);
  const limit = order.limit === null ? '' : ` LIMIT ${order.limit}`;
  const offset = order.offset === 0 ? '' : ` OFFSET ${order.offset}`;
  return { sql: `${sql} ORDER BY ${keys.join(', ')}${limit}${offset}`, isOrdered: true };
}

function plainSelect(from: fc.Arbitrary<Source>): fc.Arbitrary<RandomStatement> {
  return from.chain(({ from: text, columns }) =>
    fc
      .record({
        list: fc.array(
          fc.constantFrom<Kind>(...KINDS, 'boolean').chain((kind) => expressionOf(kind, columns, 2)),
          {
            minLength: 1,
            maxLength: 4,
          },
        ),
        distinct: fc.constantFrom('', '', 'DISTINCT '),
        where: optional(expressionOf('boolean', columns, 2).map((condition) => ` WHERE ${condition}`)),
        order: orders(),
      })
      .map(({ list, distinct, where, order }) =>
        ordered(`SELECT ${distinct}${named(list)} FROM ${text}${where}`, list.length, order),
      ),
  );
}

/** Conditions and values that are subqueries: of none, one or two levels of correlation. */
function withSubquery(): fc.Arbitrary<RandomStatement> {
  const column = fc.constantFrom('k', 's', 'l', 'u', 'id', '__time');
  const inner = columnsOf('y');
  const where = optional(
    expressionOf('boolean', inner, 1).map((condition) => ` AND ${condition}`),
    2,
  );
  // DuckDB's EXISTS within OR takes a comparison with null for true, so these columns are never null.
  const besides = fc
    .tuple(fc.constantFrom('<>', '<', '>='), fc.constantFrom('id', '__time'))
    .map(([operator, other]) => ` AND y.${other} ${operator} x.${other}`);
  const correlated = fc.tuple(column, optional(besides)).map(([key, other]) => `y.${key} = x.${key}${other}`);
  const keyed = column.map((key) => `y.${key} = x.${key}`);
  const nested = fc
    .tuple(tableName, column, column, fc.constantFrom('', 'NOT '))
    .map(
      ([name, a, b, not]) =>
        `y.${a} = x.${a} AND ${not}EXISTS (SELECT 1 FROM ${name} AS z WHERE z.${b} = y.${b} AND z.k = x.k)`,
    );
  const link = fc.oneof({ arbitrary: correlated, weight: 3 }, { arbitrary: fc.constant('TRUE'), weight: 1 }, nested);
  const not = fc.constantFrom('', 'NOT ');
  const exists = fc
    .tuple(not, tableName, link, where)
    .map(([n, name, on, more]) => `${n}EXISTS (SELECT 1 FROM ${name} AS y WHERE ${on}${more})`);
  const member = fc
    .tuple(column, not, tableName, link, where)
    .map(([c, n, name, on, more]) => `x.${c} ${n}IN (SELECT y.${c} FROM ${name} AS y WHERE ${on}${more})`);
  const scalar = fc
    .tuple(
      fc.constantFrom('COUNT(*)', 'MAX(y.l)', 'MIN(y.l)', 'SUM(y.l)', 'COUNT(y.l) + 1', 'COALESCE(SUM(y.l), 7)'),
      tableName,
      keyed,
      where,
    )
    .map(([call, name, on, more]) => `(SELECT ${call} FROM ${name} AS y WHERE ${on}${more})`);
  const compared = fc
    .tuple(fc.constantFrom('x.l', 'x.k', '2'), fc.constantFrom('=', '<', '>='), scalar)
    .map((parts) => parts.join(' '));
  const condition = fc.oneof(exists, member, compared);
  const connected = fc.oneof(
    { arbitrary: condition, weight: 3 },
    fc.tuple(condition, fc.constantFrom('AND', 'OR'), condition).map(([a, op, b]) => `(${a}) ${op} (${b})`),
    fc
      .tuple(expressionOf('boolean', columnsOf('x'), 1), fc.constantFrom('AND', 'OR'), condition)
      .map(([a, op, b]) => `${a} ${op} (${b})`),
  );
  const rows = fc
    .tuple(tableName, connected)
    .map(([name, text]) => ({ sql: `SELECT x.id AS o0, x.k AS o1 FROM ${name} AS x WHERE ${text}`, isOrdered: false }));
  const counted = fc.tuple(tableName, connected, fc.constantFrom('k', 's')).map(([name, text, key]) => ({
    sql: `SELECT x.${key} AS o0, COUNT(*) AS o1, SUM(x.l) AS o2 FROM ${name} AS x WHERE ${text} GROUP BY x.${key}`,
    isOrdered: false,
  }));
  const valued = fc
    .tuple(tableName, scalar)
    .map(([name, text]) => ({ sql: `SELECT x.id AS o0, ${text} AS o1 FROM ${name} AS x`, isOrdered: false }));
  const groupedValue = fc.tuple(tableName, tableName, fc.constantFrom('k', 's')).map(([name, other, key]) => ({
    sql: `SELECT x.${key} AS o0, COUNT(*) AS o1, (SELECT MAX(y.l) FROM ${other} AS y WHERE y.${key} = x.${key}) AS o2 FROM ${name} AS x GROUP BY x.${key}`,
    isOrdered: false,
  }));
  return fc.oneof({ arbitrary: rows, weight: 3 }, { arbitrary: counted, weight: 2 }, valued, groupedValue);
}

/** Window functions over a table or a grouped one, in an order without ties. */
function windows(): fc.Arbitrary<RandomStatement> {
  const partition = optional(fc.constantFrom('k', 's', 'k, s').map((keys) => `PARTITION BY ${keys} `));
  const total = fc
    .tuple(optional(fc.constantFrom('l, ', 'd DESC, ', 'u, ', 's DESC, ')), fc.constantFrom('id', 'id DESC'))
    .map(([first, last]) => `ORDER BY ${first}${last}`);
  const ties = fc.constantFrom('l', 's', 'k DESC', 'd', 'u, k').map((keys) => `ORDER BY ${keys}`);
  const start = fc.constantFrom('UNBOUNDED PRECEDING', '2 PRECEDING', '1 PRECEDING', 'CURRENT ROW');
  const end = fc.constantFrom('CURRENT ROW', '1 FOLLOWING', '2 FOLLOWING', 'UNBOUNDED FOLLOWING');
  const frame = optional(fc.tuple(start, end).map(([a, b]) => ` ROWS BETWEEN ${a} AND ${b}`));
  const aggregate = fc.constantFrom(
    'SUM(l)',
    'SUM(d)',
    'COUNT(*)',
    'COUNT(l)',
    'MIN(l)',
    'MAX(d)',
    'AVG(l)',
    'FIRST_VALUE(u)',
    'LAST_VALUE(l)',
  );
  const offset = fc.constantFrom('LAG(l)', 'LEAD(s)', 'LAG(u, 2)', 'LEAD(l, 3)', 'ROW_NUMBER()', 'NTILE(3)');
  const rank = fc.constantFrom(
    'RANK()',
    'DENSE_RANK()',
    'PERCENT_RANK()',
    'CUME_DIST()',
    'SUM(l)',
    'COUNT(*)',
    'MAX(d)',
  );
  const over = fc.oneof(
    fc.tuple(aggregate, partition, total, frame).map(([call, p, o, f]) => `${call} OVER (${p}${o}${f})`),
    fc.tuple(offset, partition, total).map(([call, p, o]) => `${call} OVER (${p}${o})`),
    fc.tuple(rank, partition, ties).map(([call, p, o]) => `${call} OVER (${p}${o})`),
    fc
      .tuple(fc.constantFrom('SUM(l)', 'COUNT(*)', 'MAX(l)'), partition)
      .map(([call, p]) => `${call} OVER (${p.trim()})`),
  );
  const where = optional(expressionOf('boolean', unqualified(), 1).map((condition) => ` WHERE ${condition}`));
  const from = fc.oneof(
    tableName,
    tableName.map(
      (name) =>
        `(SELECT MIN(id) AS id, k, s, s AS u, SUM(l) AS l, SUM(d) AS d, MIN(__time) AS __time FROM ${name} GROUP BY k, s) AS x`,
    ),
  );
  return fc
    .tuple(from, fc.array(over, { minLength: 1, maxLength: 3 }), where, orders())
    .map(([text, calls, condition, order]) =>
      ordered(
        `SELECT id AS o0, ${calls.map((call, i) => `${call} AS o${i + 1}`).join(', ')} FROM ${text}${condition}`,
        calls.length + 1,
        order,
      ),
    );
}

function unqualified(): Named[] {
  return [{ ref: '__time', kind: 'time' }, ...COLUMNS.map(({ name, kind }): Named => ({ ref: name, kind }))];
}

function unions(): fc.Arbitrary<RandomStatement> {
  const part = tableName.chain((name) =>
    fc
      .tuple(expressionOf('long', columnsOf('x'), 1), optional(expressionOf('boolean', columnsOf('x'), 1)))
      .map(
        ([value, where]) =>
          `SELECT x.s AS o0, ${value} AS o1 FROM ${name} AS x${where === '' ? '' : ` WHERE ${where}`}`,
      ),
  );
  const all = fc.tuple(part, part).map((parts) => ({ sql: parts.join(' UNION ALL '), isOrdered: false }));
  const tables = fc.tuple(tableName, tableName, fc.constantFrom('s', 'k')).map(([a, b, key]) => ({
    sql: `SELECT ${key} AS o0, COUNT(*) AS o1, SUM(l) AS o2 FROM (SELECT s, k, l FROM ${a} UNION ALL SELECT s, k, l FROM ${b}) AS x GROUP BY ${key}`,
    isOrdered: false,
  }));
  const distinct = fc
    .tuple(tableName, fc.constantFrom('UNION', 'INTERSECT', 'EXCEPT'), tableName)
    .map(([a, op, b]) => ({
      sql: `SELECT s AS o0, k AS o1 FROM ${a} ${op} SELECT s, k FROM ${b}`,
      isOrdered: false,
    }));
  return fc.oneof(all, tables, distinct);
}
