import { Worker } from 'node:worker_threads';
import { workerEntry } from '../common/worker-entry.js';

/** Statements leave little behind them: a young generation of the usual 48 MB would only grow with each snapshot read. */
const YOUNG_MB = 6;

/** A thread that waits for the embedded store that it is to serve. */
let prepared: Worker | undefined;

/**
 * Starts the thread of the embedded store before it is known which file it opens: its modules load while this thread still loads
 * its own. It keeps no process alive, and is ended if another kind of store is opened.
 */
export function prepareStoreThread(): void {
  if (prepared !== undefined) return;
  const worker = startThread();
  worker.unref();
  worker.once('error', () => forget(worker));
  worker.once('exit', () => forget(worker));
  prepared = worker;
}

/** The prepared thread, or a new one. */
export function takeStoreThread(): Worker {
  const worker = prepared ?? startThread();
  prepared = undefined;
  worker.removeAllListeners();
  worker.ref();
  return worker;
}

/** No embedded store is going to be opened. */
export async function dropPreparedThread(): Promise<void> {
  const worker = prepared;
  prepared = undefined;
  await worker?.terminate();
}

function startThread(): Worker {
  const entry = workerEntry(import.meta.url, './sqlite.worker');
  return new Worker(entry.url, {
    execArgv: [...entry.execArgv],
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
  });
}

function forget(worker: Worker): void {
  if (prepared === worker) prepared = undefined;
}
