import { TIME_COLUMN } from '../../common/column-type.js';
import { DruidError, invalidInput } from '../../common/druid-error.js';
import type { Interval } from '../../common/interval.js';
import type { StoredDeadLetter, DeadLetterKey } from '../../metadata/metadata-store.js';
import { DimensionList } from '../../segments/incremental/dimension-list.js';
import type { InputRow } from '../../segments/incremental/input-row.js';
import type { BatchParser, ObjectRowParser, RowHandler, RowParser } from '../parse/row-handler.js';
import { type InputAccess, formatServices } from '../input-access.js';
import { RecordFilter } from '../parse/record-filter.js';
import { ObjectFields } from '../parse/object-fields.js';
import { openRecordSource } from '../parse/record-source.js';
import { createObjectParser, createRowParser } from '../parse/row-parser.js';
import { NO_FLATTENING } from '../spec/flatten-spec.js';
import type { FileFormat, StreamInputFormat } from '../spec/input-format.js';
import { type BuiltSegment, builtSegment } from '../publish/push.js';
import type { RowTotals } from '../intake/row-meters.js';
import type { AnswerInput, StoredInput } from './batch-job.js';
import { BatchParts, rowsIn } from '../intake/batch-parts.js';
import { type IntervalOf, segmentIntervals } from '../publish/segment-intervals.js';
import type { BatchSpec } from '../spec/batch-spec.js';
import { answerEntities } from './answer-entities.js';
import { EntityRecords } from '../parse/entity-fields.js';
import { systemFieldsIn } from '../spec/input-source.js';
import { fileRecords } from './file-records.js';
import { type InputEntity, inputEntities } from './input-entities.js';
import { IntervalRuns } from './interval-runs.js';
import { LineSplitter } from './line-reader.js';
import { ParseExceptions, type SavedParseException } from './parse-exceptions.js';
import { type ReplayedLetters, rowsOfLetter } from './replay-letters.js';
import { storedRecords } from './stored-records.js';

export interface BatchEnvironment {
  /** What a task may read. */
  readonly access: InputAccess;
  /** Of this task's own; runs and segments are made in it, and the caller removes it when the segments are pushed. */
  readonly tempDir: string;
  /** Local copies of the stored segments that are read again. */
  readonly storedInputs?: readonly StoredInput[];
  /** Read in place of the input source. */
  readonly letters?: readonly StoredDeadLetter[];
  /** Read in place of the input source. */
  readonly answers?: AnswerInput;
  readonly nowMs: () => number;
  /** Told now and then. */
  readonly progress?: (stats: RowTotals) => void;
  /** Told why a row is bad, when the spec wants it logged. */
  readonly logParseException?: (reason: string) => void;
  readonly signal?: AbortSignal;
}

export interface BatchResult {
  /** In order of time; directories lie in `tempDir`. */
  readonly segments: readonly BuiltSegment[];
  /** Counted as Druid's report counts. */
  readonly rowStats: RowTotals;
  readonly parseExceptions: readonly SavedParseException[];
  readonly letters?: ReplayedLetters;
}

/** Beyond this rows are spilled, whatever the spec says of their number. */
const MAX_MEMORY_BYTES = 512 << 20;
/** Memory is looked at after each line: the arena must have room for what a line can add, and for sealing groups. */
const ARENA_BYTES = 2 * MAX_MEMORY_BYTES;

/**
 * Reads a batch task's input into segment directories. For a thread of its own: parsing does not yield.
 * @throws DruidError: FORBIDDEN input, INVALID_INPUT, too many bad rows, CANCELED by the signal
 */
export async function runBatchTask(spec: BatchSpec, environment: BatchEnvironment): Promise<BatchResult> {
  const reader = new BatchReader(spec, environment);
  const { inputSource, inputFormat } = spec;
  if (environment.letters !== undefined) {
    const records = await openRecordSource(inputFormat as StreamInputFormat, formatServices(environment.access));
    await reader.readLetters(environment.letters, createRowParser(spec.dataSchema, records, reader.dimensions));
    return reader.finish();
  }
  if (inputSource.type === 'druid') await reader.readStored(environment.storedInputs ?? []);
  else if (inputFormat === null) throw invalidInput('inputFormat must be set');
  else {
    const { access, answers } = environment;
    const entities = answers === undefined ? inputEntities(inputSource, access) : answerEntities(answers);
    if (inputFormat.type === 'parquet' || inputFormat.type === 'avro_ocf')
      for await (const entity of entities) await reader.readFile(entity, inputFormat);
    else {
      const records = await openRecordSource(inputFormat, formatServices(environment.access));
      const fields = systemFieldsIn(inputSource);
      // Without fields of files nothing stands before a format's own fast reader.
      const ofFiles = fields.length > 0 ? new EntityRecords(records, fields) : undefined;
      const parser = createRowParser(spec.dataSchema, ofFiles ?? records, reader.dimensions);
      for await (const entity of entities) {
        if (ofFiles !== undefined) ofFiles.entity = entity.fields ?? {};
        await reader.readLines(entity, parser);
      }
    }
  }
  return reader.finish();
}

class BatchReader implements RowHandler {
  readonly dimensions: DimensionList;
  readonly #spec: BatchSpec;
  readonly #environment: BatchEnvironment;
  readonly #intervalOf: IntervalOf;
  readonly #parts: BatchParts;
  readonly #runs: IntervalRuns;
  readonly #exceptions: ParseExceptions;
  readonly #stats = { processed: 0, processedBytes: 0, processedWithError: 0, thrownAway: 0, unparseable: 0 };
  readonly #maxBytes: number;
  /** Rows of the current record that found no room. */
  readonly #pending: { readonly row: InputRow; readonly interval: Interval }[] = [];
  #letters: ReplayedLetters | undefined;
  /** The record that is being read: its bytes, or what was made of them. */
  #record: Uint8Array | object = new Uint8Array(0);

  constructor(spec: BatchSpec, environment: BatchEnvironment) {
    const { dataSchema, tuningConfig } = spec;
    this.#spec = spec;
    this.#environment = environment;
    this.dimensions = new DimensionList(dataSchema.dimensionsSpec.dimensions);
    this.#intervalOf = segmentIntervals(dataSchema.granularitySpec);
    this.#parts = new BatchParts(this.#intervalOf);
    this.#runs = new IntervalRuns(dataSchema, this.dimensions, environment.tempDir, ARENA_BYTES);
    this.#exceptions = new ParseExceptions(tuningConfig, environment.nowMs, environment.logParseException);
    const { maxBytesInMemory } = tuningConfig;
    this.#maxBytes = maxBytesInMemory > 0 ? Math.min(maxBytesInMemory, MAX_MEMORY_BYTES) : MAX_MEMORY_BYTES;
  }

  async readLines(entity: InputEntity, parser: RowParser): Promise<void> {
    parser.startFile();
    const splitter = new LineSplitter(entity.name);
    for await (const chunk of entity.chunks()) {
      splitter.push(chunk);
      await this.#takeLines(splitter, parser);
    }
    splitter.finish();
    await this.#takeLines(splitter, parser);
  }

  async readFile(entity: InputEntity, format: FileFormat): Promise<void> {
    const parser = createObjectParser(this.#spec.dataSchema, format.flatten, this.dimensions, entity.fields);
    for await (const records of fileRecords(entity, format, this.#environment.tempDir)) {
      await this.#takeObjects(records, parser);
    }
  }

  async readStored(inputs: readonly StoredInput[]): Promise<void> {
    const { inputSource, dataSchema } = this.#spec;
    if (inputSource.type !== 'druid') return;
    const fields = new ObjectFields(NO_FLATTENING);
    const filter = inputSource.filter === null ? undefined : new RecordFilter(inputSource.filter, fields);
    const parser = createObjectParser(dataSchema, NO_FLATTENING, this.dimensions);
    for (const { directory, clip } of inputs) {
      const within = clip === null ? inputSource.interval : intersection(clip, inputSource.interval);
      for await (const records of storedRecords(directory, dataSchema, within)) {
        const wanted =
          filter === undefined ? records : records.filter((record) => filter.accepts(record, record[TIME_COLUMN]));
        await this.#takeObjects(wanted, parser);
      }
    }
  }

  async readLetters(letters: readonly StoredDeadLetter[], parser: RowParser): Promise<void> {
    const replayed: DeadLetterKey[] = [];
    const stillBad: ReplayedLetters['stillBad'][number][] = [];
    for (const letter of letters) {
      const { incarnation, partition, offset } = letter;
      const ready = parser.prepare?.([letter.record]);
      if (ready !== undefined) await ready;
      const rows = rowsOfLetter(letter, parser);
      if ('reason' in rows) stillBad.push({ incarnation, partition, offset, reason: rows.reason });
      else {
        for (const row of rows) {
          if (row === 'filtered') this.onFiltered();
          else this.onRow(row, 0, undefined);
        }
        replayed.push({ incarnation, partition, offset });
        if (this.#isOver()) await this.#spill();
      }
    }
    this.#letters = { replayed, stillBad };
  }

  async finish(): Promise<BatchResult> {
    const finished = await this.#runs.finish(this.#spec.tuningConfig, () => this.#checkCanceled());
    return {
      segments: finished.flatMap(({ interval, segments }) =>
        segments.map((segment) => builtSegment(segment, interval)),
      ),
      rowStats: { ...this.#stats },
      parseExceptions: this.#exceptions.saved,
      ...(this.#letters && { letters: this.#letters }),
    };
  }

  onRow(row: InputRow, failedFields: number, reason: string | undefined): void {
    const interval = this.#intervalOf(row.timestampMs);
    if (interval === undefined) {
      this.#stats.thrownAway++;
      return;
    }
    if (this.#pending.length > 0 || !this.#runs.add(row, interval)) {
      const { timestampMs, dimensions, inputs } = row;
      this.#pending.push({ row: { timestampMs, dimensions: [...dimensions], inputs: [...inputs] }, interval });
    }
    if (failedFields === 0) this.#stats.processed++;
    else {
      this.#stats.processedWithError++;
      this.#exceptions.add(this.#record, reason ?? 'A field could not be converted');
    }
  }

  onFiltered(): void {
    this.#stats.thrownAway++;
  }

  onUnparseable(reason: string): void {
    this.#stats.unparseable++;
    this.#exceptions.add(this.#record, reason);
  }

  async #takeLines(splitter: LineSplitter, parser: RowParser): Promise<void> {
    const lines: Uint8Array[] = [];
    for (let line = splitter.next(); line !== undefined; line = splitter.next()) lines.push(line);
    for (let at = 0; at < lines.length; at++) {
      const together = this.#takeMany(lines, at, parser.batches);
      if (together > 0) {
        at += together - 1;
        if (this.#isOver()) await this.#spill();
        continue;
      }
      const line = lines[at]!;
      this.#record = line;
      const ready = parser.prepare?.([line]);
      if (ready !== undefined) await ready;
      this.#stats.processedBytes += line.length;
      parser.parse(line, this);
      if (this.#isOver()) await this.#spill();
    }
    this.#tell();
  }

  /** Takes lines that can be taken together. @returns how many; 0 when the next one must be taken alone */
  #takeMany(lines: readonly Uint8Array[], at: number, batches: BatchParser | undefined): number {
    if (batches === undefined) return 0;
    const limit = Math.min(lines.length, at + this.#spec.tuningConfig.maxRowsInMemory - this.#runs.numRows);
    for (let i = at; i < limit && batches.push(lines[i]!); i++);
    const batch = batches.read();
    if (batch === undefined) return 0;
    const parts = this.#parts.split(batch.times, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
    if (!this.#runs.addBatch(batch, parts)) return 0;
    const numRows = rowsIn(parts);
    for (let i = at; i < at + batch.numRows; i++) this.#stats.processedBytes += lines[i]!.length;
    this.#stats.processed += numRows;
    this.#stats.thrownAway += batch.numRows - numRows;
    return batch.numRows;
  }

  async #takeObjects(records: readonly Readonly<Record<string, unknown>>[], parser: ObjectRowParser): Promise<void> {
    for (const record of records) {
      this.#record = record;
      parser.parseRecord(record, this);
      if (this.#isOver()) await this.#spill();
    }
    this.#tell();
  }

  #isOver(): boolean {
    const { maxRowsInMemory } = this.#spec.tuningConfig;
    return this.#runs.numRows >= maxRowsInMemory || this.#runs.usedBytes >= this.#maxBytes || this.#pending.length > 0;
  }

  #tell(): void {
    this.#checkCanceled();
    this.#environment.progress?.({ ...this.#stats });
  }

  async #spill(): Promise<void> {
    this.#checkCanceled();
    await this.#runs.spill();
    for (const { row, interval } of this.#pending) {
      if (!this.#runs.add(row, interval))
        throw new DruidError('A row is larger than memory', { category: 'CAPACITY_EXCEEDED' });
    }
    this.#pending.length = 0;
  }

  #checkCanceled(): void {
    if (this.#environment.signal?.aborted === true) throw new DruidError('Task was canceled', { category: 'CANCELED' });
  }
}

function intersection(a: Interval, b: Interval): Interval {
  return { startMs: Math.max(a.startMs, b.startMs), endMs: Math.min(a.endMs, b.endMs) };
}
