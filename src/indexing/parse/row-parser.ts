import type { DimensionList } from '../../segments/incremental/dimension-list.js';
import type { DataSchema } from '../spec/data-schema.js';
import type { InputFormat } from '../spec/input-format.js';
import { DelimitedParser } from './delimited-parser.js';
import { JsonParser } from './json-parser.js';
import { RowAssembler } from './row-assembler.js';
import type { RowParser } from './row-handler.js';

/** The parser of an input format. @param dimensions grows when the schema is discovered; the rows' `dimensions` follow its slots */
export function createRowParser(schema: DataSchema, format: InputFormat, dimensions: DimensionList): RowParser {
  const assembler = new RowAssembler(schema, dimensions);
  return format.type === 'json'
    ? new JsonParser(schema, format, dimensions, assembler)
    : new DelimitedParser(schema, format, dimensions, assembler);
}
