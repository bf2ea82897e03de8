import type { Type } from 'avsc';
import type { HttpAccess } from '../http-access.js';
import type { AvroStreamFormat } from '../spec/binary-format.js';
import { checkAvro } from './avro-check.js';
import { avroLibrary, avroOptions, plainAvro } from './avro-values.js';
import type { MessageDecoder } from './decoded-records.js';
import type { JsonRecord } from './object-fields.js';
import { afterSchemaId, RegistrySchemas, schemaIdOf } from './schema-registry.js';

/** Messages of Avro's binary encoding, the schema told by the spec or by each message. @throws DruidError when it cannot be used */
export async function avroDecoder(format: AvroStreamFormat, http: HttpAccess): Promise<MessageDecoder> {
  const avro = await avroLibrary();
  const { decoder, binaryAsString } = format;
  const compile = (schema: unknown): Type => avro.Type.forSchema(schema as never, avroOptions(avro));
  const read = (type: Type, bytes: Uint8Array): JsonRecord => {
    checkAvro(type, bytes);
    const record = plainAvro(type.fromBuffer(asBuffer(bytes)), type, binaryAsString);
    if (typeof record !== 'object' || record === null || Array.isArray(record)) throw new Error('it is not a record');
    return record as JsonRecord;
  };
  switch (decoder.type) {
    case 'schema_inline': {
      const type = compile(decoder.schema);
      return { decode: (bytes) => read(type, bytes) };
    }
    case 'multiple_schemas_inline': {
      const types = new Map(Object.entries(decoder.schemas).map(([id, schema]) => [Number(id), compile(schema)]));
      return { decode: (bytes) => decodeNumbered(bytes, types, read) };
    }
    case 'schema_registry': {
      const schemas = new RegistrySchemas(decoder, http, ({ schema }) => compile(JSON.parse(schema)));
      return {
        decode: (bytes) => {
          const id = schemaIdOf(bytes);
          if (id === undefined) throw new Error('it does not begin with the number of a schema');
          return read(schemas.get(id), afterSchemaId(bytes));
        },
        prepare: (records) => schemas.prepare(records),
      };
    }
  }
}

/** Version 1, the number of the schema, the record. @source Druid `InlineSchemasAvroBytesDecoder.java` */
function decodeNumbered(
  bytes: Uint8Array,
  types: ReadonlyMap<number, Type>,
  read: (type: Type, bytes: Uint8Array) => JsonRecord,
): JsonRecord {
  if (bytes.length < 5 || bytes[0] !== 1)
    throw new Error('it does not begin with version 1 and the number of a schema');
  const id = new DataView(bytes.buffer, bytes.byteOffset).getInt32(1);
  const type = types.get(id);
  if (type === undefined) throw new Error(`Failed to find schema for id [${id}]`);
  return read(type, bytes.subarray(5));
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
