import { parentPort } from 'node:worker_threads';
import { assert } from '../common/assert.js';
import { systemClock } from '../platform/clock.js';
import { systemRandomness } from '../platform/randomness.js';
import { SqlMetadataStore } from './sql-metadata-store.js';
import { openSqliteDatabase } from './sqlite-database.js';
import { sendError, type StoreCall, type StoreMessage, type StoreThreadOptions } from './store-messages.js';

/** The thread of the embedded metadata store: the only writer of its file. */

const port = parentPort;
assert(port !== null, 'The metadata thread has a parent');
const send = (message: StoreMessage): void => port.postMessage(message);

// The first message says which file, all others are calls: the thread may have been started before that was known.
port.once('message', (options: StoreThreadOptions) => {
  let store: SqlMetadataStore | undefined;
  port.on('message', (call: StoreCall) => {
    answer(() => (store ??= openStore(options)), call).then(send, (error: unknown) =>
      send({ kind: 'failure', id: call.id, error: sendError(error) }),
    );
  });
});

async function answer(store: () => SqlMetadataStore, call: StoreCall): Promise<StoreMessage> {
  const opened = store();
  const method = opened[call.method] as (...args: readonly unknown[]) => Promise<unknown>;
  return { kind: 'result', id: call.id, value: await method.apply(opened, [...call.args]) };
}

function openStore(options: StoreThreadOptions): SqlMetadataStore {
  const opened = new SqlMetadataStore(openSqliteDatabase(options.path, systemClock), {
    changeLogEntries: options.changeLogEntries,
    clock: systemClock,
    randomness: systemRandomness,
  });
  opened.onCommit((s) => send({ kind: 'commit', s }));
  return opened;
}
