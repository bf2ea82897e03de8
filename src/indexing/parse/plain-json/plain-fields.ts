import type { DimensionList } from '../../../segments/incremental/dimension-list.js';
import { metricInputs } from '../../../segments/incremental/metric-inputs.js';
import type { DataSchema } from '../../spec/data-schema.js';

/** Kinds of fields; the numbers are the kernel's (assembly/row-values.ts). */
const KIND = { text: 1, integer: 2, real: 3, isoTime: 4, millis: 5, autoTime: 6, seconds: 7, date: 8 } as const;
type Kind = (typeof KIND)[keyof typeof KIND];

export interface PlainField {
  readonly name: string;
  readonly kind: Kind;
}

/** The fields that rows of a schema are made of, each read once. */
export interface PlainFields {
  readonly fields: readonly PlainField[];
  /** By slot and by position of the input: number of the field. */
  readonly dimensions: readonly number[];
  readonly inputs: readonly number[];
  readonly time: number;
}

const TIME_KINDS: Readonly<Record<string, Kind>> = {
  iso: KIND.isoTime,
  auto: KIND.autoTime,
  millis: KIND.millis,
  posix: KIND.seconds,
  'yyyy-mm-dd': KIND.date,
};

export function isText(field: PlainField): boolean {
  return field.kind === KIND.text;
}

/**
 * undefined: the schema needs more than members of the root that are texts and numbers (discovery, transforms, other times and types, or a field that is read
 * both as a text and as a number).
 */
export function plainFields(schema: DataSchema, dimensions: DimensionList): PlainFields | undefined {
  const { transformSpec, derivedColumns, dimensionsSpec, timestampSpec } = schema;
  if (transformSpec.transforms.length > 0 || transformSpec.filter !== null || derivedColumns.length > 0)
    return undefined;
  const timeKind = TIME_KINDS[timestampSpec.format.toLowerCase()];
  if (dimensionsSpec.discovery !== 'none' || timeKind === undefined) return undefined;
  const found = new FoundFields();
  const time = found.add(timestampSpec.column, timeKind);
  const slots = dimensions.schemas.map(({ name, type }) => found.add(name, DIMENSION_KINDS[type]));
  const inputs = metricInputs(schema.metricsSpec).map(({ fieldName, type }) => found.add(fieldName, INPUT_KINDS[type]));
  return found.isPlain ? { fields: found.fields, dimensions: slots, inputs, time } : undefined;
}

const DIMENSION_KINDS = {
  STRING: KIND.text,
  LONG: KIND.integer,
  FLOAT: KIND.real,
  DOUBLE: KIND.real,
  AUTO: undefined,
  JSON: undefined,
} as const;
const INPUT_KINDS = { long: KIND.integer, double: KIND.real, float: KIND.real, value: KIND.text } as const;

class FoundFields {
  readonly fields: PlainField[] = [];
  isPlain = true;

  /** The number of the field; one that is read as a real and as an integer must be an integer. */
  add(name: string, kind: Kind | undefined): number {
    if (kind === undefined) {
      this.isPlain = false;
      return -1;
    }
    const known = this.fields.findIndex((field) => field.name === name);
    if (known < 0) return this.fields.push({ name, kind }) - 1;
    const both = new Set([this.fields[known]!.kind, kind]);
    if (both.size === 1) return known;
    this.isPlain &&= both.has(KIND.integer) && both.has(KIND.real);
    this.fields[known] = { name, kind: KIND.integer };
    return known;
  }
}
