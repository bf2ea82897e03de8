import { compileFilter } from '../../engine/filter/compile-filter.js';
import type { Clock } from '../../platform/clock.js';
import { rowMetrics } from '../../segments/incremental/append-store.js';
import { DimensionList } from '../../segments/incremental/dimension-list.js';
import { IncrementalIndex } from '../../segments/incremental/incremental-index.js';
import type { StreamSource } from '../../streams/stream-source.js';
import { IndexingLoop } from './indexing-loop.js';
import { formatServices } from '../input-access.js';
import { openRecordSource } from '../parse/record-source.js';
import { createRowParser } from '../parse/row-parser.js';
import { SequenceList } from './sequence-list.js';
import { rowSchemaOf } from '../spec/data-schema.js';
import type { FromTask, TaskConfig } from './task-messages.js';

const DEFAULT_SEQUENCE_BYTES = 256 * 1024 ** 2;
const MAX_SEQUENCE_BYTES = 3 * 512 * 1024 ** 2;
const MIN_SEQUENCE_BYTES = 8 * 1024 ** 2;
/** A growing array of the arena takes its double at once: with this much room a record never finds it full. */
const ARENA_ROOM = 2.5;

/** The loop of one task with its sequences and parser, ready to run. */
export async function openIndexingLoop(
  config: TaskConfig,
  world: {
    readonly openSource: () => StreamSource;
    readonly send: (message: FromTask) => void;
    readonly clock: Clock;
    /** Memory beyond which merged sequences are spilled; that of the tuning config when absent. */
    readonly spillBytes?: number;
    readonly giveWay?: () => Promise<void>;
  },
): Promise<IndexingLoop> {
  const { dataSchema, ioConfig, tuningConfig } = config.spec;
  const maxSequenceBytes = sequenceBytes(tuningConfig.maxBytesInMemory);
  const rowSchema = rowSchemaOf(dataSchema);
  const dimensions = new DimensionList(rowSchema.dimensions);
  const sequences = new SequenceList({
    dataSource: dataSchema.dataSource,
    viewsSeal: rowSchema.rollup || rowMetrics(rowSchema.metrics) === undefined,
    arenaBytes: maxSequenceBytes * ARENA_ROOM,
    makeIndex: (arena, identity) => new IncrementalIndex(rowSchema, dimensions, arena, identity, compileFilter),
  });
  const records = await openRecordSource(ioConfig.inputFormat, formatServices(config.access));
  const parser = createRowParser(dataSchema, records, dimensions);
  return new IndexingLoop({ config, sequences, parser, maxSequenceBytes, ...world });
}

/** `maxBytesInMemory`: 0 = our own limit, -1 = as much as an arena can take. */
function sequenceBytes(maxBytesInMemory: number): number {
  if (maxBytesInMemory === 0) return DEFAULT_SEQUENCE_BYTES;
  if (maxBytesInMemory < 0) return MAX_SEQUENCE_BYTES;
  return Math.min(MAX_SEQUENCE_BYTES, Math.max(MIN_SEQUENCE_BYTES, maxBytesInMemory));
}
