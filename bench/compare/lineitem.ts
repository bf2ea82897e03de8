/** TPC-H lineitem: its columns, its file, and the two tables that Millrace makes of it. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type MillraceServer, sleep } from '../lib/millrace-server.js';

/** In the order of the file; the kinds say how the peers store them. */
export const COLUMNS = [
  ['l_orderkey', 'integer'],
  ['l_partkey', 'integer'],
  ['l_suppkey', 'integer'],
  ['l_linenumber', 'integer'],
  ['l_quantity', 'double'],
  ['l_extendedprice', 'double'],
  ['l_discount', 'double'],
  ['l_tax', 'double'],
  ['l_returnflag', 'word'],
  ['l_linestatus', 'word'],
  ['l_shipdate', 'date'],
  ['l_commitdate', 'date'],
  ['l_receiptdate', 'date'],
  ['l_shipinstruct', 'word'],
  ['l_shipmode', 'word'],
  ['l_comment', 'text'],
] as const;

export const METRICS = ['l_quantity', 'l_extendedprice', 'l_discount', 'l_tax'] as const;

/** Strings in Millrace, keys included, as in Druid's published benchmark. */
export const DIMENSIONS = COLUMNS.map(([name]) => name).filter(
  (name) => name !== 'l_shipdate' && !METRICS.includes(name as (typeof METRICS)[number]),
);

/** The whole of the data in Druid's notation. */
export const ALL_TIME = '1992-01-01/1999-01-01';

export interface Layout {
  readonly dataSource: string;
  readonly segmentGranularity: string;
  readonly segments: number;
}

/** The same rows as one segment, and as one for each month. */
export const LAYOUTS = {
  one: { dataSource: 'lineitem', segmentGranularity: 'ALL', segments: 1 },
  months: { dataSource: 'lineitem_months', segmentGranularity: 'MONTH', segments: 84 },
} as const satisfies Record<string, Layout>;

/** Makes the file unless it is there; @returns its path */
export function generateLineitem(python: string, scaleFactor: number, directory: string): string {
  const folder = join(directory, `sf${scaleFactor}`);
  const file = resolve(folder, 'lineitem.tbl');
  if (existsSync(file)) return file;
  mkdirSync(folder, { recursive: true });
  const generator = join(python, '..', 'tpchgen-cli');
  execFileSync(generator, ['tbl', '-s', String(scaleFactor), '-T', 'lineitem', '-o', folder], { stdio: 'inherit' });
  return file;
}

function ingestionSpec(layout: Layout, file: string): unknown {
  return {
    type: 'index_parallel',
    spec: {
      dataSchema: {
        dataSource: layout.dataSource,
        timestampSpec: { column: 'l_shipdate', format: 'yyyy-MM-dd' },
        dimensionsSpec: { dimensions: DIMENSIONS },
        metricsSpec: METRICS.map((name) => ({ type: 'doubleSum', name, fieldName: name })),
        granularitySpec: {
          type: 'uniform',
          segmentGranularity: layout.segmentGranularity,
          queryGranularity: 'NONE',
          rollup: false,
          intervals: [ALL_TIME],
        },
      },
      ioConfig: {
        type: 'index_parallel',
        inputSource: { type: 'local', files: [file] },
        inputFormat: {
          type: 'tsv',
          delimiter: '|',
          findColumnsFromHeader: false,
          columns: COLUMNS.map(([name]) => name),
        },
      },
      tuningConfig: {
        type: 'index_parallel',
        maxNumConcurrentSubTasks: 1,
        partitionsSpec: { type: 'dynamic', maxRowsPerSegment: 1_000_000_000, maxTotalRows: 1_000_000_000 },
      },
    },
  };
}

/** Rows that the server counts; 0 where the table does not exist. */
export async function countRows(server: MillraceServer, dataSource: string): Promise<number> {
  const answer = await server.client.query(
    JSON.stringify({
      queryType: 'timeseries',
      dataSource,
      intervals: [ALL_TIME],
      granularity: 'all',
      aggregations: [{ type: 'count', name: 'n' }],
      context: { useCache: false, populateCache: false },
    }),
  );
  if (answer.status !== 200)
    throw new Error(`Count of [${dataSource}]: ${answer.status} ${JSON.stringify(answer.json)}`);
  const [row] = answer.json as { readonly result: { readonly n: number } }[];
  return row?.result.n ?? 0;
}

/**
 * Ingests the file through the task endpoint and waits until every row is counted.
 * @returns rows per second, from the request to the published segments
 */
export async function ingest(server: MillraceServer, layout: Layout, file: string, rows: number): Promise<number> {
  const startedAt = performance.now();
  const submitted = await server.client.post('/druid/indexer/v1/task', JSON.stringify(ingestionSpec(layout, file)));
  if (submitted.status !== 200) throw new Error(`Task: ${submitted.status} ${submitted.text}`);
  const { task } = JSON.parse(submitted.text) as { readonly task: string };
  for (;;) {
    const answer = await server.client.get(`/druid/indexer/v1/task/${encodeURIComponent(task)}/status`);
    const { status } = JSON.parse(answer.text) as { readonly status: { readonly status: string } };
    if (status.status === 'SUCCESS') break;
    if (status.status !== 'RUNNING' && status.status !== 'PENDING') throw new Error(`Task [${task}]: ${answer.text}`);
    await sleep(500);
  }
  const rate = rows / ((performance.now() - startedAt) / 1000);
  while ((await countRows(server, layout.dataSource)) !== rows) await sleep(500);
  return rate;
}
