import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { eventually, freePort, MillraceProcess } from '../support/millrace-process.js';

/** Data sources of the recorded server, by their specs; lineitem comes from a generator. */
const DATA_SOURCES = ['wikipedia', 'wikipedia_rollup', 'mvd'] as const;

export interface ReferenceServer {
  readonly url: string;
  /** `host:port`, the name of its node. */
  readonly node: string;
  readonly hasLineitem: boolean;
  readonly log: () => string;
  readonly stop: () => Promise<void>;
}

/**
 * The built program in a fresh directory, with the data and lookups of the server whose answers were recorded. TPC-H's lineitem
 * is there if `python` names an interpreter beside which tpchgen-cli is installed.
 */
export async function startReferenceServer(python: string | undefined): Promise<ReferenceServer> {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-conformance-'));
  const data = join(directory, 'recorded');
  await cp(join(import.meta.dirname, 'data'), join(data, 'data'), { recursive: true });
  const hasLineitem = python !== undefined && (await generateLineitem(python, join(data, 'data')));
  const server = new MillraceProcess({
    port: await freePort(),
    args: ['--data-dir', join(directory, 'node'), '--allow-local', data],
  });
  const stop = async (): Promise<void> => {
    await server.kill();
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await server.start();
    await loadLookups(server);
    await Promise.all([...DATA_SOURCES, ...(hasLineitem ? ['lineitem'] : [])].map((name) => load(server, name)));
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: server.url, node: new URL(server.url).host, hasLineitem, log: () => server.log, stop };
}

async function generateLineitem(python: string, to: string): Promise<boolean> {
  await mkdir(to, { recursive: true });
  const program = join(dirname(python), 'tpchgen-cli');
  const generated = promisify(execFile)(program, ['-s', '1', '--tables', 'lineitem', '--output-dir', to]);
  return generated.then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );
}

async function loadLookups(server: MillraceProcess): Promise<void> {
  for (const body of ['{}', await spec('lookups')]) {
    const answer = await server.post('/druid/coordinator/v1/lookups/config', body);
    if (answer.status !== 202) throw new Error(`Lookups are not taken: ${answer.status} ${answer.text}`);
  }
  const names = Object.keys((JSON.parse(await spec('lookups')) as Readonly<Record<string, object>>)['__default'] ?? {});
  await eventually(async () => {
    const status = await server.get('/druid/coordinator/v1/lookups/status/__default');
    if (status.status !== 200) return undefined;
    const loaded = JSON.parse(status.text) as Readonly<Record<string, { readonly loaded: boolean }>>;
    return names.every((name) => loaded[name]?.loaded === true) ? true : undefined;
  });
}

/** Ingests by the recorded spec and waits until the rows can be queried. */
async function load(server: MillraceProcess, name: string): Promise<void> {
  const answer = await server.post('/druid/indexer/v1/task', await spec(name));
  if (answer.status !== 200) throw new Error(`The task for [${name}] is not taken: ${answer.status} ${answer.text}`);
  const { task } = JSON.parse(answer.text) as { readonly task: string };
  await eventually(async () => {
    const { text } = await server.get(`/druid/indexer/v1/task/${task}/status`);
    const { status } = JSON.parse(text) as { readonly status: { readonly status: string; readonly errorMsg?: string } };
    if (status.status === 'FAILED') throw new Error(`The task for [${name}] failed: ${status.errorMsg}`);
    return status.status === 'SUCCESS' ? true : undefined;
  });
  await eventually(async () => {
    const loaded = await server.get('/druid/coordinator/v1/loadstatus?simple');
    return (JSON.parse(loaded.text) as Readonly<Record<string, number>>)[name] === 0 ? true : undefined;
  });
}

function spec(name: string): Promise<string> {
  return readFile(join(import.meta.dirname, 'specs', `${name}.json`), 'utf8');
}
