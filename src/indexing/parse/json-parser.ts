import { isUtf8 } from 'node:buffer';
import { DruidError } from '../../common/druid-error.js';
import { parseJson } from '../../common/json-read.js';
import type { DimensionList } from '../../segments/incremental/dimension-list.js';
import { metricInputs } from '../../segments/incremental/metric-inputs.js';
import { autoDimension, stringDimension } from '../../segments/incremental/row-schema.js';
import type { DataSchema } from '../spec/data-schema.js';
import type { FlattenField, JsonFormat } from '../spec/input-format.js';
import { splitObjects } from './json-objects.js';
import type { RowAssembler } from './row-assembler.js';
import type { RowHandler, RowParser } from './row-handler.js';

type JsonRecord = Readonly<Record<string, unknown>>;

/** Where a field of the row is in a record. */
interface FieldPath {
  readonly steps: readonly (string | number)[];
  /** The name when the field is a member of the root. */
  readonly root: string | undefined;
  /** Every object inherits a member of this name: only an own one counts. */
  readonly isInherited: boolean;
}

/** Keeps to error messages that hold no more than a glimpse of the record. */
const MAX_SHOWN = 100;

/** Records of JSON objects; `JSON.parse` is faster than anything that JavaScript can do by itself. */
export class JsonParser implements RowParser {
  readonly #assembler: RowAssembler;
  readonly #dimensions: DimensionList;
  readonly #flattened: ReadonlyMap<string, FlattenField>;
  readonly #timestamp: FieldPath;
  readonly #dimensionPaths: FieldPath[] = [];
  readonly #inputPaths: readonly FieldPath[];
  readonly #discovery: 'none' | 'string' | 'auto';
  readonly #useFieldDiscovery: boolean;
  readonly #exclusions: ReadonlySet<string>;
  /** Record as text, and its form with exact integers once one was needed. */
  #text = '';
  #exact: JsonRecord | undefined;

  constructor(schema: DataSchema, format: JsonFormat, dimensions: DimensionList, assembler: RowAssembler) {
    this.#assembler = assembler;
    this.#dimensions = dimensions;
    this.#flattened = new Map(format.fields.map((field) => [field.name, field]));
    this.#timestamp = this.#pathOf(schema.timestampSpec.column);
    this.#inputPaths = metricInputs(schema.metricsSpec).map((input) => this.#pathOf(input.fieldName));
    this.#discovery = schema.dimensionsSpec.discovery;
    this.#useFieldDiscovery = format.useFieldDiscovery;
    this.#exclusions = new Set(schema.dimensionsSpec.exclusions);
  }

  startFile(): void {
    // JSON files have no header.
  }

  parse(bytes: Uint8Array, handler: RowHandler): void {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (!isUtf8(buffer)) return handler.onUnparseable('Unable to parse row: it is not UTF-8');
    const text = buffer.toString('utf8');
    let record: unknown;
    try {
      record = JSON.parse(text);
    } catch (error) {
      return this.#parseSeveral(text, error, handler);
    }
    this.#row(record, text, handler);
  }

  /** Several objects in one record, or no JSON at all: then none of it counts, as in Druid. */
  #parseSeveral(text: string, error: unknown, handler: RowHandler): void {
    if (text.trim() === '') return;
    const parts = splitObjects(text);
    const records: unknown[] = [];
    try {
      if (parts === undefined) throw error;
      for (const part of parts) records.push(JSON.parse(part));
    } catch {
      return handler.onUnparseable(`Unable to parse row [${text.slice(0, MAX_SHOWN)}] into JSON`);
    }
    records.forEach((record, i) => this.#row(record, parts?.[i] ?? text, handler));
  }

  #row(record: unknown, text: string, handler: RowHandler): void {
    if (typeof record !== 'object' || record === null || Array.isArray(record)) {
      return handler.onUnparseable(`Unable to parse row [${text.slice(0, MAX_SHOWN)}] into JSON: it is no object`);
    }
    this.#text = text;
    this.#exact = undefined;
    const object = record as JsonRecord;
    const assembler = this.#assembler;
    const problem = assembler.begin(readField(object, this.#timestamp));
    if (problem !== undefined) return handler.onUnparseable(problem);
    if (this.#discovery !== 'none') this.#discover(object);
    for (let slot = 0; slot < this.#dimensions.size; slot++) {
      const path = (this.#dimensionPaths[slot] ??= this.#pathOf(this.#dimensions.schemas[slot]!.name));
      assembler.setDimension(slot, this.#read(object, path));
    }
    for (let i = 0; i < this.#inputPaths.length; i++) assembler.setInput(i, this.#read(object, this.#inputPaths[i]!));
    handler.onRow(assembler.finish(), assembler.errors.count, assembler.errors.reason);
  }

  /** A field's value, integers beyond 2^53 as bigint. */
  #read(object: JsonRecord, path: FieldPath): unknown {
    const value = readField(object, path);
    if (typeof value === 'number' ? !mayHaveLostBits(value) : !Array.isArray(value) || !value.some(mayHaveLostBits))
      return value;
    this.#exact ??= exactRecord(this.#text);
    return this.#exact === undefined ? value : readField(this.#exact, path);
  }

  /** Adds fields seen for the first time; nulls tell nothing of a field, and string dimensions have no place for objects. */
  #discover(object: JsonRecord): void {
    if (this.#useFieldDiscovery) {
      for (const name of Object.keys(object)) {
        if (this.#dimensions.slotOf(name) !== undefined || this.#exclusions.has(name)) continue;
        this.#consider(name, object[name]);
      }
    }
    for (const name of this.#flattened.keys()) {
      if (this.#dimensions.slotOf(name) !== undefined || this.#exclusions.has(name)) continue;
      this.#consider(name, readField(object, this.#pathOf(name)));
    }
  }

  #consider(name: string, value: unknown): void {
    if (value === null || value === undefined) return;
    if (this.#discovery === 'auto') this.#dimensions.add(autoDimension(name));
    else if (typeof value !== 'object' || isFlatList(value)) this.#dimensions.add(stringDimension(name));
  }

  #pathOf(name: string): FieldPath {
    const steps = this.#flattened.get(name)?.steps ?? [name];
    const root = steps.length === 1 && typeof steps[0] === 'string' ? steps[0] : undefined;
    return { steps, root, isInherited: root !== undefined && root in Object.prototype };
  }
}

function readField(object: JsonRecord, path: FieldPath): unknown {
  if (path.root !== undefined) {
    return path.isInherited && !Object.hasOwn(object, path.root) ? undefined : object[path.root];
  }
  let value: unknown = object;
  for (const step of path.steps) {
    if (typeof value !== 'object' || value === null) return undefined;
    if (typeof step === 'number' ? !Array.isArray(value) : !Object.hasOwn(value, step)) return undefined;
    value = (value as Readonly<Record<string | number, unknown>>)[step];
  }
  return value;
}

function mayHaveLostBits(value: unknown): boolean {
  return (
    typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value) && Math.abs(value) < 2 ** 64
  );
}

function exactRecord(text: string): JsonRecord | undefined {
  try {
    return parseJson(text) as JsonRecord;
  } catch (error) {
    // Nested too deep for an exact reading: the rounded one has to do.
    if (error instanceof DruidError) return undefined;
    throw error;
  }
}

function isFlatList(value: unknown): boolean {
  return Array.isArray(value) && value.every((element) => typeof element !== 'object' || element === null);
}
