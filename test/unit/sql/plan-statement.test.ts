/** Plans of statements that the recorded cases of a real Druid do not cover. */
import { describe, expect, test } from 'vitest';
import { planStatement } from '../../../src/sql/plan-statement.js';
import { catalogOf, planRequest } from '../../support/sql-catalog.js';

const columns = { __time: 'LONG', k: 'LONG', l: 'LONG', s: 'STRING' } as const;
const catalog = catalogOf({ tiny: columns, huge: columns }, { tiny: 100, huge: 5_000_000 });

type Json = Readonly<Record<string, unknown>>;

async function planned(sql: string, context: Json = {}): Promise<Json> {
  const plan = await planStatement(planRequest(sql, context), catalog);
  if (plan.kind !== 'select') throw new Error(`A select is a ${plan.kind}`);
  return plan.queries[0]!.json;
}

function at(json: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Readonly<Record<string, unknown>>)[key], json);
}

describe('subqueries that read columns around them', () => {
  test('two levels of EXISTS become joins', async () => {
    const query = await planned(
      'SELECT x.k FROM huge x WHERE EXISTS (SELECT 1 FROM tiny y WHERE y.k = x.k AND EXISTS (SELECT 1 FROM tiny z WHERE z.l = y.l AND z.s = x.s))',
    );
    expect(at(query, 'dataSource', 'condition')).toBe('(("k" == "j0.d0") && ("s" == "j0.d1"))');
  });

  test('one comparison besides the keys is decided by the smallest and the largest value', async () => {
    const query = await planned(
      'SELECT x.k FROM huge x WHERE EXISTS (SELECT 1 FROM tiny y WHERE y.k = x.k AND y.l <> x.l)',
    );
    expect(at(query, 'dataSource', 'right', 'query', 'aggregations')).toEqual([
      { type: 'longMin', name: 'a0', fieldName: 'l' },
      { type: 'longMax', name: 'a1', fieldName: 'l' },
    ]);
  });

  test.each([
    'SELECT (SELECT COUNT(*) FROM tiny y WHERE y.l < x.l) FROM huge x',
    'SELECT (SELECT SUM(y.l + x.l) FROM tiny y WHERE y.k = x.k) FROM huge x',
    'SELECT x.k FROM huge x WHERE x.k IN (SELECT y.k FROM tiny y WHERE y.l = x.l ORDER BY y.s LIMIT 1)',
    'SELECT x.k FROM huge x WHERE EXISTS (SELECT 1 FROM tiny y UNION ALL SELECT 1 FROM tiny z WHERE z.k = x.k)',
    'SELECT x.k FROM huge x LEFT JOIN tiny y ON x.k = y.k AND EXISTS (SELECT 1 FROM tiny z WHERE z.k = y.l)',
    'SELECT SUM(l) FILTER (WHERE k IN (SELECT k FROM tiny)) FROM huge',
  ])('what no join can bring is refused: %s', async (sql) => {
    await expect(planned(sql)).rejects.toThrow(/Unhandled Query Planning Failure|could not be planned/);
  });
});

describe('joins', () => {
  test('the much larger table streams, wherever it is written', async () => {
    const query = await planned('SELECT COUNT(*) FROM tiny s, huge l WHERE s.k = l.k');
    expect(at(query, 'dataSource', 'left', 'name')).toBe('huge');
  });

  test('an equality that all branches of an OR have is the key', async () => {
    const query = await planned(
      "SELECT COUNT(*) FROM huge x, tiny y WHERE (x.k = y.k AND x.s = 'a') OR (x.k = y.k AND y.l > 3)",
    );
    expect(at(query, 'dataSource', 'condition')).toBe('("k" == "j0.k")');
  });

  test('a condition on the right side of a LEFT join filters that side', async () => {
    const query = await planned("SELECT COUNT(*) FROM huge x LEFT JOIN tiny y ON x.k = y.k AND y.s = 'a'");
    expect(at(query, 'dataSource', 'right', 'query', 'filter', 'matchValue')).toBe('a');
  });
});

test('columns of a query over a query have names that are not taken', async () => {
  const query = await planned(
    'SELECT k, n, COUNT(*) FROM (SELECT k, COUNT(*) AS n FROM huge GROUP BY k) GROUP BY k, n',
  );
  expect(at(query, 'dimensions', 0, 'outputName')).toBe('_d0');
  expect(at(query, 'aggregations', 0, 'name')).toBe('_a0');
});

test('exact distinct counts over grouping sets are refused, not approximated', async () => {
  const sql = 'SELECT s, COUNT(DISTINCT k) FROM huge GROUP BY ROLLUP (s)';
  await expect(planned(sql, { useApproximateCountDistinct: false })).rejects.toThrow('could not be planned');
});

describe('NULLS FIRST and NULLS LAST', () => {
  const orderOf = async (order: string): Promise<unknown> =>
    at(await planned(`SELECT s, COUNT(*) AS n FROM huge GROUP BY s ORDER BY ${order}`), 'limitSpec', 'columns');

  test('what Druid does anyway is one key', async () => {
    expect(await orderOf('s ASC NULLS FIRST')).toHaveLength(1);
    expect(await orderOf('s DESC NULLS LAST')).toHaveLength(1);
  });

  test('the other place of nulls is a key of its own', async () => {
    expect(await orderOf('s ASC NULLS LAST')).toHaveLength(2);
    expect(await orderOf('s DESC NULLS FIRST')).toHaveLength(2);
  });
});

test('a lookup of a constant is looked up when the statement is planned', async () => {
  const query = await planned("SELECT k FROM tiny WHERE s = LOOKUP('x', 'codes')");
  expect(at(query, 'filter')).toMatchObject({ column: 's', matchValue: 'code of x' });
  const missing = await planned("SELECT k FROM tiny WHERE s = LOOKUP('x', 'nope')");
  expect(JSON.stringify(missing)).toContain("lookup('x','nope')");
});
