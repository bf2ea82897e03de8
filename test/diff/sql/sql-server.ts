import { type ExactJson, ExactNumber, parseExactJson } from '../../conformance/exact-json.js';
import { eventually, type MillraceProcess } from '../../support/millrace-process.js';
import type { Cell } from './cells.js';

export interface SqlColumn {
  readonly name: string;
  readonly kind: 'string' | 'long' | 'double';
}

/** A refusal of a statement: its status and text. */
export class SqlRefused extends Error {
  readonly status: number;

  constructor(status: number, text: string) {
    super(`${status} ${text}`);
    this.status = status;
  }
}

/** Tables and statements of a running Millrace. */
export class SqlServer {
  readonly #process: MillraceProcess;

  constructor(process: MillraceProcess) {
    this.#process = process;
  }

  /** @param lines JSON objects with `__time` in milliseconds */
  async load(dataSource: string, columns: readonly SqlColumn[], lines: readonly string[], segmentGranularity = 'ALL') {
    const ingestion = {
      dataSchema: {
        dataSource,
        timestampSpec: { column: '__time', format: 'millis' },
        dimensionsSpec: { dimensions: columns.map(({ name, kind }) => ({ type: kind, name })) },
        granularitySpec: { segmentGranularity, queryGranularity: 'NONE', rollup: false },
      },
      ioConfig: {
        type: 'index_parallel',
        inputSource: { type: 'inline', data: lines.join('\n') },
        inputFormat: { type: 'json' },
      },
    };
    const taken = await this.#process.post('/druid/indexer/v1/task', { type: 'index_parallel', spec: ingestion });
    if (taken.status !== 200) throw new Error(`Task is not taken: ${taken.text}`);
    const { task } = JSON.parse(taken.text) as { readonly task: string };
    await eventually(async () => {
      const { text } = await this.#process.get(`/druid/indexer/v1/task/${task}/status`);
      const { status } = (JSON.parse(text) as { readonly status: { readonly status: string } }).status;
      if (status === 'FAILED') throw new Error(`Task failed: ${text}`);
      return status === 'SUCCESS' ? true : undefined;
    }, 60);
    await eventually(async () => {
      const count = await this.ask(`SELECT COUNT(*) FROM "${dataSource}"`).catch(() => null);
      return count?.[0]?.[0] === BigInt(lines.length) ? true : undefined;
    }, 60);
  }

  /** @throws SqlRefused */
  async ask(query: string, context: Readonly<Record<string, unknown>> = {}): Promise<Cell[][]> {
    const { status, text } = await this.#process.post('/druid/v2/sql', { query, resultFormat: 'array', context });
    if (status !== 200) throw new SqlRefused(status, text);
    return (parseExactJson(text) as readonly (readonly ExactJson[])[]).map((row) => row.map(cellOf));
  }
}

function cellOf(value: ExactJson): Cell {
  if (value instanceof ExactNumber) return value.isInteger ? BigInt(value.text) : Number(value.text);
  if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') return Number(value);
  return value as string | boolean | null;
}
