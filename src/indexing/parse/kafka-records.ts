import type { KafkaFormat } from '../spec/input-format.js';
import type { RecordSink, RecordSource } from './record-format.js';
import type { MessageContext } from './row-handler.js';

/** A message with the record that its value gave; undefined for a message without a value. */
interface KafkaRecord {
  value: unknown;
  hasValue: boolean;
  message: MessageContext | undefined;
  /** The first field of the key, worked out when it is asked for. */
  key: unknown;
  keyIsRead: boolean;
}

interface KafkaField {
  readonly inValue: unknown;
  readonly envelope: 'key' | 'timestamp' | 'topic' | { readonly header: string } | undefined;
}

type Inner = RecordSource<unknown, unknown>;

/** Messages of Kafka as a whole; a field of the value wins over one of the envelope of the same name. @source Druid `KafkaInputReader.java` */
export class KafkaRecords implements RecordSource<KafkaRecord, KafkaField> {
  readonly hasFixedColumns = false;
  readonly #format: KafkaFormat;
  readonly #value: Inner;
  readonly #key: Inner | undefined;
  readonly #keyFields = new Map<string, unknown>();
  readonly #decoder: InstanceType<typeof TextDecoder>;
  readonly #record: KafkaRecord = {
    value: undefined,
    hasValue: false,
    message: undefined,
    key: null,
    keyIsRead: false,
  };

  constructor(format: KafkaFormat, value: Inner, key: Inner | undefined) {
    this.#format = format;
    this.#value = value;
    this.#key = key;
    this.#decoder = new TextDecoder(format.headerEncoding ?? 'utf-8');
  }

  field(name: string): KafkaField {
    return { inValue: this.#value.field(name), envelope: this.#envelopeField(name) };
  }

  names(record: KafkaRecord): readonly string[] {
    const { keyColumnName, timestampColumnName, topicColumnName, headerColumnPrefix, headerEncoding } = this.#format;
    const names = headerEncoding === null ? [] : Object.keys(record.message?.headers ?? {});
    return [
      ...names.map((name) => headerColumnPrefix + name),
      ...(this.#key === undefined ? [] : [keyColumnName]),
      timestampColumnName,
      topicColumnName,
      ...(record.hasValue ? this.#value.names(record.value) : []),
    ];
  }

  read(record: KafkaRecord, { inValue, envelope }: KafkaField): unknown {
    const value = record.hasValue ? this.#value.read(record.value, inValue) : undefined;
    if ((value !== undefined && value !== null) || envelope === undefined) return value;
    const { message } = record;
    switch (envelope) {
      case 'key':
        return this.#keyOf(record);
      case 'timestamp':
        return message?.timestampMs;
      case 'topic':
        return message?.topic;
      default:
        return this.#headerOf(message?.headers, envelope.header);
    }
  }

  records(bytes: Uint8Array | null, sink: RecordSink<KafkaRecord>, message: MessageContext | undefined): void {
    const record = this.#record;
    record.message = message;
    record.keyIsRead = false;
    record.hasValue = bytes !== null;
    if (bytes === null) return sink.onRecord(record);
    const inner: RecordSink<unknown> = {
      onRecord: (value) => {
        record.value = value;
        sink.onRecord(record);
      },
      onUnparseable: (reason) => sink.onUnparseable(reason),
    };
    this.#value.records(bytes, inner, message);
  }

  startFile(): void {
    this.#value.startFile?.();
  }

  prepare(records: Iterable<Uint8Array | null>): Promise<void> | undefined {
    return this.#value.prepare?.(records);
  }

  #envelopeField(name: string): KafkaField['envelope'] {
    const { keyColumnName, timestampColumnName, topicColumnName, headerColumnPrefix, headerEncoding } = this.#format;
    if (name === keyColumnName) return this.#key === undefined ? undefined : 'key';
    if (name === timestampColumnName) return 'timestamp';
    if (name === topicColumnName) return 'topic';
    if (headerEncoding === null || !name.startsWith(headerColumnPrefix)) return undefined;
    return { header: name.slice(headerColumnPrefix.length) };
  }

  #headerOf(headers: MessageContext['headers'], name: string): unknown {
    const value = headers !== undefined && Object.hasOwn(headers, name) ? headers[name] : undefined;
    // Of a header that comes more than once the last one counts, as in a map that is filled in order.
    const last = Array.isArray(value) ? (value.at(-1) as Uint8Array | string | undefined) : value;
    return last instanceof Uint8Array ? this.#decoder.decode(last) : last;
  }

  #keyOf(record: KafkaRecord): unknown {
    if (record.keyIsRead) return record.key;
    record.keyIsRead = true;
    record.key = null;
    const key = this.#key;
    const bytes = record.message?.key;
    if (key === undefined || bytes === null || bytes === undefined) return null;
    key.startFile?.();
    let isFirst = true;
    const onRecord = (found: unknown): void => {
      const [first] = key.names(found);
      if (!isFirst || first === undefined) return;
      isFirst = false;
      if (!this.#keyFields.has(first)) this.#keyFields.set(first, key.field(first));
      record.key = key.read(found, this.#keyFields.get(first));
    };
    // A key that cannot be read is no key: the value still makes a row.
    key.records(bytes, { onRecord, onUnparseable: () => {} }, record.message);
    return record.key;
  }
}
