import type { InputRow } from '../../segments/incremental/input-row.js';
import type { StreamRecord } from '../../streams/stream-source.js';
import { BadRecords } from '../intake/bad-records.js';
import { BatchParts, rowsIn } from '../intake/batch-parts.js';
import type { RowHandler, RowParser } from '../parse/row-handler.js';
import type { RowMeters } from '../intake/row-meters.js';
import { type IntervalOf, segmentIntervals } from '../publish/segment-intervals.js';
import type { Sequence } from './sequence.js';
import type { SupervisorSpec } from '../spec/supervisor-spec.js';

/** `full`: nothing of the record was taken, for its sequence has no room. `torn`: only a part of it was. */
export type IntakeResult = 'taken' | 'full' | 'torn';

/** Takes records into a sequence: parse, reject what is late, early or outside the intervals, add, count. */
export class RowIntake implements RowHandler {
  readonly bad: BadRecords;
  readonly #spec: SupervisorSpec;
  readonly #parser: RowParser;
  readonly #intervalOf: IntervalOf;
  readonly #parts: BatchParts;
  /** The sequence had no room for a batch: what still fits it comes by single records. */
  #onlySingles = false;
  readonly #meters: RowMeters;
  readonly #nowMs: () => number;
  #sequence: Sequence | undefined;
  #earliestMs = Number.NEGATIVE_INFINITY;
  #latestMs = Number.POSITIVE_INFINITY;
  /** Rows of the record so far, bad ones included, and the numbers of those that are done with. */
  #outcomes = 0;
  readonly #done: number[] = [];
  #numBad = 0;
  #badReason = '';
  #full = false;

  constructor(
    spec: SupervisorSpec,
    parser: RowParser,
    meters: RowMeters,
    nowMs: () => number,
    logBad: (record: StreamRecord, reason: string) => void,
  ) {
    this.#spec = spec;
    this.#parser = parser;
    this.#intervalOf = segmentIntervals(spec.dataSchema.granularitySpec);
    this.#parts = new BatchParts(this.#intervalOf);
    this.#meters = meters;
    this.#nowMs = nowMs;
    this.bad = new BadRecords(spec.tuningConfig, logBad);
  }

  /** Druid's rejection periods count from the creation of a task, which lasts one taskDuration: here a sequence. */
  startSequence(sequence: Sequence, nowMs: number): void {
    const {
      lateMessageRejectionPeriodMs: late,
      lateMessageRejectionStartMs: start,
      earlyMessageRejectionPeriodMs: early,
      taskDurationMs,
    } = this.#spec.ioConfig;
    this.#sequence = sequence;
    this.#onlySingles = false;
    this.#earliestMs = start ?? (late === null ? Number.NEGATIVE_INFINITY : nowMs - late);
    this.#latestMs = early === null ? Number.POSITIVE_INFINITY : nowMs + taskDurationMs + early;
  }

  /** To be awaited before these records are taken; undefined when everything is there. */
  prepare(records: readonly StreamRecord[]): Promise<void> | undefined {
    return this.#parser.prepare?.(values(records));
  }

  /** Takes records from `at` on that can be taken together. @returns how many; 0 when the next is for `take` */
  takeMany(records: readonly StreamRecord[], at: number, maxRecords: number): number {
    const { batches } = this.#parser;
    if (batches === undefined || this.#onlySingles) return 0;
    const limit = Math.min(records.length, at + maxRecords);
    for (let i = at; i < limit && batches.push(records[i]!.value); i++);
    const batch = batches.read();
    if (batch === undefined) return 0;
    const parts = this.#parts.split(batch.times, this.#earliestMs, this.#latestMs);
    if (!this.#sequence!.addBatch(batch, parts)) {
      this.#onlySingles = true;
      return 0;
    }
    const numRows = rowsIn(parts);
    let bytes = 0;
    for (let i = at; i < at + batch.numRows; i++) bytes += records[i]!.value!.length;
    this.#meters.add('processed', numRows);
    this.#meters.add('thrownAway', batch.numRows - numRows);
    this.#meters.add('processedBytes', bytes);
    return batch.numRows;
  }

  take(record: StreamRecord): IntakeResult {
    this.#outcomes = 0;
    this.#numBad = 0;
    this.#done.length = 0;
    this.#full = false;
    this.#parser.parse(record.value, this, record);
    if (this.#full) return this.#outcomes === 0 ? 'full' : 'torn';
    // A tombstone or an empty record is no row.
    if (this.#outcomes === 0) this.#meters.add('thrownAway', 1);
    if (this.#numBad > 0) this.bad.add(record, this.#badReason, this.#nowMs(), this.#numBad, [...this.#done]);
    this.#meters.add('processedBytes', record.value?.length ?? 0);
    return 'taken';
  }

  onRow(row: InputRow, failedFields: number, reason: string | undefined): void {
    if (this.#full) return;
    const interval =
      row.timestampMs < this.#earliestMs || row.timestampMs > this.#latestMs
        ? undefined
        : this.#intervalOf(row.timestampMs);
    if (interval === undefined) {
      this.#count('thrownAway');
    } else if (!this.#sequence!.add(row, interval)) {
      this.#full = true;
    } else if (failedFields === 0) {
      this.#count('processed');
    } else {
      this.#count('processedWithError');
      this.#noteBad(reason ?? 'A field could not be converted');
    }
  }

  onFiltered(): void {
    if (!this.#full) this.#count('thrownAway');
  }

  onUnparseable(reason: string): void {
    if (this.#full) return;
    this.#count('unparseable');
    this.#noteBad(reason);
  }

  #noteBad(reason: string): void {
    if (this.#numBad === 0) this.#badReason = reason;
    this.#numBad++;
  }

  #count(counter: 'processed' | 'processedWithError' | 'thrownAway' | 'unparseable'): void {
    if (counter !== 'unparseable') this.#done.push(this.#outcomes);
    this.#outcomes++;
    this.#meters.add(counter, 1);
  }
}

function* values(records: readonly StreamRecord[]): Generator<Uint8Array | null> {
  for (const record of records) yield record.value;
}
