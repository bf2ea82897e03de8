/** One indexing thread's own work, from records in memory to rows that a view shows. */
import { compileFilter } from '../../src/engine/filter/compile-filter.js';
import { textRecords } from '../../src/indexing/parse/record-source.js';
import { createRowParser } from '../../src/indexing/parse/row-parser.js';
import { RowIntake } from '../../src/indexing/stream/row-intake.js';
import { RowMeters } from '../../src/indexing/intake/row-meters.js';
import { Sequence } from '../../src/indexing/stream/sequence.js';
import { rowSchemaOf } from '../../src/indexing/spec/data-schema.js';
import type { SupervisorSpec } from '../../src/indexing/spec/supervisor-spec.js';
import { BumpArena } from '../../src/memory/bump-arena.js';
import type { SegmentBlocks } from '../../src/memory/block-ref.js';
import { DimensionList } from '../../src/segments/incremental/dimension-list.js';
import { IncrementalIndex } from '../../src/segments/incremental/incremental-index.js';
import type { StreamRecord } from '../../src/streams/stream-source.js';
import { type Events, valuesOf } from './events.js';

const JSON_FORMAT = { type: 'json', flatten: { fields: [], useFieldDiscovery: true } } as const;
/** A few megabytes, as a fetch of Kafka. */
const BATCH_RECORDS = 20_000;
const ARENA_BYTES = 3 * 2 ** 30;

export interface Taken {
  readonly blocks: readonly SegmentBlocks[];
  readonly arena: BumpArena;
}

/** Takes records into one sequence. */
export class Intake {
  readonly #arena = BumpArena.create(ARENA_BYTES);
  readonly #rows: RowIntake;
  readonly #sequence: Sequence;
  #numRecords = 0;

  constructor(spec: SupervisorSpec) {
    const { dataSchema } = spec;
    const schema = rowSchemaOf(dataSchema);
    const dimensions = new DimensionList(schema.dimensions);
    const parser = createRowParser(dataSchema, textRecords(JSON_FORMAT), dimensions);
    this.#rows = new RowIntake(spec, parser, new RowMeters(0), Date.now, () => undefined);
    this.#sequence = new Sequence({
      number: 0,
      from: {},
      startedAtMs: 0,
      arena: this.#arena,
      dataSource: dataSchema.dataSource,
      viewsSeal: true,
      makeIndex: (of, identity) => new IncrementalIndex(schema, dimensions, of, identity, compileFilter),
    });
    this.#rows.startSequence(this.#sequence, 0);
  }

  /** @param together false = record by record, the general path */
  take(records: readonly StreamRecord[], together = true): void {
    for (let at = 0; at < records.length; ) {
      const taken = together ? this.#rows.takeMany(records, at, records.length) : 0;
      if (taken === 0 && this.#rows.take(records[at]!) !== 'taken') throw new Error('The arena is full');
      at += Math.max(1, taken);
    }
    this.#numRecords += records.length;
  }

  view(): Taken {
    return { blocks: this.#sequence.view(null, { 0: this.#numRecords }, 1).blocks, arena: this.#arena };
  }
}

/**
 * Takes all events in batches, as a client of a stream brings them.
 * @param timed is given the work of the indexing thread apart from the making of the batches
 */
export function intake(
  spec: SupervisorSpec,
  events: Events,
  together = true,
  timed: <T>(work: () => T) => T = (work) => work(),
): Taken {
  const into = timed(() => new Intake(spec));
  for (let from = 0; from < events.count; from += BATCH_RECORDS) {
    const values = valuesOf(events, from, Math.min(events.count, from + BATCH_RECORDS));
    const records = values.map((value, i) => ({ partition: '0', offset: from + i, timestampMs: 0, key: null, value }));
    timed(() => into.take(records, together));
  }
  return timed(() => into.view());
}
