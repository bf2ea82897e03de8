import type { SqlCase } from './sql-case.js';

const NUMBERS = ['BIGINT', 'INTEGER', 'DOUBLE', 'DECIMAL', 'FLOAT'] as const;
/** Calcite has no rule for the pair. */
const NEVER = /Cast function cannot convert value of type /;
const UNPARSABLE = /Illegal (DATE|TIMESTAMP) constant/;
/** FLOAT has not as many digits as these. */
const SAMPLE_TIMES = [1706696430123, 1709251199999, 1710028800000, 1710028800000];

type Cells = readonly unknown[] | RegExp;

interface Casts {
  readonly varchar: Cells;
  readonly boolean: Cells;
  /** To BIGINT and INTEGER. */
  readonly whole: Cells;
  /** To FLOAT, DOUBLE and DECIMAL; absent: as `whole`. */
  readonly real?: Cells;
  readonly date: Cells;
  readonly timestamp: Cells;
}

const NO_NUMBER = { boolean: [null], whole: [null], date: UNPARSABLE, timestamp: UNPARSABLE } as const;
const DAY = ['2024-02-29T00:00:00.000Z'];

/** One value each. */
const LITERALS: Readonly<Record<string, Casts>> = {
  "'12'": {
    varchar: ['12'],
    boolean: [true],
    whole: [12],
    date: ['0012-01-01T00:00:00.000Z'],
    timestamp: ['0012-01-01T00:00:00.000Z'],
  },
  "'1.5'": { varchar: ['1.5'], boolean: [true], whole: [1], real: [1.5], date: UNPARSABLE, timestamp: UNPARSABLE },
  "'2024-02-29'": { ...NO_NUMBER, varchar: ['2024-02-29'], date: DAY, timestamp: DAY },
  "'x'": { ...NO_NUMBER, varchar: ['x'] },
  "''": { ...NO_NUMBER, varchar: [''] },
  TRUE: { varchar: ['true'], boolean: [true], whole: NEVER, date: NEVER, timestamp: NEVER },
  '12': { varchar: ['12'], boolean: [true], whole: [12], date: NEVER, timestamp: ['1970-01-01T00:00:00.012Z'] },
  '-1.9': {
    varchar: ['-1.9'],
    boolean: [true],
    whole: [-1],
    real: [-1.9],
    date: NEVER,
    timestamp: ['1969-12-31T23:59:59.999Z'],
  },
  "DATE '2024-02-29'": { varchar: ['2024-02-29'], boolean: NEVER, whole: NEVER, date: DAY, timestamp: DAY },
  NULL: { varchar: [null], boolean: [null], whole: [null], date: [null], timestamp: [null] },
};

const NOTHING = [null, null, null, null];

/** Of the four rows of `t`. */
const COLUMNS: Readonly<Record<string, Casts>> = {
  s: { varchar: ['a', 'Bc', '', null], boolean: NOTHING, whole: NOTHING, date: NOTHING, timestamp: NOTHING },
  n: {
    varchar: ['10', '-3', '0', null],
    boolean: [true, true, false, null],
    whole: [10, -3, 0, null],
    date: NEVER,
    timestamp: ['1970-01-01T00:00:00.010Z', '1969-12-31T23:59:59.997Z', '1970-01-01T00:00:00.000Z', null],
  },
  d: {
    varchar: ['1.5', '-2.25', '0.0', null],
    boolean: [true, true, false, null],
    whole: [1, -2, 0, null],
    real: [1.5, -2.25, 0, null],
    date: NEVER,
    timestamp: ['1970-01-01T00:00:00.001Z', '1969-12-31T23:59:59.998Z', '1970-01-01T00:00:00.000Z', null],
  },
  'n > 0': {
    varchar: ['1', '0', '0', null],
    boolean: [true, false, false, null],
    whole: NEVER,
    date: NEVER,
    timestamp: NEVER,
  },
  __time: {
    varchar: ['2024-01-31 10:20:30', '2024-02-29 23:59:59', '2024-03-10 00:00:00', '2024-03-10 00:00:00'],
    boolean: NEVER,
    whole: SAMPLE_TIMES,
    date: ['2024-01-31', '2024-02-29', '2024-03-10', '2024-03-10'].map((day) => `${day}T00:00:00.000Z`),
    timestamp: SAMPLE_TIMES.map((time) => new Date(time).toISOString()),
  },
};

/** Each type to each type: what it gives, or that it is refused; TRY_CAST gives null for a text that cannot be read. */
export const CASTS: readonly SqlCase[] = [
  ...Object.entries(LITERALS).flatMap(([source, casts]) => casesOf(source, casts, '')),
  ...Object.entries(COLUMNS).flatMap(([source, casts]) => casesOf(source, casts, ' FROM t')),
  [
    "SELECT CAST(' 12 ' AS DOUBLE), CAST('1e3' AS BIGINT), CAST('99999999999999999999' AS DOUBLE)",
    [[null, 1000, 1e20]],
  ],
  ['SELECT COUNT(*) FROM t WHERE CAST(s AS BIGINT) IS NULL', [[4]]],
  ['SELECT CAST(n AS TINYINT) FROM t', /Cannot coerce field \[EXPR\$0\]/],
  ["SELECT CAST('a' AS NOPE)", /Unknown identifier 'NOPE'/],
];

function casesOf(source: string, casts: Casts, from: string): readonly SqlCase[] {
  const { varchar, boolean, whole, real = whole, date, timestamp } = casts;
  const byType: [string, Cells][] = [
    ['VARCHAR', varchar],
    ['BOOLEAN', boolean],
    ...NUMBERS.filter((type) => type !== 'FLOAT' || whole !== SAMPLE_TIMES).map((type, i): [string, Cells] => [
      type,
      i < 2 ? whole : real,
    ]),
    ['DATE', date],
    ['TIMESTAMP', timestamp],
  ];
  return byType.flatMap(([type, cells]) =>
    ['CAST', 'TRY_CAST'].map((cast): SqlCase => {
      const sql = `SELECT ${cast}(${source} AS ${type}) AS v${from}`;
      const wanted = cast === 'TRY_CAST' && cells === UNPARSABLE ? [null] : cells;
      return [sql, wanted instanceof RegExp ? wanted : wanted.map((cell) => [cell])];
    }),
  );
}
