import type { DimensionList } from '../../segments/incremental/dimension-list.js';
import type { DataSchema } from '../spec/data-schema.js';
import type { FlattenSpec } from '../spec/flatten-spec.js';
import { DelimitedRecords } from './delimited-records.js';
import { type EntityFields, EntityFormat } from './entity-fields.js';
import { JsonRecords } from './json-records.js';
import { ObjectFields } from './object-fields.js';
import { plainFields } from './plain-json/plain-fields.js';
import { PlainDelimitedParser } from './plain-json/plain-delimited-parser.js';
import { PlainJsonParser } from './plain-json/plain-json-parser.js';
import { RecordRowParser, SourceRowParser } from './record-parser.js';
import type { AnyRecordSource } from './record-source.js';
import type { ObjectRowParser, RowParser } from './row-handler.js';

/**
 * Rows out of messages or lines. JSON whose schema allows it goes through a kernel first.
 * @param dimensions grows when the schema is discovered; the rows' `dimensions` follow its slots
 */
export function createRowParser(schema: DataSchema, source: AnyRecordSource, dimensions: DimensionList): RowParser {
  const general = new SourceRowParser(schema, source, dimensions);
  const records: unknown = source;
  const isJson = records instanceof JsonRecords && records.hasPlainFields;
  const isDelimited = records instanceof DelimitedRecords && records.isPlain;
  const fields = isJson || isDelimited ? plainFields(schema, dimensions) : undefined;
  if (fields === undefined) return general;
  return isDelimited ? new PlainDelimitedParser(fields, records, general) : new PlainJsonParser(fields, general);
}

/** Rows out of records that files or stored segments give as objects. @param entity fields that all of them have */
export function createObjectParser(
  schema: DataSchema,
  flatten: FlattenSpec,
  dimensions: DimensionList,
  entity: EntityFields = {},
): ObjectRowParser {
  const format = new EntityFormat(new ObjectFields(flatten), Object.keys(entity));
  format.entity = entity;
  return new RecordRowParser(schema, format, dimensions);
}
