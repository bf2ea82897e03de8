import { Worker } from 'node:worker_threads';
import { workerEntry } from '../../common/worker-entry.js';
import type { FromTask, TaskConfig, ToTask } from './task-messages.js';

/** What runs an indexing loop: a thread, or a simulation in the caller's own. */
export interface TaskThread {
  post(message: ToTask): void;
  /** Ends it at once; nothing arrives afterwards. */
  terminate(): Promise<unknown>;
}

export interface TaskThreadEvents {
  onMessage(message: FromTask): void;
  /** It ended by itself. */
  onEnd(reason: string): void;
}

export type StartTaskThread = (config: TaskConfig, events: TaskThreadEvents) => TaskThread;

/** A worker thread for each task. */
export const startTaskWorker: StartTaskThread = (config, events) => {
  const entry = workerEntry(import.meta.url, './indexing-task.worker');
  const worker = new Worker(entry.url, { execArgv: [...entry.execArgv], workerData: config });
  worker.on('message', (message: FromTask) => events.onMessage(message));
  worker.on('error', (error) => events.onEnd(error.message));
  worker.on('exit', () => events.onEnd('The indexing thread ended'));
  return { post: (message) => worker.postMessage(message), terminate: () => worker.terminate() };
};
