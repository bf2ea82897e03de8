import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Where text goes, and whether a line can be written over. */
export interface Terminal {
  readonly isTTY: boolean;
  write(text: string): void;
}

const POLL_MS = 250;
const BAR_WIDTH = 30;

interface Progress {
  readonly status: string;
  readonly errorMsg: string | null;
  readonly rows: number;
  readonly badRows: number;
  readonly bytes: number;
}

/**
 * `millrace ingest spec.json`: submits a batch task and shows how far it is until it has ended.
 * @returns whether it succeeded
 * @throws Error when the file cannot be read, or the server refuses the task or does not answer
 */
export async function ingest(specFile: string, url: string, terminal: Terminal): Promise<boolean> {
  const spec = await readSpec(specFile);
  const totalBytes = await inputBytes(spec);
  const { task } = (await ask(`${url}/druid/indexer/v1/task`, JSON.stringify(spec))) as { readonly task: string };
  terminal.write(`Task ${task}\n`);
  const startMs = performance.now();
  for (;;) {
    const progress = await progressOf(url, task);
    const isDone = progress.status !== 'RUNNING';
    if (terminal.isTTY) terminal.write(`\r${progressLine(progress, totalBytes, performance.now() - startMs)}`);
    if (isDone) return finish(progress, performance.now() - startMs, terminal);
    await sleep(POLL_MS);
  }
}

/** `[=====     ]  50 %  1,000 rows  20.0 MB  5,000 rows/s`; without a bar where the size of the input is not known. */
export function progressLine(
  { status, rows, bytes }: Progress,
  totalBytes: number | undefined,
  elapsedMs: number,
): string {
  const share = status === 'SUCCESS' ? 1 : totalBytes === undefined ? undefined : Math.min(1, bytes / totalBytes);
  const filled = Math.round((share ?? 0) * BAR_WIDTH);
  const bar =
    share === undefined
      ? ''
      : `[${'='.repeat(filled)}${' '.repeat(BAR_WIDTH - filled)}] ${String(Math.floor(share * 100)).padStart(3)} %  `;
  const rate = Math.round(rows / Math.max(0.001, elapsedMs / 1000));
  return `${bar}${rows.toLocaleString('en')} rows  ${(bytes / 1e6).toFixed(1)} MB  ${rate.toLocaleString('en')} rows/s  `;
}

function finish({ status, errorMsg, rows, badRows }: Progress, elapsedMs: number, terminal: Terminal): boolean {
  if (terminal.isTTY) terminal.write('\n');
  const bad = badRows > 0 ? `, ${badRows.toLocaleString('en')} could not be read` : '';
  const took = `${(elapsedMs / 1000).toFixed(1)} s`;
  if (status === 'SUCCESS') terminal.write(`Done in ${took}: ${rows.toLocaleString('en')} rows${bad}\n`);
  else terminal.write(`Failed after ${took}: ${errorMsg ?? 'no reason was given'}\n`);
  return status === 'SUCCESS';
}

async function readSpec(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as unknown;
  } catch (cause) {
    throw new Error(`Spec ${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

async function progressOf(url: string, task: string): Promise<Progress> {
  const path = `${url}/druid/indexer/v1/task/${encodeURIComponent(task)}`;
  const { status } = (await ask(`${path}/status`)) as { status: { status: string; errorMsg: string | null } };
  const report = (await ask(`${path}/reports`).catch(() => undefined)) as ReportBody | undefined;
  const totals = report?.ingestionStatsAndErrors?.payload?.rowStats?.buildSegments ?? {};
  const count = (name: string): number => totals[name] ?? 0;
  return {
    ...status,
    rows: count('processed') + count('processedWithError'),
    badRows: count('unparseable'),
    bytes: count('processedBytes'),
  };
}

interface ReportBody {
  readonly ingestionStatsAndErrors?: {
    readonly payload?: { readonly rowStats?: { readonly buildSegments?: Readonly<Record<string, number>> } };
  };
}

async function ask(url: string, body?: string): Promise<unknown> {
  const post = { method: 'POST', headers: { 'content-type': 'application/json' } };
  let response: Response;
  try {
    response = await fetch(url, body === undefined ? {} : { ...post, body });
  } catch {
    throw new Error(`No answer from ${url}: is Millrace running there? (see --url)`);
  }
  const text = await response.text();
  if (response.ok) return JSON.parse(text) as unknown;
  throw new Error(`Status ${response.status}: ${text}`);
}

/** Bytes of the input where this machine can tell: inline data, and local files that are not packed. */
async function inputBytes(spec: unknown): Promise<number | undefined> {
  const source = (spec as { spec?: { ioConfig?: { inputSource?: Readonly<Record<string, unknown>> } } } | null)?.spec
    ?.ioConfig?.inputSource;
  try {
    if (typeof source?.['data'] === 'string') return Buffer.byteLength(source['data']);
    const paths = Array.isArray(source?.['files'])
      ? source['files'].map(String)
      : await matching(String(source?.['baseDir']), String(source?.['filter'] ?? '*'));
    if (paths.length === 0 || paths.some((path) => /\.(?:gz|zst|parquet|avro)$/.test(path))) return undefined;
    const sizes = await Promise.all(paths.map(async (path) => (await stat(path)).size));
    return sizes.reduce((sum, size) => sum + size, 0);
  } catch {
    // Files of another machine, or no files at all.
    return undefined;
  }
}

async function matching(directory: string, filter: string): Promise<string[]> {
  const escaped = filter.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  const name = new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`);
  const entries = await readdir(directory, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile() && name.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}
