/** The first rows of an ingestion, as they would be stored. @source Druid `InputSourceSampler.java` */
import { mkdtemp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { TIME_COLUMN } from '../../common/column-type.js';
import { DruidError, invalidInput } from '../../common/druid-error.js';
import type { DeepStorage } from '../../deep-storage/deep-storage.js';
import { type LookupSource, NO_LOOKUPS } from '../../lookups/lookup-source.js';
import type { MetadataView } from '../../metadata/metadata-view.js';
import type { Clock } from '../../platform/clock.js';
import { fileRecords } from '../batch/file-records.js';
import { type InputEntity, inputEntities } from '../batch/input-entities.js';
import { LineSplitter } from '../batch/line-reader.js';
import { storedRecords } from '../batch/stored-records.js';
import { fetchSegment } from '../tasks/compaction-runner.js';
import { formatServices, type InputAccess } from '../input-access.js';
import { createObjectParser, createRowParser } from '../parse/row-parser.js';
import { EntityRecords } from '../parse/entity-fields.js';
import { ObjectFields } from '../parse/object-fields.js';
import { RecordFilter } from '../parse/record-filter.js';
import { openRecordSource } from '../parse/record-source.js';
import type { ObjectRowParser } from '../parse/row-handler.js';
import { withLookups } from '../intake/spec-lookups.js';
import { NO_FLATTENING } from '../spec/flatten-spec.js';
import type { FileFormat, InputFormat, StreamInputFormat } from '../spec/input-format.js';
import type { DataSource, CombiningSource, StoredSource } from '../spec/input-source.js';
import type { JsonObject } from '../spec/json-reader.js';
import { sampleStream } from './sample-stream.js';
import { SampledRows, type SamplerResponse } from './sampled-rows.js';
import { parseSamplerSpec, type SamplerSpec } from './sampler-spec.js';
import { TappedRecords } from './tapped-records.js';

export interface SamplerServices {
  /** What specs may read. */
  readonly access: InputAccess;
  /** What transforms look up; nothing when absent. */
  readonly lookups?: LookupSource;
  readonly view: Pick<MetadataView, 'refresh' | 'visible'>;
  readonly deepStorage: DeepStorage;
  /** Each sample has a directory of its own below this one while it is made. */
  readonly temporaryDirectory: string;
  readonly clock: Clock;
}

/** Records between two looks at the clock. */
const ROWS_PER_TURN = 100;

/** @throws DruidError INVALID_INPUT when the spec is wrong or its input cannot be read, FORBIDDEN when it may not be */
export async function sample(json: unknown, services: SamplerServices): Promise<SamplerResponse> {
  const spec = withLookups(parseSamplerSpec(json), services.lookups ?? NO_LOOKUPS);
  const rows = new SampledRows(spec);
  try {
    if (spec.input.kind === 'stream') {
      const source = new TappedRecords(
        await openRecordSource(spec.input.ioConfig.inputFormat, formatServices(services.access)),
      );
      const parser = createRowParser(spec.dataSchema, source, rows.dimensions);
      await sampleStream(spec, spec.input.ioConfig, { source, parser, rows, clock: services.clock });
    } else await new BatchSampler(spec, rows, services).read(spec.input.inputSource, spec.input.inputFormat);
  } catch (error) {
    if (error instanceof DruidError) throw error;
    throw invalidInput(`Failed to sample data: ${(error as Error).message}`);
  }
  return rows.finish();
}

class BatchSampler {
  readonly #spec: SamplerSpec;
  readonly #rows: SampledRows;
  readonly #services: SamplerServices;
  readonly #deadlineMs: number;
  #records = 0;

  constructor(spec: SamplerSpec, rows: SampledRows, services: SamplerServices) {
    this.#spec = spec;
    this.#rows = rows;
    this.#services = services;
    this.#deadlineMs = services.clock.monotonicMs() + spec.limits.timeoutMs;
  }

  async read(source: DataSource | CombiningSource | StoredSource, format: InputFormat | null): Promise<void> {
    const { temporaryDirectory, access } = this.#services;
    await mkdir(temporaryDirectory, { recursive: true });
    const directory = await mkdtemp(join(temporaryDirectory, 'sample-'));
    try {
      if (source.type === 'druid') await this.#readStored(source, directory);
      else
        for await (const entity of inputEntities(source, access)) {
          if (this.#isOver()) break;
          if (format!.type === 'parquet' || format!.type === 'avro_ocf')
            await this.#readFile(entity, format as FileFormat, directory);
          else await this.#readLines(entity, format as StreamInputFormat);
        }
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }

  async #readLines(entity: InputEntity, format: StreamInputFormat): Promise<void> {
    const records = await openRecordSource(format, formatServices(this.#services.access));
    const ofFile = new EntityRecords(records, Object.keys(entity.fields ?? {}));
    ofFile.entity = entity.fields ?? {};
    const source = new TappedRecords(ofFile);
    const parser = createRowParser(this.#spec.dataSchema, source, this.#rows.dimensions);
    const splitter = new LineSplitter(entity.name);
    let number = 0;
    const take = async (): Promise<void> => {
      for (let line = splitter.next(); line !== undefined && !(await this.#turn()); line = splitter.next()) {
        number++;
        const place = ` (Line: ${number})`;
        this.#rows.begin(() => source.fields, place);
        await parser.prepare?.([line]);
        parser.parse(line, this.#rows);
      }
    };
    for await (const chunk of entity.chunks()) {
      splitter.push(chunk);
      await take();
      if (this.#isOver()) return;
    }
    splitter.finish();
    await take();
  }

  async #readFile(entity: InputEntity, format: FileFormat, directory: string): Promise<void> {
    const parser = createObjectParser(this.#spec.dataSchema, format.flatten, this.#rows.dimensions, entity.fields);
    for await (const records of fileRecords(entity, format, directory))
      if (!(await this.#takeObjects(records, parser))) return;
  }

  async #readStored(source: StoredSource, directory: string): Promise<void> {
    const { view, deepStorage } = this.#services;
    await view.refresh();
    const parser = createObjectParser(this.#spec.dataSchema, NO_FLATTENING, this.#rows.dimensions);
    const fields = new ObjectFields(NO_FLATTENING);
    const filter = source.filter === null ? undefined : new RecordFilter(source.filter, fields);
    for (const [i, { row, clip }] of view.visible(source.dataSource, source.interval).entries()) {
      if (this.#isOver()) return;
      const copy = join(directory, String(i));
      await fetchSegment(deepStorage, row, copy);
      const { interval } = source;
      const startMs = Math.max(interval.startMs, clip?.startMs ?? interval.startMs);
      const endMs = Math.min(interval.endMs, clip?.endMs ?? interval.endMs);
      for await (const records of storedRecords(copy, this.#spec.dataSchema, { startMs, endMs })) {
        const wanted =
          filter === undefined ? records : records.filter((record) => filter.accepts(record, record[TIME_COLUMN]));
        if (!(await this.#takeObjects(wanted, parser))) return;
      }
    }
  }

  async #takeObjects(records: readonly JsonObject[], parser: ObjectRowParser): Promise<boolean> {
    for (const record of records) {
      if (await this.#turn()) return false;
      this.#rows.begin(() => record, '');
      parser.parseRecord(record, this.#rows);
    }
    return true;
  }

  /** Gives way to others now and then. @returns whether there is enough */
  async #turn(): Promise<boolean> {
    if (++this.#records % ROWS_PER_TURN === 0) await nextTurn();
    return this.#isOver();
  }

  #isOver(): boolean {
    return this.#rows.isComplete || this.#services.clock.monotonicMs() >= this.#deadlineMs;
  }
}
