import { type ColumnType, TIME_COLUMN } from '../../common/column-type.js';
import { compileFilter } from '../../engine/filter/compile-filter.js';
import { BumpArena } from '../../memory/bump-arena.js';
import { DimensionList } from '../../segments/incremental/dimension-list.js';
import { IncrementalIndex } from '../../segments/incremental/incremental-index.js';
import type { InputRow } from '../../segments/incremental/input-row.js';
import { metricInputs } from '../../segments/incremental/metric-inputs.js';
import {
  autoDimension,
  type DimensionSchema,
  type DimensionType,
  stringDimension,
} from '../../segments/incremental/row-schema.js';
import { valueAt } from '../../segments/merge/vector-values.js';
import type { ColumnVector } from '../../vectors/block.js';
import { openBlock } from '../../vectors/block-view.js';
import type { RowHandler } from '../parse/row-handler.js';
import { rowSchemaOf } from '../spec/data-schema.js';
import { dimensionJson } from '../spec/dimensions-spec.js';
import type { JsonObject } from '../spec/json-reader.js';
import { ORDER_COLUMN, type SamplerSpec } from './sampler-spec.js';

/** One record: `parsed` where a row begins with it, `unparseable` and `error` where it is none. */
export interface SampledRow {
  readonly input?: JsonObject;
  readonly parsed?: JsonObject;
  readonly unparseable?: true;
  readonly error?: string;
}

/** @source Druid `SamplerResponse.java` */
export interface SamplerResponse {
  readonly numRowsRead: number;
  readonly numRowsIndexed: number;
  readonly logicalDimensions: readonly JsonObject[];
  readonly physicalDimensions: readonly JsonObject[];
  readonly logicalSegmentSchema: readonly { readonly name: string; readonly type: ColumnType }[];
  readonly data: readonly SampledRow[];
}

const ARENA_FACTOR = 8;
const PLAIN_TYPES: Readonly<Partial<Record<ColumnType, DimensionType>>> = {
  STRING: 'STRING',
  LONG: 'LONG',
  DOUBLE: 'DOUBLE',
  FLOAT: 'FLOAT',
};

/** Takes the rows of records until there are enough, and shows both side by side. */
export class SampledRows implements RowHandler {
  readonly dimensions: DimensionList;
  readonly #spec: SamplerSpec;
  readonly #arena: BumpArena;
  readonly #index: IncrementalIndex;
  readonly #orderInput: number;
  readonly #rows: SampledRow[] = [];
  #numIndexed = 0;
  #inputBytes = 0;
  #isFull = false;
  /** Tells the record that is being read, and where it is. */
  #record: () => JsonObject | undefined = () => undefined;
  #place = '';

  constructor(spec: SamplerSpec) {
    this.#spec = spec;
    const { dataSchema, limits } = spec;
    const schema = rowSchemaOf(dataSchema);
    this.dimensions = new DimensionList(schema.dimensions);
    this.#arena = BumpArena.create(limits.maxBytesInMemory * ARENA_FACTOR);
    const identity = {
      segmentId: dataSchema.dataSource,
      dataSource: dataSchema.dataSource,
      intervalStartMs: Number.MIN_SAFE_INTEGER,
      intervalEndMs: Number.MAX_SAFE_INTEGER,
    };
    this.#index = new IncrementalIndex(schema, this.dimensions, this.#arena, identity, compileFilter);
    this.#orderInput = metricInputs(dataSchema.metricsSpec).findIndex((input) => input.fieldName === ORDER_COLUMN);
  }

  get isComplete(): boolean {
    const { numRows, maxBytesInMemory, maxClientResponseBytes } = this.#spec.limits;
    return (
      this.#isFull ||
      this.#rows.length >= numRows ||
      this.#arena.usedBytes > maxBytesInMemory ||
      (maxClientResponseBytes > 0 && this.#inputBytes > maxClientResponseBytes)
    );
  }

  /** To be called before a record is read. @param place added to what is said of a bad one */
  begin(record: () => JsonObject | undefined, place: string): void {
    this.#record = record;
    this.#place = place;
  }

  onRow(row: InputRow, failedFields: number, reason: string | undefined): void {
    if (failedFields > 0) return this.onUnparseable(reason ?? 'A field could not be converted');
    if (this.isComplete) return;
    row.inputs[this.#orderInput] = this.#rows.length;
    if (!this.#index.add(row)) this.#isFull = true;
    else {
      this.#numIndexed++;
      this.#push({});
    }
  }

  onUnparseable(reason: string): void {
    if (!this.isComplete) this.#push({ unparseable: true, error: `${reason}${this.#place}` });
  }

  onFiltered(): void {}

  finish(): SamplerResponse {
    this.#showParsed();
    const types = this.#index.columnTypes;
    const typeOf = (schema: DimensionSchema): ColumnType => types[schema.name] ?? 'STRING';
    const { schemas } = this.dimensions;
    const metrics = this.#spec.dataSchema.metricsSpec.filter(({ name }) => name !== ORDER_COLUMN);
    return {
      numRowsRead: this.#rows.length,
      numRowsIndexed: this.#numIndexed,
      logicalDimensions: schemas.map((schema) => dimensionJson(logicalDimension(schema, typeOf(schema)))),
      physicalDimensions: schemas.map(dimensionJson),
      logicalSegmentSchema: [
        { name: TIME_COLUMN, type: 'LONG' },
        ...schemas.map((schema) => ({ name: schema.name, type: typeOf(schema) })),
        ...metrics.map(({ name }) => ({ name, type: types[name] ?? 'LONG' })),
      ],
      data: this.#rows.filter((row) => row.parsed !== undefined || row.unparseable === true),
    };
  }

  #push(row: SampledRow): void {
    const input = this.#record();
    if (input !== undefined && this.#spec.limits.maxClientResponseBytes > 0)
      this.#inputBytes += Object.values(input).reduce((sum: number, value) => sum + String(value).length, 0);
    this.#rows.push({ ...(input !== undefined && { input }), ...row });
  }

  #showParsed(): void {
    const view = this.#index.view();
    const names = [
      TIME_COLUMN,
      ...this.dimensions.schemas.map(({ name }) => name),
      ...this.#spec.dataSchema.metricsSpec.map(({ name }) => name),
    ];
    for (const ref of view.blocks) {
      const block = openBlock(ref, () => this.#arena.buffer);
      const columns = names.map((name) => [name, block.column(name), view.columnTypes[name]] as const);
      for (let row = 0; row < block.numRows; row++) {
        const cells = columns.map(([name, vector, type]) => [name, shownValue(vector, type, row)] as const);
        const { [ORDER_COLUMN]: at, ...parsed } = Object.fromEntries(cells);
        this.#rows[Number(at)] = { ...this.#rows[Number(at)], parsed };
      }
    }
  }
}

/** What the column looks like in queries. @source Druid `DimensionSchema.getDefaultSchemaForBuiltInType` */
function logicalDimension(schema: DimensionSchema, type: ColumnType): DimensionSchema {
  const plain = PLAIN_TYPES[type];
  if (schema.type !== 'AUTO') return schema;
  if (plain === undefined) return autoDimension(schema.name);
  const { name } = schema;
  return { ...stringDimension(name), type: plain, createBitmapIndex: plain === 'STRING' };
}

/** States of sketches as base64, as Druid's JSON has them. */
function shownValue(vector: ColumnVector | undefined, type: ColumnType | undefined, row: number): unknown {
  if (vector === undefined) return null;
  if (vector.kind === 'binary' && type !== 'COMPLEX<json>') {
    if (vector.nulls?.[row] === 1) return null;
    return Buffer.from(vector.bytes.subarray(vector.offsets[row], vector.offsets[row + 1])).toString('base64');
  }
  return valueAt(vector, row);
}
