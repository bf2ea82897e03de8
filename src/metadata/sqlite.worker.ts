import { parentPort, workerData } from 'node:worker_threads';
import { assert } from '../common/assert.js';
import { systemClock } from '../platform/clock.js';
import { systemRandomness } from '../platform/randomness.js';
import { SqlMetadataStore } from './sql-metadata-store.js';
import { openSqliteDatabase } from './sqlite-database.js';
import { sendError, type StoreCall, type StoreMessage, type StoreThreadOptions } from './store-messages.js';

/** The thread of the embedded metadata store: the only writer of its file. */

const port = parentPort;
assert(port !== null, 'The metadata thread has a parent');
const options = workerData as StoreThreadOptions;
const send = (message: StoreMessage): void => port.postMessage(message);

let store: SqlMetadataStore | undefined;

port.on('message', (call: StoreCall) => {
  answer(call).then(send, (error: unknown) => send({ kind: 'failure', id: call.id, error: sendError(error) }));
});

async function answer(call: StoreCall): Promise<StoreMessage> {
  store ??= openStore();
  const method = store[call.method] as (...args: readonly unknown[]) => Promise<unknown>;
  return { kind: 'result', id: call.id, value: await method.apply(store, [...call.args]) };
}

function openStore(): SqlMetadataStore {
  const opened = new SqlMetadataStore(openSqliteDatabase(options.path, systemClock), {
    changeLogEntries: options.changeLogEntries,
    clock: systemClock,
    randomness: systemRandomness,
  });
  opened.onCommit((s) => send({ kind: 'commit', s }));
  return opened;
}
