import { DruidError } from '../../common/druid-error.js';
import type { Interval } from '../../common/interval.js';
import { DimensionList } from '../../segments/incremental/dimension-list.js';
import type { InputRow } from '../../segments/incremental/input-row.js';
import type { RowHandler, RowParser } from '../parse/row-handler.js';
import { type InputAccess, formatServices } from '../input-access.js';
import { type AnyRecordSource, openRecordSource } from '../parse/record-source.js';
import { createRowParser } from '../parse/row-parser.js';
import { type BuiltSegment, builtSegment } from '../push.js';
import type { RowTotals } from '../row-meters.js';
import { type IntervalOf, segmentIntervals } from '../segment-intervals.js';
import type { BatchSpec } from '../spec/batch-spec.js';
import { findInputFiles } from './input-files.js';
import { IntervalRuns } from './interval-runs.js';
import { LineSplitter, readChunks } from './line-reader.js';
import { ParseExceptions, type SavedParseException } from './parse-exceptions.js';

export interface BatchEnvironment {
  /** What a task may read. */
  readonly access: InputAccess;
  /** Of this task's own; runs and segments are made in it, and the caller removes it when the segments are pushed. */
  readonly tempDir: string;
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
  const records = await openRecordSource(spec.inputFormat, formatServices(environment.access));
  const reader = new BatchReader(spec, records, environment);
  const { inputSource } = spec;
  if (inputSource.type === 'inline') await reader.readInline(inputSource.data);
  else for (const file of await findInputFiles(inputSource, environment.access.allowLocal)) await reader.readFile(file);
  return reader.finish();
}

class BatchReader implements RowHandler {
  readonly #spec: BatchSpec;
  readonly #environment: BatchEnvironment;
  readonly #parser: RowParser;
  readonly #intervalOf: IntervalOf;
  readonly #runs: IntervalRuns;
  readonly #exceptions: ParseExceptions;
  readonly #stats = { processed: 0, processedBytes: 0, processedWithError: 0, thrownAway: 0, unparseable: 0 };
  readonly #maxBytes: number;
  /** Rows of the current line that found no room. */
  readonly #pending: { readonly row: InputRow; readonly interval: Interval }[] = [];
  #line: Uint8Array = new Uint8Array(0);

  constructor(spec: BatchSpec, records: AnyRecordSource, environment: BatchEnvironment) {
    const { dataSchema, tuningConfig } = spec;
    this.#spec = spec;
    this.#environment = environment;
    const dimensions = new DimensionList(dataSchema.dimensionsSpec.dimensions);
    this.#parser = createRowParser(dataSchema, records, dimensions);
    this.#intervalOf = segmentIntervals(dataSchema.granularitySpec);
    this.#runs = new IntervalRuns(dataSchema, dimensions, environment.tempDir, ARENA_BYTES);
    this.#exceptions = new ParseExceptions(tuningConfig, environment.nowMs, environment.logParseException);
    const { maxBytesInMemory } = tuningConfig;
    this.#maxBytes = maxBytesInMemory > 0 ? Math.min(maxBytesInMemory, MAX_MEMORY_BYTES) : MAX_MEMORY_BYTES;
  }

  async readFile(path: string): Promise<void> {
    this.#parser.startFile();
    const splitter = new LineSplitter(path);
    for await (const chunk of readChunks(path)) {
      splitter.push(chunk);
      await this.#readLines(splitter);
    }
    splitter.finish();
    await this.#readLines(splitter);
  }

  async readInline(data: string): Promise<void> {
    this.#parser.startFile();
    const splitter = new LineSplitter('inline');
    splitter.push(Buffer.from(data, 'utf8'));
    await this.#readLines(splitter);
    splitter.finish();
    await this.#readLines(splitter);
  }

  async finish(): Promise<BatchResult> {
    const finished = await this.#runs.finish(this.#spec.tuningConfig.maxRowsPerSegment, () => this.#checkCanceled());
    return {
      segments: finished.flatMap(({ interval, segments }) =>
        segments.map((segment) => builtSegment(segment, interval)),
      ),
      rowStats: { ...this.#stats },
      parseExceptions: this.#exceptions.saved,
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
      this.#exceptions.add(this.#line, reason ?? 'A field could not be converted');
    }
  }

  onFiltered(): void {
    this.#stats.thrownAway++;
  }

  onUnparseable(reason: string): void {
    this.#stats.unparseable++;
    this.#exceptions.add(this.#line, reason);
  }

  async #readLines(splitter: LineSplitter): Promise<void> {
    const { maxRowsInMemory } = this.#spec.tuningConfig;
    for (let line = splitter.next(); line !== undefined; line = splitter.next()) {
      this.#line = line;
      await this.#parser.prepare?.([line]);
      this.#stats.processedBytes += line.length;
      this.#parser.parse(line, this);
      const isOver = this.#runs.numRows >= maxRowsInMemory || this.#runs.usedBytes >= this.#maxBytes;
      if (isOver || this.#pending.length > 0) await this.#spill();
    }
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
