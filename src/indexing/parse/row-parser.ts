import type { DimensionList } from '../../segments/incremental/dimension-list.js';
import type { DataSchema } from '../spec/data-schema.js';
import type { FlattenSpec } from '../spec/flatten-spec.js';
import { ObjectFields } from './object-fields.js';
import { RecordRowParser, SourceRowParser } from './record-parser.js';
import type { AnyRecordSource } from './record-source.js';
import type { ObjectRowParser, RowParser } from './row-handler.js';

/** Rows out of messages or lines. @param dimensions grows when the schema is discovered; the rows' `dimensions` follow its slots */
export function createRowParser(schema: DataSchema, source: AnyRecordSource, dimensions: DimensionList): RowParser {
  return new SourceRowParser(schema, source, dimensions);
}

/** Rows out of records that files or stored segments give as objects. */
export function createObjectParser(
  schema: DataSchema,
  flatten: FlattenSpec,
  dimensions: DimensionList,
): ObjectRowParser {
  return new RecordRowParser(schema, new ObjectFields(flatten), dimensions);
}
