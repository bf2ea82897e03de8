/** Worker-thread entry of one indexing task: stream client, parser and incremental index of one task group. */
import { parentPort, workerData } from 'node:worker_threads';
import { assert } from '../common/assert.js';
import { compileFilter } from '../engine/filter/compile-filter.js';
import { systemClock } from '../platform/clock.js';
import { DimensionList } from '../segments/incremental/dimension-list.js';
import { IncrementalIndex } from '../segments/incremental/incremental-index.js';
import { openStreamSource } from '../streams/open-source.js';
import type { StreamLog } from '../streams/stream-log.js';
import { IndexingLoop } from './indexing-loop.js';
import { formatServices } from './input-access.js';
import { openRecordSource } from './parse/record-source.js';
import { createRowParser } from './parse/row-parser.js';
import { SequenceList } from './sequence-list.js';
import { rowSchemaOf } from './spec/data-schema.js';
import type { FromTask, TaskConfig, ToTask } from './task-messages.js';

const DEFAULT_SEQUENCE_BYTES = 256 * 1024 ** 2;
const MAX_SEQUENCE_BYTES = 3 * 512 * 1024 ** 2;
const MIN_SEQUENCE_BYTES = 8 * 1024 ** 2;
/** A growing array of the arena takes its double at once: with this much room a record never finds it full. */
const ARENA_ROOM = 2.5;

assert(parentPort !== null, 'An indexing task runs in a worker thread');
const port = parentPort;
const config = workerData as TaskConfig;
const { dataSchema, ioConfig, tuningConfig } = config.spec;

const send = (message: FromTask): void => port.postMessage(message);
const log: StreamLog = (level, message, fields = {}) => send({ kind: 'log', level, message, fields });
const maxSequenceBytes = sequenceBytes(tuningConfig.maxBytesInMemory);
const rowSchema = rowSchemaOf(dataSchema);
const dimensions = new DimensionList(rowSchema.dimensions);
const sequences = new SequenceList({
  dataSource: dataSchema.dataSource,
  viewsSeal: rowSchema.rollup || rowSchema.metrics.length > 0,
  arenaBytes: maxSequenceBytes * ARENA_ROOM,
  makeIndex: (arena, identity) => new IncrementalIndex(rowSchema, dimensions, arena, identity, compileFilter),
});
async function run(): Promise<void> {
  const records = await openRecordSource(ioConfig.inputFormat, formatServices(config.access));
  const loop = new IndexingLoop({
    config,
    openSource: () => openStreamSource(config.source, log),
    sequences,
    parser: createRowParser(dataSchema, records, dimensions),
    maxSequenceBytes,
    send,
    clock: systemClock,
  });
  // Messages wait for this. The port keeps the thread alive: views are answered until the main thread ends it.
  port.on('message', (message: ToTask) => loop.receive(message));
  await loop.run();
}

run().catch((error: unknown) => {
  send({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
});

/** `maxBytesInMemory`: 0 = our own limit, -1 = as much as an arena can take. */
function sequenceBytes(maxBytesInMemory: number): number {
  if (maxBytesInMemory === 0) return DEFAULT_SEQUENCE_BYTES;
  if (maxBytesInMemory < 0) return MAX_SEQUENCE_BYTES;
  return Math.min(MAX_SEQUENCE_BYTES, Math.max(MIN_SEQUENCE_BYTES, maxBytesInMemory));
}
