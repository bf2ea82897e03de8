/** Avro and Protobuf, and where their schemas come from. @source Druid `AvroStreamInputFormat.java`, `ProtobufInputFormat.java` */
import { invalidInput } from '../../common/druid-error.js';
import { type FlattenSpec, parseFlattenSpec } from './flatten-spec.js';
import {
  boolean,
  isObject,
  type JsonObject,
  optionalObject,
  optionalString,
  stringArray,
  typeOf,
  unknownType,
  unsupported,
} from './json-reader.js';

export interface AvroStreamFormat {
  readonly type: 'avro_stream';
  readonly decoder: AvroDecoder;
  readonly flatten: FlattenSpec;
  readonly binaryAsString: boolean;
}

export interface AvroOcfFormat {
  readonly type: 'avro_ocf';
  /** What records are read as, by Avro's rules for other schemas; null: as the file says. */
  readonly schema: JsonObject | null;
  readonly flatten: FlattenSpec;
  readonly binaryAsString: boolean;
}

export type AvroDecoder =
  | { readonly type: 'schema_inline'; readonly schema: JsonObject }
  /** Schemas by the number that each message begins with. */
  | { readonly type: 'multiple_schemas_inline'; readonly schemas: Readonly<Record<string, JsonObject>> }
  | SchemaRegistry;

export interface SchemaRegistry {
  readonly type: 'schema_registry';
  readonly urls: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
}

export interface ProtobufFormat {
  readonly type: 'protobuf';
  readonly decoder: ProtobufDecoder;
  readonly flatten: FlattenSpec;
}

export type ProtobufDecoder =
  /** A FileDescriptorSet in base64; null = the first message type in it. */
  | { readonly type: 'inline'; readonly descriptor: string; readonly messageType: string | null }
  /** The same as a file: a path under an allowed directory, or an allowed URL. */
  | { readonly type: 'file'; readonly location: string; readonly messageType: string | null }
  | SchemaRegistry;

const AVRO_DECODER = 'org.apache.druid.data.input.avro.AvroBytesDecoder';
const PROTO_DECODER = 'org.apache.druid.data.input.protobuf.ProtobufBytesDecoder';

export function parseAvroStream(spec: JsonObject): AvroStreamFormat {
  return {
    type: 'avro_stream',
    decoder: parseAvroDecoder(spec['avroBytesDecoder']),
    flatten: parseFlattenSpec(spec),
    binaryAsString: boolean(spec, 'binaryAsString', false),
  };
}

export function parseAvroOcf(spec: JsonObject): AvroOcfFormat {
  return {
    type: 'avro_ocf',
    schema: optionalObject(spec, 'schema') ?? null,
    flatten: parseFlattenSpec(spec),
    binaryAsString: boolean(spec, 'binaryAsString', false),
  };
}

export function parseProtobuf(spec: JsonObject): ProtobufFormat {
  return {
    type: 'protobuf',
    decoder: parseProtobufDecoder(spec['protoBytesDecoder']),
    flatten: parseFlattenSpec(spec),
  };
}

function parseAvroDecoder(json: unknown): AvroDecoder {
  const type = typeOf(json, AVRO_DECODER);
  const spec = isObject(json) ? json : {};
  switch (type) {
    case 'schema_inline': {
      const schema = optionalObject(spec, 'schema');
      if (!schema) throw invalidInput('schema must be provided');
      return { type, schema };
    }
    case 'multiple_schemas_inline': {
      const schemas = optionalObject(spec, 'schemas') ?? {};
      if (Object.keys(schemas).length === 0) throw invalidInput('one or more schemas must be provided in schemas');
      for (const [id, schema] of Object.entries(schemas)) {
        if (!/^\d+$/.test(id) || !isObject(schema))
          throw invalidInput(`Schema [${id}] must be an object under a number`);
      }
      return { type, schemas: schemas as Readonly<Record<string, JsonObject>> };
    }
    case 'schema_registry':
      return parseRegistry(spec);
    case 'schema_repo':
      throw unsupported('avroBytesDecoder [schema_repo] is not supported');
    default:
      throw unknownType(type, AVRO_DECODER, ['multiple_schemas_inline', 'schema_inline', 'schema_registry']);
  }
}

function parseProtobufDecoder(json: unknown): ProtobufDecoder {
  const type = typeOf(json, PROTO_DECODER);
  const spec = isObject(json) ? json : {};
  const messageType = optionalString(spec, 'protoMessageType') ?? null;
  switch (type) {
    case 'inline': {
      const descriptor = optionalString(spec, 'descriptorString');
      if (descriptor === undefined) throw invalidInput('descriptorString must be provided');
      return { type, descriptor, messageType };
    }
    case 'file': {
      const location = optionalString(spec, 'descriptor');
      if (location === undefined) throw invalidInput('descriptor must be provided');
      return { type, location, messageType };
    }
    case 'schema_registry':
      return parseRegistry(spec);
    default:
      throw unknownType(type, PROTO_DECODER, ['file', 'inline', 'schema_registry']);
  }
}

function parseRegistry(spec: JsonObject): SchemaRegistry {
  const url = optionalString(spec, 'url');
  const urls = url === undefined ? (stringArray(spec, 'urls') ?? []) : [url];
  if (urls.length === 0) throw invalidInput('One of url or urls must be provided');
  for (const one of urls) if (!/^https?:\/\//i.test(one)) throw invalidInput(`url [${one}] must be of http or https`);
  const headers = Object.entries(optionalObject(spec, 'headers') ?? {}).map(([name, value]) => {
    // Druid can have values from providers, which read the server's environment.
    if (typeof value !== 'string') throw unsupported(`Header [${name}] must be a text`);
    return [name, value] as const;
  });
  return { type: 'schema_registry', urls, headers: { ...Object.fromEntries(headers), ...basicAuth(spec) } };
}

/** `config: {"basic.auth.credentials.source": "USER_INFO", "basic.auth.user.info": "user:password"}` */
function basicAuth(spec: JsonObject): Readonly<Record<string, string>> {
  const config = optionalObject(spec, 'config') ?? {};
  const userInfo = config['basic.auth.user.info'] ?? config['schema.registry.basic.auth.user.info'];
  if (userInfo === undefined) return {};
  if (typeof userInfo !== 'string') throw unsupported('basic.auth.user.info must be a text');
  return { authorization: `Basic ${Buffer.from(userInfo, 'utf8').toString('base64')}` };
}
