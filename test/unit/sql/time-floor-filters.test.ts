import { describe, expect, test } from 'vitest';
import { planStatement } from '../../../src/sql/plan-statement.js';
import { catalogOf, planRequest } from '../../support/sql-catalog.js';

const catalog = catalogOf({ t: { __time: 'LONG', other: 'LONG', s: 'STRING' } });
const EVER = ['-146136543-09-08T08:23:32.096Z', '146140482-04-24T15:36:27.903Z'];

interface Planned {
  readonly dataSource: { readonly type: string };
  readonly intervals: { readonly intervals: readonly string[] };
  readonly filter?: unknown;
  readonly virtualColumns?: unknown;
}

async function planned(where: string, context = {}): Promise<Planned> {
  const plan = await planStatement(planRequest(`SELECT COUNT(*) FROM t WHERE ${where}`, context), catalog);
  if (plan.kind !== 'select') throw new Error(`A select is a ${plan.kind}`);
  return plan.queries[0]!.json as unknown as Planned;
}

const day = (from: number, to = from + 1): string =>
  `2024-02-${String(from).padStart(2, '0')}T00:00:00.000Z/2024-02-${String(to).padStart(2, '0')}T00:00:00.000Z`;

describe('a comparison of __time floored to a period', () => {
  test.each([
    ["FLOOR(__time TO DAY) = TIMESTAMP '2024-02-03'", [day(3)]],
    ["TIMESTAMP '2024-02-03' = FLOOR(__time TO DAY)", [day(3)]],
    ["TIME_FLOOR(CAST(__time AS TIMESTAMP), 'P1D') = TIMESTAMP '2024-02-03'", [day(3)]],
    ["CAST(__time AS DATE) = DATE '2024-02-03'", [day(3)]],
    ["DATE_TRUNC('month', __time) = TIMESTAMP '2024-02-01'", ['2024-02-01T00:00:00.000Z/2024-03-01T00:00:00.000Z']],
    ["FLOOR(__time TO DAY) IN (TIMESTAMP '2024-02-03', TIMESTAMP '2024-02-05')", [day(3), day(5)]],
    ["FLOOR(__time TO DAY) IN (TIMESTAMP '2024-02-03', TIMESTAMP '2024-02-04')", [day(3, 5)]],
    ["FLOOR(__time TO DAY) BETWEEN TIMESTAMP '2024-02-03' AND TIMESTAMP '2024-02-05'", [day(3, 6)]],
    ["FLOOR(__time TO DAY) > TIMESTAMP '2024-02-03' AND __time < TIMESTAMP '2024-02-09'", [day(4, 9)]],
    ["FLOOR(__time TO DAY) < TIMESTAMP '2024-02-03'", [`${EVER[0]}/2024-02-03T00:00:00.000Z`]],
    ["FLOOR(__time TO DAY) < TIMESTAMP '2024-02-03 00:00:01'", [`${EVER[0]}/2024-02-04T00:00:00.000Z`]],
    ["FLOOR(__time TO DAY) <= TIMESTAMP '2024-02-03 00:00:01'", [`${EVER[0]}/2024-02-04T00:00:00.000Z`]],
    ["FLOOR(__time TO DAY) >= TIMESTAMP '2024-02-03'", [`2024-02-03T00:00:00.000Z/${EVER[1]}`]],
    ["FLOOR(__time TO DAY) >= TIMESTAMP '2024-02-03 00:00:01'", [`2024-02-04T00:00:00.000Z/${EVER[1]}`]],
    [
      "FLOOR(__time TO DAY) <> TIMESTAMP '2024-02-03'",
      [`${EVER[0]}/2024-02-03T00:00:00.000Z`, `2024-02-04T00:00:00.000Z/${EVER[1]}`],
    ],
  ])('is intervals: %s', async (where, intervals) => {
    const query = await planned(where);
    expect(query.intervals.intervals).toEqual(intervals);
    expect(query.filter).toBeUndefined();
    expect(query.virtualColumns).toBeUndefined();
  });

  test('is in the time zone of the query, also over a change to summer time', async () => {
    const query = await planned("FLOOR(__time TO DAY) = TIMESTAMP '2024-03-10'", {
      sqlTimeZone: 'America/Los_Angeles',
    });
    expect(query.intervals.intervals).toEqual(['2024-03-10T08:00:00.000Z/2024-03-11T07:00:00.000Z']);
  });

  test('with an instant that no period begins at holds for no row, and its contrary for all', async () => {
    const wrong = "FLOOR(__time TO DAY) = TIMESTAMP '2024-02-03 01:00:00'";
    expect((await planned(`${wrong} OR s = 'a'`)).filter).toMatchObject({ type: 'equals', column: 's' });
    expect((await planned(wrong)).dataSource.type).toBe('inline');
    expect((await planned(`${wrong} AND s = 'a'`)).dataSource.type).toBe('inline');
    expect((await planned(wrong.replace('=', '<>'))).intervals.intervals).toEqual([EVER.join('/')]);
  });

  test('of another column stays a filter', async () => {
    const query = await planned("FLOOR(MILLIS_TO_TIMESTAMP(other) TO DAY) = TIMESTAMP '2024-02-03'");
    expect(query.intervals.intervals).toEqual([EVER.join('/')]);
    expect(query.filter).toMatchObject({ type: 'equals', matchValueType: 'LONG' });
  });
});
