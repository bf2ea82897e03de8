/** A made-up table with one segment for each hour, ingested through the task endpoint. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type MillraceServer, sleep } from './millrace-server.js';

export interface HourlyTable {
  readonly dataSource: string;
  readonly hours: number;
  readonly rowsPerHour: number;
}

const START = Date.UTC(2020, 0, 1);
const HOUR_MS = 3_600_000;
const COLUMNS = ['time', 'color', 'shape', 'price'];

/** @param directory where the server may read files */
export async function ingestHourlyTable(server: MillraceServer, table: HourlyTable, directory: string): Promise<void> {
  const file = join(directory, `${table.dataSource}.tsv`);
  writeFileSync(file, lines(table));
  const answer = await server.client.post('/druid/indexer/v1/task', JSON.stringify(spec(table, file)));
  if (answer.status !== 200) throw new Error(`Task: ${answer.status} ${answer.text}`);
  const { task } = JSON.parse(answer.text) as { readonly task: string };
  for (;;) {
    const { text } = await server.client.get(`/druid/indexer/v1/task/${encodeURIComponent(task)}/status`);
    const { status } = JSON.parse(text) as { readonly status: { readonly status: string } };
    if (status.status === 'SUCCESS') break;
    if (status.status === 'FAILED') throw new Error(`Task [${task}]: ${text}`);
    await sleep(100);
  }
  while ((await countHourlyRows(server, table)) !== table.hours * table.rowsPerHour) await sleep(50);
}

export async function countHourlyRows(server: MillraceServer, { dataSource }: HourlyTable): Promise<number> {
  const answer = await server.client.query(
    JSON.stringify({
      queryType: 'timeseries',
      dataSource,
      intervals: ['2020-01-01/2030-01-01'],
      granularity: 'all',
      aggregations: [{ type: 'count', name: 'n' }],
      context: { useCache: false, populateCache: false },
    }),
  );
  const rows = answer.json as { readonly result: { readonly n: number } }[];
  return answer.status === 200 ? (rows[0]?.result.n ?? 0) : 0;
}

function lines({ hours, rowsPerHour }: HourlyTable): string {
  const text: string[] = [];
  for (let hour = 0; hour < hours; hour++) {
    for (let row = 0; row < rowsPerHour; row++) {
      const time = new Date(START + hour * HOUR_MS + (row % 3600) * 1000).toISOString();
      text.push(`${time}\tcolor-${(row * 7 + hour) % 40}\tshape-${row % 5}\t${((row * 31) % 1000) / 100}`);
    }
  }
  return text.join('\n');
}

function spec({ dataSource }: HourlyTable, file: string): unknown {
  return {
    type: 'index_parallel',
    spec: {
      dataSchema: {
        dataSource,
        timestampSpec: { column: 'time', format: 'iso' },
        dimensionsSpec: { dimensions: ['color', 'shape', { type: 'double', name: 'price' }] },
        granularitySpec: { type: 'uniform', segmentGranularity: 'HOUR', queryGranularity: 'NONE', rollup: false },
      },
      ioConfig: {
        type: 'index_parallel',
        inputSource: { type: 'local', files: [file] },
        inputFormat: { type: 'tsv', findColumnsFromHeader: false, columns: COLUMNS },
      },
      tuningConfig: { type: 'index_parallel', maxNumConcurrentSubTasks: 1 },
    },
  };
}
