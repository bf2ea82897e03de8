/** Random tables and native queries over them, as plain data that fast-check shrinks and a regression file keeps. */
import fc from 'fast-check';

export type Kind = 'string' | 'long' | 'double';
export interface Column {
  readonly name: string;
  readonly kind: Kind;
}
/** Cells by column; longs as decimal text, which JSON keeps whole. */
export type Row = Readonly<Record<string, string | number | null>> & { readonly timeMs: number };

export interface RandomTable {
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
}

/** A column that both engines compute. */
export interface Computed extends Column {
  readonly expression: string;
  readonly sql: string;
}

export const COMPUTED: readonly Computed[] = [
  { name: 'v_add', kind: 'long', expression: 'l1 + l2', sql: '(l1 + l2)' },
  { name: 'v_mod', kind: 'long', expression: 'l2 % 7', sql: '(l2 % 7)' },
  { name: 'v_half', kind: 'long', expression: 'l1 / 2', sql: '(l1 // 2)' },
  { name: 'v_times', kind: 'double', expression: 'd1 * l1', sql: '(d1 * l1)' },
  { name: 'v_nvl', kind: 'string', expression: "nvl(s1, 'none')", sql: "coalesce(s1, 'none')" },
  { name: 'v_concat', kind: 'string', expression: "concat(s1, '-', s2)", sql: "(s1 || '-' || s2)" },
  {
    name: 'v_sign',
    kind: 'string',
    expression: "case_searched(l1 > 0, 'positive', l1 < 0, 'negative', 'neither')",
    sql: "(CASE WHEN l1 > 0 THEN 'positive' WHEN l1 < 0 THEN 'negative' ELSE 'neither' END)",
  },
];

export type Filter =
  | { readonly type: 'eq'; readonly column: Column; readonly value: string | number }
  | { readonly type: 'in'; readonly column: Column; readonly values: readonly (string | null)[] }
  | { readonly type: 'null'; readonly column: Column }
  | {
      readonly type: 'range';
      readonly column: Column;
      readonly lower: string | number | null;
      readonly upper: string | number | null;
      readonly isOpen: boolean;
    }
  | { readonly type: 'like'; readonly column: Column; readonly pattern: string }
  | { readonly type: 'expression'; readonly expression: string; readonly sql: string }
  | { readonly type: 'and' | 'or'; readonly fields: readonly Filter[] }
  | { readonly type: 'not'; readonly field: Filter };

export interface Aggregate {
  readonly name: string;
  readonly type: 'count' | 'sum' | 'min' | 'max';
  /** null for count. */
  readonly column: Column | null;
  readonly filter: Filter | null;
}
export interface PostAggregate {
  readonly fn: '+' | '-' | '*' | '/';
  readonly left: string;
  readonly right: string;
}
export interface Order {
  readonly name: string;
  readonly isDescending: boolean;
}

interface Common {
  readonly fromMs: number;
  readonly toMs: number;
  readonly filter: Filter | null;
}
interface Aggregated extends Common {
  /** An index of GRANULARITIES. */
  readonly granularity: number;
  readonly aggregates: readonly Aggregate[];
  readonly post: PostAggregate | null;
}
export type RandomQuery =
  | (Aggregated & { readonly type: 'timeseries'; readonly isDescending: boolean; readonly limit: number | null })
  | (Aggregated & { readonly type: 'topN'; readonly dimension: Column; readonly metric: string })
  | (Aggregated & {
      readonly type: 'groupBy';
      readonly dimensions: readonly Column[];
      readonly having: {
        readonly type: 'greaterThan' | 'lessThan' | 'equalTo';
        readonly name: string;
        readonly value: number;
      } | null;
      readonly orders: readonly Order[];
      readonly limit: number | null;
      readonly offset: number;
      readonly hasSubtotals: boolean;
    })
  | (Common & {
      readonly type: 'scan';
      readonly columns: readonly Column[];
      readonly order: 'none' | 'ascending' | 'descending';
    });

export type AggregatedQuery = Exclude<RandomQuery, { readonly type: 'scan' }>;

export interface RandomCase {
  readonly table: RandomTable;
  readonly queries: readonly RandomQuery[];
}

/** Around the spring change of New York's clocks. */
export const FIRST_MS = Date.UTC(2024, 2, 8);
export const LAST_MS = Date.UTC(2024, 2, 13);

/** Text that UTF-8 and UTF-16 order alike: nothing between the surrogates' block and the planes above it. */
const TEXTS = [
  '',
  'a',
  'A',
  'ab',
  'b',
  "o'neil",
  '100%',
  'a_b',
  'ä',
  'ß',
  '日本',
  '😀',
  '😀x',
  'null',
  '0',
  '-1',
  '10',
  ' a',
];
const text = fc.constantFrom(...TEXTS);
const small = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -1000, max: 1000 }));
const big = fc.oneof(small.map(BigInt), fc.bigInt({ min: -(2n ** 55n), max: 2n ** 55n }));
const decimal = fc.integer({ min: -100_000, max: 100_000 }).map((cents) => cents / 100);
const COLUMNS: readonly Column[] = [
  { name: 's1', kind: 'string' },
  { name: 's2', kind: 'string' },
  { name: 'l1', kind: 'long' },
  { name: 'l2', kind: 'long' },
  { name: 'd1', kind: 'double' },
];

const row: fc.Arbitrary<Row> = fc.record({
  timeMs: fc.oneof(
    fc.integer({ min: FIRST_MS, max: LAST_MS - 1 }),
    fc.integer({ min: 0, max: 119 }).map((hour) => FIRST_MS + hour * 3_600_000),
  ),
  s1: fc.option(text),
  s2: fc.option(fc.constantFrom('x', 'y', 'z')),
  l1: fc.option(small.map(String)),
  l2: fc.option(big.map(String)),
  d1: fc.option(decimal),
});

/** Extra columns make schemas differ; that some rows lack them altogether does not matter to a null. */
export const tables: fc.Arbitrary<RandomTable> = fc
  .tuple(fc.array(row, { minLength: 1, maxLength: 250 }), fc.boolean(), fc.boolean())
  .map(([rows, hasExtraText, hasExtraNumber]) => {
    const extra: Column[] = [];
    if (hasExtraText) extra.push({ name: 's3', kind: 'string' });
    if (hasExtraNumber) extra.push({ name: 'd2', kind: 'double' });
    const filled = rows.map((one, i) => ({
      ...one,
      ...(hasExtraText && { s3: i % 3 === 0 ? null : `k${i % 40}` }),
      ...(hasExtraNumber && { d2: i % 5 === 0 ? null : (i % 17) / 4 }),
    }));
    return { columns: [...COLUMNS, ...extra], rows: filled };
  });

function valueOf(kind: Kind): fc.Arbitrary<string | number> {
  return kind === 'string' ? fc.oneof(text, fc.constantFrom('x', 'y')) : kind === 'long' ? small : decimal;
}

function leafFilter(columns: readonly Column[]): fc.Arbitrary<Filter> {
  const column = fc.constantFrom(...columns);
  const texts = fc.constantFrom(...columns.filter(({ kind }) => kind === 'string'));
  return fc.oneof(
    column.chain((of) => valueOf(of.kind).map((value): Filter => ({ type: 'eq', column: of, value }))),
    fc
      .tuple(texts, fc.array(fc.option(text), { minLength: 1, maxLength: 4 }))
      .map(([of, values]): Filter => ({ type: 'in', column: of, values })),
    column.map((of): Filter => ({ type: 'null', column: of })),
    column.chain((of) =>
      fc
        .tuple(fc.option(valueOf(of.kind)), fc.option(valueOf(of.kind)), fc.boolean())
        .filter(([lower, upper]) => lower !== null || upper !== null)
        .map(([lower, upper, isOpen]): Filter => ({ type: 'range', column: of, lower, upper, isOpen })),
    ),
    fc
      .tuple(texts, fc.constantFrom('a%', '%b', '%', '_', 'a__', '%ä%', "%'%", '😀%', ''))
      .map(([of, pattern]): Filter => ({ type: 'like', column: of, pattern })),
    fc.constantFrom<Filter>(
      { type: 'expression', expression: 'l1 > d1', sql: '(l1 > d1)' },
      { type: 'expression', expression: 'l1 + 1 == l2', sql: '(l1 + 1 = l2)' },
      { type: 'expression', expression: "s1 == 'a' || l1 > 0", sql: "(s1 = 'a' OR l1 > 0)" },
      { type: 'expression', expression: "s2 != 'x' && !(l1 < 0)", sql: "(s2 <> 'x' AND NOT (l1 < 0))" },
    ),
  );
}

function filters(columns: readonly Column[]): fc.Arbitrary<Filter> {
  const leaf = leafFilter(columns);
  const { tree } = fc.letrec<{ tree: Filter }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leaf,
      fc
        .tuple(fc.constantFrom('and' as const, 'or' as const), fc.array(tie('tree'), { minLength: 1, maxLength: 3 }))
        .map(([type, fields]): Filter => ({ type, fields })),
      tie('tree').map((field): Filter => ({ type: 'not', field })),
    ),
  }));
  return tree;
}

function aggregatesOf(columns: readonly Column[]): fc.Arbitrary<readonly Aggregate[]> {
  const numbers = columns.filter(({ kind }) => kind !== 'string');
  const one = fc.tuple(
    fc.constantFrom('count' as const, 'sum' as const, 'min' as const, 'max' as const),
    fc.constantFrom(...numbers),
    fc.option(leafFilter(columns), { freq: 3 }),
  );
  return fc.array(one, { minLength: 1, maxLength: 4 }).map((list) => [
    { name: 'rows', type: 'count', column: null, filter: null },
    ...list.map(([type, column, filter], i): Aggregate => {
      return { name: `a${i}`, type, column: type === 'count' ? null : column, filter };
    }),
  ]);
}

const span = fc
  .tuple(fc.integer({ min: -1, max: 100 }), fc.integer({ min: 1, max: 130 }))
  .map(([start, length]) => ({ fromMs: FIRST_MS + start * 3_600_000, toMs: FIRST_MS + (start + length) * 3_600_000 }));

export function queriesOver(columns: readonly Column[], numGranularities: number): fc.Arbitrary<RandomQuery> {
  const all = [...columns, ...COMPUTED];
  const dimensions = all.filter(({ kind }) => kind !== 'double');
  const common = fc.tuple(span, fc.option(filters(all), { freq: 3 })).map(([of, filter]) => ({ ...of, filter }));
  const aggregated = fc
    .tuple(
      common,
      fc.nat(numGranularities - 1),
      aggregatesOf(all),
      fc.option(fc.constantFrom<PostAggregate['fn']>('+', '-', '*', '/')),
    )
    .map(([of, granularity, aggregates, fn]) => {
      const post = fn === null ? null : { fn, left: aggregates.at(-1)!.name, right: 'rows' };
      return { ...of, granularity, aggregates, post };
    });
  /** Sums of doubles depend on their order, so that nothing is decided by them. */
  const exact = (list: readonly Aggregate[]): readonly string[] =>
    list.filter(({ type, column }) => type !== 'sum' || column?.kind === 'long').map(({ name }) => name);
  return fc.oneof(
    fc
      .tuple(aggregated, fc.boolean(), fc.option(fc.integer({ min: 1, max: 5 })))
      .map(([of, isDescending, limit]): RandomQuery => ({ ...of, type: 'timeseries', isDescending, limit })),
    aggregated.chain((of) =>
      fc
        .tuple(
          fc.constantFrom(...dimensions.filter(({ kind }) => kind === 'string')),
          fc.constantFrom(...exact(of.aggregates)),
        )
        .map(([dimension, metric]): RandomQuery => ({ ...of, type: 'topN', dimension, metric })),
    ),
    aggregated.chain((of) =>
      fc
        .uniqueArray(fc.constantFrom(...dimensions), { minLength: 1, maxLength: 3, selector: ({ name }) => name })
        .chain((by) =>
          fc
            .record({
              having: fc.option(
                fc.record({
                  type: fc.constantFrom('greaterThan' as const, 'lessThan' as const, 'equalTo' as const),
                  name: fc.constantFrom(...exact(of.aggregates)),
                  value: fc.integer({ min: -5, max: 10 }),
                }),
              ),
              orders: fc.uniqueArray(
                fc.record({
                  name: fc.constantFrom(...exact(of.aggregates), ...by.map(({ name }) => name)),
                  isDescending: fc.boolean(),
                }),
                { maxLength: 2, selector: ({ name }) => name },
              ),
              limit: fc.option(fc.integer({ min: 1, max: 10 })),
              offset: fc.constantFrom(0, 0, 3),
              hasSubtotals: fc.boolean(),
            })
            .map((rest): RandomQuery => ({ ...of, type: 'groupBy', dimensions: by, ...rest })),
        ),
    ),
    fc
      .tuple(
        common,
        fc.uniqueArray(fc.constantFrom(...all), { minLength: 1, maxLength: 6, selector: ({ name }) => name }),
        fc.constantFrom('none' as const, 'ascending' as const, 'descending' as const),
      )
      .map(([of, list, order]): RandomQuery => ({ ...of, type: 'scan', columns: list, order })),
  );
}
