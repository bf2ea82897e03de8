/** Worker-thread entry of one indexing task: stream client, parser and incremental index of one task group. */
import { parentPort, workerData } from 'node:worker_threads';
import { assert } from '../../common/assert.js';
import { systemClock } from '../../platform/clock.js';
import { openStreamSource } from '../../streams/open-source.js';
import type { StreamLog } from '../../streams/stream-log.js';
import { openIndexingLoop } from './open-indexing-loop.js';
import type { FromTask, TaskConfig, ToTask } from './task-messages.js';

assert(parentPort !== null, 'An indexing task runs in a worker thread');
const port = parentPort;
const config = workerData as TaskConfig;

const send = (message: FromTask): void => port.postMessage(message);
const log: StreamLog = (level, message, fields = {}) => send({ kind: 'log', level, message, fields });

async function run(): Promise<void> {
  const openSource = () => openStreamSource(config.source, log);
  const loop = await openIndexingLoop(config, { openSource, send, clock: systemClock });
  // Messages wait for this. The port keeps the thread alive: views are answered until the main thread ends it.
  port.on('message', (message: ToTask) => loop.receive(message));
  await loop.run();
}

run().catch((error: unknown) => {
  send({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
});
