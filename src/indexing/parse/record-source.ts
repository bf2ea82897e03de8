import type { HttpAccess } from '../http-access.js';
import type { JsonFormat, StreamInputFormat } from '../spec/input-format.js';
import type { DelimitedFormat, RegexFormat } from '../spec/text-format.js';
import { avroDecoder } from './avro-decoder.js';
import { DecodedRecords } from './decoded-records.js';
import { DelimitedRecords } from './delimited-records.js';
import { JsonRecords } from './json-records.js';
import { KafkaRecords } from './kafka-records.js';
import { protobufDecoder } from './protobuf-decoder.js';
import type { RecordSource } from './record-format.js';
import { RegexRecords } from './regex-records.js';

export type AnyRecordSource = RecordSource<unknown, unknown>;

/** What a format may read that is not in the records. */
export interface FormatServices {
  readonly http: HttpAccess;
  /** Reads a descriptor file that a spec names. @throws DruidError FORBIDDEN, INVALID_INPUT */
  readonly readFile: (location: string) => Promise<Uint8Array>;
}

/** The records of messages or lines; libraries of a format are loaded when it is used. @throws DruidError for a schema that cannot be used */
export async function openRecordSource(format: StreamInputFormat, services: FormatServices): Promise<AnyRecordSource> {
  switch (format.type) {
    case 'avro_stream':
      return new DecodedRecords('Avro', await avroDecoder(format, services.http), format.flatten) as AnyRecordSource;
    case 'protobuf': {
      const decoder = await protobufDecoder(format.decoder, services.http, services.readFile);
      return new DecodedRecords('Protobuf', decoder, format.flatten) as AnyRecordSource;
    }
    case 'kafka': {
      const key = format.keyFormat === null ? undefined : await openRecordSource(format.keyFormat, services);
      return new KafkaRecords(format, await openRecordSource(format.valueFormat, services), key) as AnyRecordSource;
    }
    default:
      return textRecords(format);
  }
}

/** Formats that need nothing but themselves. */
export function textRecords(format: JsonFormat | DelimitedFormat | RegexFormat): AnyRecordSource {
  switch (format.type) {
    case 'json':
      return new JsonRecords(format) as AnyRecordSource;
    case 'csv':
    case 'tsv':
      return new DelimitedRecords(format) as AnyRecordSource;
    case 'regex':
      return new RegexRecords(format) as AnyRecordSource;
  }
}
