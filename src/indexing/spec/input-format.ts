/** How bytes become records. @source Druid `InputFormat.java` and its subclasses */
import {
  type AvroOcfFormat,
  type AvroStreamFormat,
  parseAvroOcf,
  parseAvroStream,
  parseProtobuf,
  type ProtobufFormat,
} from './binary-format.js';
import { type FlattenSpec, parseFlattenSpec } from './flatten-spec.js';
import { boolean, isObject, type JsonObject, optionalString, typeOf, unknownType, unsupported } from './json-reader.js';
import { type DelimitedFormat, parseDelimited, parseRegex, type RegexFormat } from './text-format.js';

export interface JsonFormat {
  readonly type: 'json';
  readonly flatten: FlattenSpec;
}

/** A record of Kafka as a whole: what its value says, and its headers, key, time and topic under names of their own. */
export interface KafkaFormat {
  readonly type: 'kafka';
  readonly valueFormat: MessageFormat;
  /** Its first field is the key; null = the key is left alone. */
  readonly keyFormat: MessageFormat | null;
  /** How header values are encoded; null = headers are left alone. */
  readonly headerEncoding: string | null;
  readonly headerColumnPrefix: string;
  readonly keyColumnName: string;
  readonly timestampColumnName: string;
  readonly topicColumnName: string;
}

export interface ParquetFormat {
  readonly type: 'parquet';
  readonly flatten: FlattenSpec;
  readonly binaryAsString: boolean;
}

/** Formats of one message, or of one line of a file. */
export type MessageFormat = JsonFormat | DelimitedFormat | RegexFormat | AvroStreamFormat | ProtobufFormat;
/** Formats of files that are read as a whole. */
export type FileFormat = AvroOcfFormat | ParquetFormat;
export type StreamInputFormat = MessageFormat | KafkaFormat;
export type InputFormat = StreamInputFormat | FileFormat;

const JAVA_CLASS = 'org.apache.druid.data.input.InputFormat';
const KNOWN_ELSEWHERE = ['avro_hadoop', 'druid', 'kinesis', 'orc', 'sequence', 'thrift'];
const KNOWN = ['avro_ocf', 'avro_stream', 'csv', 'json', 'kafka', 'parquet', 'protobuf', 'regex', 'tsv'];

/** @throws DruidError INVALID_INPUT, UNSUPPORTED */
export function parseInputFormat(json: unknown): InputFormat {
  const type = typeOf(json, JAVA_CLASS);
  const spec = isObject(json) ? json : {};
  switch (type) {
    case 'json':
      return { type, flatten: parseFlattenSpec(spec) };
    case 'csv':
      return parseDelimited(spec, 'csv', ',');
    case 'tsv':
    case 'delimited':
      return parseDelimited(spec, 'tsv', optionalString(spec, 'delimiter') ?? '\t');
    case 'regex':
      return parseRegex(spec);
    case 'avro_stream':
      return parseAvroStream(spec);
    case 'avro_ocf':
      return parseAvroOcf(spec);
    case 'protobuf':
      return parseProtobuf(spec);
    case 'parquet':
      return { type, flatten: parseFlattenSpec(spec), binaryAsString: boolean(spec, 'binaryAsString', false) };
    case 'kafka':
      return parseKafka(spec);
    default:
      if (KNOWN_ELSEWHERE.includes(type)) throw unsupported(`inputFormat [${type}] is not supported`);
      throw unknownType(type, JAVA_CLASS, KNOWN);
  }
}

/** A format that a message of a stream can have. @throws DruidError INVALID_INPUT, UNSUPPORTED */
export function parseStreamInputFormat(json: unknown): StreamInputFormat {
  const format = parseInputFormat(json);
  if (format.type === 'parquet' || format.type === 'avro_ocf')
    throw unsupported(`inputFormat [${format.type}] is for files, not for streams`);
  return format;
}

function parseMessageFormat(json: unknown): MessageFormat {
  const format = parseStreamInputFormat(json);
  if (format.type === 'kafka') throw unsupported('inputFormat [kafka] within inputFormat [kafka] is not supported');
  return format;
}

const ENCODINGS: Readonly<Record<string, string>> = {
  'UTF-8': 'utf-8',
  'US-ASCII': 'latin1',
  'ISO-8859-1': 'latin1',
  ISO_8859_1: 'latin1',
  'UTF-16': 'utf-16be',
  'UTF-16BE': 'utf-16be',
  'UTF-16LE': 'utf-16le',
};

/** @source Druid `KafkaInputFormat.java` */
function parseKafka(spec: JsonObject): KafkaFormat {
  const present = (key: string): boolean => spec[key] !== undefined && spec[key] !== null;
  const header = spec['headerFormat'];
  if (
    present('headerFormat') &&
    typeOf(header, 'org.apache.druid.data.input.kafkainput.KafkaHeaderFormat') !== 'string'
  )
    throw unsupported('headerFormat of another type than [string] is not supported');
  const encoding = isObject(header) ? (optionalString(header, 'encoding') ?? 'UTF-8') : 'UTF-8';
  const headerEncoding = ENCODINGS[encoding.toUpperCase()];
  if (headerEncoding === undefined) throw unsupported(`Encoding [${encoding}] of headerFormat is not supported`);
  return {
    type: 'kafka',
    valueFormat: parseMessageFormat(spec['valueFormat']),
    keyFormat: present('keyFormat') ? parseMessageFormat(spec['keyFormat']) : null,
    headerEncoding: present('headerFormat') ? headerEncoding : null,
    headerColumnPrefix: optionalString(spec, 'headerColumnPrefix') ?? 'kafka.header.',
    keyColumnName: optionalString(spec, 'keyColumnName') ?? 'kafka.key',
    timestampColumnName: optionalString(spec, 'timestampColumnName') ?? 'kafka.timestamp',
    topicColumnName: optionalString(spec, 'topicColumnName') ?? 'kafka.topic',
  };
}
