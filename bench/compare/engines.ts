/** The engines of a comparison, asked alike: one query in, its time and rows out. */
import { fileURLToPath } from 'node:url';
import { LineProcess } from '../lib/line-process.js';
import type { MillraceServer } from '../lib/millrace-server.js';
import type { BenchQuery, Row } from './bench-query.js';
import { COLUMNS, type Layout } from './lineitem.js';
import type { PeerName } from './options.js';

export interface Run {
  readonly ms: number;
  /** Only when asked for: it takes longer than the query. */
  readonly rows: Row[] | null;
  /** The engine says that it lacks what the query needs. */
  readonly unsupported?: string;
}

export interface Engine {
  readonly name: string;
  /** Processes whose waiting marks a run as disturbed. */
  readonly pids: readonly number[];
  /** Undefined where the query is not put to this engine. */
  run(query: BenchQuery, values: boolean): Promise<Run> | undefined;
}

export interface Peer extends Engine {
  readonly version: string;
  setThreads(threads: number): Promise<void>;
  sql(text: string): Promise<Row[]>;
  close(): Promise<void>;
}

/** Time of a whole HTTP request, until the last byte of the answer's JSON is there. */
export function millraceEngine(name: string, server: MillraceServer, layout: Layout): Engine {
  return {
    name,
    pids: [server.pid, process.pid],
    run: async (query, values) => {
      const answer = await server.client.query(JSON.stringify(withDataSource(query.native, layout.dataSource)));
      if (answer.status === 501) return { ms: answer.ms, rows: null, unsupported: JSON.stringify(answer.json) };
      if (answer.status !== 200) {
        throw new Error(`[${name}] [${query.name}]: ${answer.status} ${JSON.stringify(answer.json).slice(0, 500)}`);
      }
      return { ms: answer.ms, rows: values ? query.rows(answer.json) : null };
    },
  };
}

/** Fills in the table, in the innermost query of a nested one. */
export function withDataSource(native: Readonly<Record<string, unknown>>, dataSource: string): Record<string, unknown> {
  const inner = native['dataSource'] as { readonly type: string; readonly query: Record<string, unknown> } | undefined;
  return {
    ...native,
    dataSource: inner === undefined ? dataSource : { ...inner, query: withDataSource(inner.query, dataSource) },
  };
}

/** Starts a peer and loads the file into it, unless a former run has. */
export async function startPeer(
  name: PeerName,
  paths: { readonly file: string; readonly duckdb: string; readonly chdb: string; readonly python: string },
): Promise<Peer> {
  const script = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
  const child =
    name === 'chdb'
      ? new LineProcess(paths.python, [script('chdb_peer.py'), paths.chdb])
      : new LineProcess(process.execPath, [
          '--import',
          'tsx',
          script('duckdb-peer.ts'),
          paths.duckdb,
          name === 'duckdb_disk' ? 'disk' : 'memory',
        ]);
  const { version } = await child.ask<{ version: string }>({ load: paths.file, columns: COLUMNS });
  return {
    name,
    version,
    pids: [child.pid],
    run: (query, values) => {
      if (query.sql === null) return undefined;
      return child.ask<Run>({ sql: name === 'chdb' ? (query.clickhouse ?? query.sql) : query.sql, values });
    },
    setThreads: async (threads) => {
      await child.ask({ threads });
    },
    sql: async (text) => (await child.ask<{ rows: Row[] }>({ sql: text, values: true })).rows,
    close: () => child.close(),
  };
}
