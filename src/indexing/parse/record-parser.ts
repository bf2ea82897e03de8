import { ExpressionError } from '../../expressions/expr.js';
import type { DimensionList } from '../../segments/incremental/dimension-list.js';
import { metricInputs } from '../../segments/incremental/metric-inputs.js';
import { autoDimension, stringDimension } from '../../segments/incremental/row-schema.js';
import { TIME_COLUMN } from '../../common/column-type.js';
import type { NamedLookups } from '../../query/native-query.js';
import type { DataSchema } from '../spec/data-schema.js';
import { HugeNumber } from './huge-number.js';
import { RecordFilter } from './record-filter.js';
import type { RecordFormat, RecordSource } from './record-format.js';
import { RowAssembler } from './row-assembler.js';
import type { MessageContext, ObjectRowParser, RowHandler, RowParser } from './row-handler.js';
import { TransformedFields } from './transformed-fields.js';

/** Rows out of the records of any format: time, transforms, filter, discovery, values. */
class RecordRows<R, F> {
  readonly #format: RecordFormat<R, F>;
  readonly #transformed: TransformedFields<R, unknown> | undefined;
  readonly #filter: RecordFilter<R, F> | undefined;
  readonly #assembler: RowAssembler;
  readonly #dimensions: DimensionList;
  readonly #timestamp: (record: R) => unknown;
  readonly #time: F | undefined;
  readonly #dimensionFields: F[] = [];
  readonly #inputFields: readonly F[];
  readonly #discovery: 'none' | 'string' | 'auto';
  readonly #exclusions: ReadonlySet<string>;

  constructor(
    schema: DataSchema,
    raw: RecordFormat<R, unknown>,
    transformed: TransformedFields<R, unknown> | undefined,
    dimensions: DimensionList,
  ) {
    // With transforms every field goes through them; without, nothing is in the way of the format's own.
    const format = (transformed ?? raw) as RecordFormat<R, F>;
    this.#format = format;
    this.#transformed = transformed;
    const { filter } = schema.transformSpec;
    this.#filter = filter === null ? undefined : new RecordFilter(filter, format);
    this.#assembler = new RowAssembler(schema, dimensions);
    this.#dimensions = dimensions;
    const timestamp = raw.field(schema.timestampSpec.column);
    this.#timestamp = (record) => raw.read(record, timestamp);
    this.#time = transformed?.setsTime === true ? format.field(TIME_COLUMN) : undefined;
    this.#inputFields = metricInputs(schema.metricsSpec).map((input) => format.field(input.fieldName));
    this.#discovery = schema.dimensionsSpec.discovery;
    this.#exclusions = new Set(schema.dimensionsSpec.exclusions);
  }

  add(record: R, handler: RowHandler): void {
    const assembler = this.#assembler;
    const problem = assembler.begin(this.#timestamp(record));
    if (problem !== undefined) return handler.onUnparseable(problem);
    if (this.#transformed === undefined && this.#filter === undefined) this.#fill(record);
    else {
      const outcome = this.#transform(record);
      if (outcome === 'filtered') return handler.onFiltered();
      if (outcome !== undefined) return handler.onUnparseable(outcome.problem);
    }
    handler.onRow(assembler.finish(), assembler.errors.count, assembler.errors.reason);
  }

  useLookups(lookups: NamedLookups): void {
    this.#transformed?.useLookups(lookups);
  }

  #transform(record: R): 'filtered' | { readonly problem: string } | undefined {
    const { row } = this.#assembler;
    try {
      this.#transformed?.begin(row.timestampMs);
      if (this.#time !== undefined) {
        const problem = this.#assembler.setTime(this.#format.read(record, this.#time));
        if (problem !== undefined) return { problem };
      }
      if (this.#filter?.accepts(record, row.timestampMs) === false) return 'filtered';
      this.#fill(record);
      return undefined;
    } catch (error) {
      if (error instanceof ExpressionError) return { problem: error.message };
      // Nested deeper than the stack of a thread goes.
      if (error instanceof RangeError) return { problem: 'Could not transform row: it nests too deep' };
      throw error;
    }
  }

  #fill(record: R): void {
    const assembler = this.#assembler;
    const format = this.#format;
    if (this.#discovery !== 'none') this.#discover(record);
    const fields = this.#dimensionFields;
    const { size } = this.#dimensions;
    for (let slot = 0; slot < size; slot++) {
      const field = (fields[slot] ??= format.field(this.#dimensions.schemas[slot]!.name));
      assembler.setDimension(slot, format.read(record, field));
    }
    for (let i = 0; i < this.#inputFields.length; i++)
      assembler.setInput(i, format.read(record, this.#inputFields[i]!));
  }

  /** Adds fields seen for the first time. */
  #discover(record: R): void {
    const format = this.#format;
    for (const name of format.names(record)) {
      if (this.#dimensions.slotOf(name) !== undefined || this.#exclusions.has(name)) continue;
      const value = format.hasFixedColumns ? '' : format.read(record, format.field(name));
      // Nulls tell nothing of a field, and string dimensions have no place for objects.
      if (value === null || value === undefined) continue;
      if (this.#discovery === 'auto') this.#dimensions.add(autoDimension(name));
      else if (typeof value !== 'object' || value instanceof HugeNumber || isFlatList(value))
        this.#dimensions.add(stringDimension(name));
    }
  }
}

function isFlatList(value: unknown): boolean {
  return Array.isArray(value) && value.every((element) => typeof element !== 'object' || element === null);
}

function recordRows<R>(
  schema: DataSchema,
  raw: RecordFormat<R, unknown>,
  dimensions: DimensionList,
): RecordRows<R, unknown> {
  const { transformSpec, derivedColumns } = schema;
  const transforms = transformSpec.transforms.length > 0 || derivedColumns.length > 0;
  return new RecordRows(schema, raw, transforms ? new TransformedFields(raw, schema) : undefined, dimensions);
}

/** Rows out of the bytes of messages or lines. */
export class SourceRowParser<R> implements RowParser {
  readonly #source: RecordSource<R, unknown>;
  readonly #rows: RecordRows<R, unknown>;
  #handler: RowHandler | undefined;

  constructor(schema: DataSchema, source: RecordSource<R, unknown>, dimensions: DimensionList) {
    this.#source = source;
    this.#rows = recordRows(schema, source, dimensions);
  }

  startFile(): void {
    this.#source.startFile?.();
  }

  parse(bytes: Uint8Array | null, handler: RowHandler, message?: MessageContext): void {
    this.#handler = handler;
    this.#source.records(bytes, this, message);
  }

  useLookups(lookups: NamedLookups): void {
    this.#rows.useLookups(lookups);
  }

  prepare(records: Iterable<Uint8Array | null>): Promise<void> | undefined {
    return this.#source.prepare?.(records);
  }

  onRecord(record: R): void {
    this.#rows.add(record, this.#handler!);
  }

  onUnparseable(reason: string): void {
    this.#handler!.onUnparseable(reason);
  }
}

/** Rows out of objects. */
export class RecordRowParser<R extends Readonly<Record<string, unknown>>> implements ObjectRowParser {
  readonly #rows: RecordRows<R, unknown>;

  constructor(schema: DataSchema, format: RecordFormat<R, unknown>, dimensions: DimensionList) {
    this.#rows = recordRows(schema, format, dimensions);
  }

  parseRecord(record: Readonly<Record<string, unknown>>, handler: RowHandler): void {
    this.#rows.add(record as R, handler);
  }
}
