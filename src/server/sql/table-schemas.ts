import { setTimeout } from 'node:timers/promises';
import { ETERNITY, type Interval } from '../../common/interval.js';
import type { Broker } from '../../broker/broker.js';
import { formatInterval } from '../../common/iso-time.js';
import type { SegmentRow } from '../../metadata/metadata-store.js';
import type { MetadataView } from '../../metadata/metadata-view.js';
import type { SegmentAnalysis } from '../../protocol/segment-analysis.js';
import { parseNativeQuery } from '../../query/parse-native-query.js';
import type { NativeType } from '../../sql/lower/native-expression.js';
import { visibleRows } from '../visible-rows.js';

/** Columns of a data source in their order, `__time` first. */
export type TableColumns = ReadonlyMap<string, NativeType>;

/** What was found is used at once for so long; then it is looked up again behind the back of the query that asks. */
const FRESH_MS = 1000;
/** Segments whose column names are alike have types alike, mostly: so many of each kind, the newest, are looked at. */
const SAMPLES_PER_SHAPE = 3;
/** After a start so long passes until the rows of streams that are not published yet have surely been read again. */
const START_MS = 5000;
const LOOK_AGAIN_MS = 50;

/**
 * Columns and types of data sources, merged over segments and streams to the least restrictive type.
 * @source Druid `segment/metadata/AbstractSegmentMetadataCache.java`
 */
export class TableSchemas {
  readonly #view: Pick<MetadataView, 'dataSources' | 'fedDataSources' | 'visible' | 'newestSegment'>;
  readonly #broker: Pick<Broker, 'run'>;
  readonly #nowMs: () => number;
  readonly #startedAtMs: number;
  readonly #known = new Map<
    string,
    {
      readonly columns: TableColumns;
      readonly numRows: number;
      readonly atMs: number;
      readonly newest: SegmentRow | undefined;
    }
  >();
  readonly #loading = new Map<string, Promise<TableColumns | undefined>>();

  constructor(options: {
    readonly view: Pick<MetadataView, 'dataSources' | 'fedDataSources' | 'visible' | 'newestSegment'>;
    readonly broker: Pick<Broker, 'run'>;
    readonly nowMs: () => number;
  }) {
    this.#view = options.view;
    this.#broker = options.broker;
    this.#nowMs = options.nowMs;
    this.#startedAtMs = options.nowMs();
  }

  /** Data sources with segments or streams, sorted. */
  names(): string[] {
    return [...new Set([...this.#view.dataSources(), ...this.#view.fedDataSources()])].sort();
  }

  /** undefined = there is no such data source, or nobody knows a column of it yet. */
  async columnsOf(dataSource: string): Promise<TableColumns | undefined> {
    const known = this.#known.get(dataSource);
    if (known === undefined) return this.#firstOf(dataSource);
    if (known.newest !== this.#view.newestSegment(dataSource)) return this.#loadAfterPublishing(dataSource);
    if (this.#nowMs() - known.atMs > FRESH_MS) this.#load(dataSource).catch(() => this.#known.delete(dataSource));
    return known.columns;
  }

  /** Rows of its segments when it was last looked up. */
  rowsOf(dataSource: string): number {
    return this.#known.get(dataSource)?.numRows ?? 0;
  }

  /** What is looked up now is in the next answer. */
  async refresh(dataSource: string): Promise<void> {
    await this.#load(dataSource);
  }

  /** A table whose rows are all of a stream must not be unknown because its process was started again. */
  async #firstOf(dataSource: string): Promise<TableColumns | undefined> {
    let columns = await this.#load(dataSource);
    const isFed = (): boolean => this.#view.fedDataSources().has(dataSource);
    while (columns === undefined && this.#nowMs() - this.#startedAtMs < START_MS && isFed()) {
      await setTimeout(LOOK_AGAIN_MS, undefined, { ref: false });
      columns = await this.#load(dataSource);
    }
    return columns;
  }

  /** Who has seen a task succeed must see its columns: a look-up that began before them does not do. */
  async #loadAfterPublishing(dataSource: string): Promise<TableColumns | undefined> {
    await this.#loading.get(dataSource);
    const known = this.#known.get(dataSource);
    if (known?.newest === this.#view.newestSegment(dataSource)) return known?.columns;
    return this.#load(dataSource);
  }

  #load(dataSource: string): Promise<TableColumns | undefined> {
    const loading = this.#loading.get(dataSource);
    if (loading !== undefined) return loading;
    const started = this.#lookUp(dataSource).finally(() => this.#loading.delete(dataSource));
    this.#loading.set(dataSource, started);
    return started;
  }

  async #lookUp(dataSource: string): Promise<TableColumns | undefined> {
    if (!this.names().includes(dataSource)) {
      this.#known.delete(dataSource);
      return undefined;
    }
    const newest = this.#view.newestSegment(dataSource);
    const rows = visibleRows(this.#view as MetadataView, dataSource);
    const samples = samplesOf(rows);
    const end = rows.reduce((latest, row) => Math.max(latest, row.intervalEndMs), ETERNITY.startMs);
    const analyses = [
      ...(samples.length > 0 ? await this.#analyses(dataSource, namedSegments(samples)) : []),
      ...(await this.#analyses(dataSource, [formatInterval({ startMs: end, endMs: ETERNITY.endMs })])),
    ];
    const columns = mergeColumns(analyses);
    if (columns.size === 0) return undefined;
    const numRows = rows.reduce((sum, row) => sum + row.numRows, 0);
    this.#known.set(dataSource, { columns, numRows, atMs: this.#nowMs(), newest });
    return columns;
  }

  async #analyses(dataSource: string, intervals: unknown): Promise<readonly SegmentAnalysis[]> {
    const query = { queryType: 'segmentMetadata', dataSource, intervals, merge: false, analysisTypes: [] };
    const { body } = await this.#broker.run(parseNativeQuery(query, () => crypto.randomUUID()));
    return body.kind === 'segmentMetadata' ? (body.analyses as readonly SegmentAnalysis[]) : [];
  }
}

function namedSegments(rows: readonly SegmentRow[]): unknown {
  const segments = rows.map((row) => ({
    itvl: formatInterval(intervalOf(row)),
    ver: row.version,
    part: row.partitionNum,
  }));
  return { type: 'segments', segments };
}

function intervalOf(row: SegmentRow): Interval {
  return { startMs: row.intervalStartMs, endMs: row.intervalEndMs };
}

/** The newest segments of every list of column names, newest first. */
function samplesOf(rows: readonly SegmentRow[]): SegmentRow[] {
  const counts = new Map<string, number>();
  return [...rows]
    .sort((a, b) => b.intervalStartMs - a.intervalStartMs || b.partitionNum - a.partitionNum)
    .filter((row) => {
      const shape = JSON.stringify([row.dimensions, row.metrics]);
      const count = (counts.get(shape) ?? 0) + 1;
      counts.set(shape, count);
      return count <= SAMPLES_PER_SHAPE;
    });
}

function mergeColumns(analyses: readonly SegmentAnalysis[]): TableColumns {
  const columns = new Map<string, NativeType>();
  for (const analysis of [...analyses].reverse()) {
    for (const [name, column] of Object.entries(analysis.columns)) {
      const known = columns.get(name);
      columns.set(name, known === undefined ? column.typeSignature : leastRestrictive(known, column.typeSignature));
    }
  }
  const time = columns.get('__time');
  if (time === undefined) return columns;
  columns.delete('__time');
  return new Map([['__time', time], ...columns]);
}

const NUMERIC = ['LONG', 'FLOAT', 'DOUBLE'];

/** @source Druid `ColumnType.leastRestrictiveType` */
function leastRestrictive(a: NativeType, b: NativeType): NativeType {
  if (a === b) return a;
  const isArray = a.startsWith('ARRAY<') || b.startsWith('ARRAY<');
  if (isArray) return `ARRAY<${leastRestrictive(elementOf(a), elementOf(b))}>`;
  if (a.startsWith('COMPLEX') || b.startsWith('COMPLEX')) return a.startsWith('COMPLEX<json>') ? a : b;
  if (!NUMERIC.includes(a) || !NUMERIC.includes(b)) return 'STRING';
  return a === 'DOUBLE' || b === 'DOUBLE' ? 'DOUBLE' : a === 'FLOAT' || b === 'FLOAT' ? 'FLOAT' : 'LONG';
}

function elementOf(type: NativeType): NativeType {
  return type.startsWith('ARRAY<') ? type.slice('ARRAY<'.length, -1) : type;
}
