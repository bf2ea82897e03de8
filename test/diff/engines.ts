import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { ExactNumber, parseExactJson, type ExactJson } from '../conformance/exact-json.js';
import { eventually, type MillraceProcess } from '../support/millrace-process.js';
import { GRANULARITIES } from './granularities.js';
import { nativeQuery } from './native-json.js';
import type { Kind, RandomQuery, RandomTable, Row } from './random-case.js';
import { sqlQuery } from './to-sql.js';

/** A cell of either engine: longs as bigint, doubles as number. */
export type Cell = bigint | number | string | null;

const SQL_TYPES: Readonly<Record<Kind, string>> = { string: 'VARCHAR', long: 'BIGINT', double: 'DOUBLE' };

/** The other engine, which holds one table at a time. */
export class Duck {
  readonly #connection: DuckDBConnection;

  private constructor(connection: DuckDBConnection) {
    this.#connection = connection;
  }

  static async open(): Promise<Duck> {
    return new Duck(await (await DuckDBInstance.create(':memory:')).connect());
  }

  async load({ columns, rows }: RandomTable): Promise<void> {
    const buckets = GRANULARITIES.map((_, i) => `b${i} BIGINT`);
    const defined = columns.map(({ name, kind }) => `"${name}" ${SQL_TYPES[kind]}`);
    await this.#connection.run(`CREATE OR REPLACE TABLE t (ts BIGINT, ${[...defined, ...buckets].join(', ')})`);
    const tuples = rows.map((row) => {
      const cells = columns.map(({ name, kind }) => cellSql(row[name] ?? null, kind));
      const starts = GRANULARITIES.map(({ floor }) => floor?.(row.timeMs) ?? 0);
      return `(${[row.timeMs, ...cells, ...starts].join(', ')})`;
    });
    await this.#connection.run(`INSERT INTO t VALUES ${tuples.join(', ')}`);
  }

  async ask(query: RandomQuery): Promise<Cell[][]> {
    const reader = await this.#connection.runAndReadAll(sqlQuery(query));
    return reader.getRows() as Cell[][];
  }
}

function cellSql(value: string | number | null, kind: Kind): string {
  if (value === null) return 'NULL';
  return kind === 'string' ? `'${String(value).replaceAll("'", "''")}'` : String(value);
}

/** How the same rows lie in Millrace: one segment, many, and rows that only a stream's owner has. */
export const LAYOUTS = ['one', 'many', 'live'] as const;
type Layout = (typeof LAYOUTS)[number];

export class Millrace {
  readonly #process: MillraceProcess;
  #tables = 0;

  constructor(process: MillraceProcess) {
    this.#process = process;
  }

  /** @returns the data source of each layout */
  async load(table: RandomTable): Promise<Readonly<Record<Layout, string>>> {
    const name = `t${++this.#tables}`;
    const names = { one: `${name}_one`, many: `${name}_many`, live: `${name}_live` };
    const middle = Math.ceil(table.rows.length / 2);
    await this.#supervise(names.live, table);
    await Promise.all([
      this.#task(names.one, table, table.rows, 'YEAR'),
      this.#task(names.many, table, table.rows.slice(0, middle), 'DAY').then(() =>
        this.#task(names.many, table, table.rows.slice(middle), 'DAY'),
      ),
    ]);
    for (const dataSource of Object.values(names)) await this.#hasRows(dataSource, table.rows.length);
    return names;
  }

  /** Ends what reads the stream of a table. */
  async drop(names: Readonly<Record<Layout, string>>): Promise<void> {
    await this.#process.post(`/druid/indexer/v1/supervisor/${names.live}/terminate`, '');
  }

  async ask(query: RandomQuery, dataSource: string): Promise<Cell[][]> {
    const json = nativeQuery(query, dataSource);
    const answer = await this.#process.post('/druid/v2', json);
    if (answer.status !== 200) throw new Error(`${answer.status} ${answer.text} to ${JSON.stringify(json)}`);
    return cellsOf(query, parseExactJson(answer.text));
  }

  async #task(dataSource: string, table: RandomTable, rows: readonly Row[], segmentGranularity: string): Promise<void> {
    if (rows.length === 0) return;
    const spec = {
      dataSchema: dataSchema(dataSource, table, segmentGranularity),
      ioConfig: {
        type: 'index_parallel',
        appendToExisting: segmentGranularity === 'DAY',
        inputSource: { type: 'inline', data: rows.map((row) => rowJson(table, row)).join('\n') },
        inputFormat: { type: 'json' },
      },
    };
    const answer = await this.#process.post('/druid/indexer/v1/task', { type: 'index_parallel', spec });
    if (answer.status !== 200) throw new Error(`Task is not taken: ${answer.text}`);
    const { task } = JSON.parse(answer.text) as { readonly task: string };
    await eventually(async () => {
      const { text } = await this.#process.get(`/druid/indexer/v1/task/${task}/status`);
      const { status } = (JSON.parse(text) as { readonly status: { readonly status: string } }).status;
      if (status === 'FAILED') throw new Error(`Task failed: ${text}`);
      return status === 'SUCCESS' ? true : undefined;
    }, 20);
  }

  async #supervise(dataSource: string, table: RandomTable): Promise<void> {
    const spec = {
      dataSchema: dataSchema(dataSource, table, 'DAY'),
      ioConfig: {
        type: 'local',
        stream: dataSource,
        inputFormat: { type: 'json' },
        useEarliestOffset: true,
        taskDuration: 'PT1H',
      },
      tuningConfig: { type: 'local' },
    };
    const made = await this.#process.post('/druid/indexer/v1/supervisor', { type: 'local', spec });
    if (made.status !== 200) throw new Error(`Supervisor is not taken: ${made.text}`);
    const body = table.rows.map((row) => rowJson(table, row)).join('\n');
    await eventually(async () => {
      const pushed = await this.#process.post(`/v1/push/${dataSource}?producerId=diff&sequenceNumber=1`, body);
      return pushed.status === 200 ? true : undefined;
    }, 20);
  }

  async #hasRows(dataSource: string, count: number): Promise<void> {
    const query = {
      queryType: 'timeseries',
      dataSource,
      intervals: ['2000/2100'],
      granularity: 'all',
      aggregations: [{ type: 'count', name: 'n' }],
    };
    await eventually(async () => {
      const { status, text } = await this.#process.post('/druid/v2', query);
      return status === 200 && text.includes(`"n":${count}}`) ? true : undefined;
    }, 20);
  }
}

function dataSchema(dataSource: string, { columns }: RandomTable, segmentGranularity: string): unknown {
  const types: Readonly<Record<Kind, string>> = { string: 'string', long: 'long', double: 'double' };
  return {
    dataSource,
    timestampSpec: { column: 'time', format: 'millis' },
    dimensionsSpec: { dimensions: columns.map(({ name, kind }) => ({ type: types[kind], name })) },
    granularitySpec: { segmentGranularity, queryGranularity: 'NONE', rollup: false },
  };
}

/** Longs are written as the digits that they are. */
function rowJson({ columns }: RandomTable, row: Row): string {
  const cells = columns.map(({ name, kind }) => {
    const value = row[name] ?? null;
    return `${JSON.stringify(name)}:${kind === 'long' && value !== null ? String(value) : JSON.stringify(value)}`;
  });
  return `{${[`"time":${row.timeMs}`, ...cells].join(',')}}`;
}

/** Rows in the order of the SELECT list: bucket, dimensions, aggregates. The one bucket over all time has no number of its own. */
function cellsOf(query: RandomQuery, answer: ExactJson): Cell[][] {
  const list = answer as readonly ReadonlyMap<string, ExactJson>[];
  if (query.type === 'scan') {
    return list.flatMap((part) =>
      (part.get('events') as readonly (readonly ExactJson[])[]).map((event) => event.map(cellOf)),
    );
  }
  const isAll = GRANULARITIES[query.granularity]!.floor === null;
  const post = query.post === null ? [] : ['post'];
  const names = [...query.aggregates.map(({ name }) => name), ...post];
  const rowOf = (time: ExactJson, row: ExactJson, dimensions: readonly string[]): Cell[] => {
    const members = row as ReadonlyMap<string, ExactJson>;
    const bucket = isAll ? 0n : BigInt(Date.parse(time as string));
    return [bucket, ...[...dimensions, ...names].map((name) => cellOf(members.get(name) ?? null))];
  };
  switch (query.type) {
    case 'timeseries':
      return list.map((one) => rowOf(one.get('timestamp')!, one.get('result')!, []));
    case 'topN':
      return list.flatMap((one) =>
        (one.get('result') as readonly ExactJson[]).map((row) =>
          rowOf(one.get('timestamp')!, row, [query.dimension.name]),
        ),
      );
    case 'groupBy':
      return list.map((one) =>
        rowOf(
          one.get('timestamp')!,
          one.get('event')!,
          query.dimensions.map(({ name }) => name),
        ),
      );
  }
}

function cellOf(value: ExactJson): Cell {
  if (value instanceof ExactNumber) return value.isInteger ? BigInt(value.text) : Number(value.text);
  return value as string | null;
}
