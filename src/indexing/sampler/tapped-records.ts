import type { AnyRecordSource } from '../parse/record-source.js';
import type { RecordSink, RecordSource } from '../parse/record-format.js';
import type { MessageContext } from '../parse/row-handler.js';

/** A format that also tells the fields of the record that is being read. */
export class TappedRecords implements RecordSource<unknown, unknown> {
  readonly #inner: AnyRecordSource;
  readonly #fields = new Map<string, unknown>();
  #current: { readonly record: unknown } | undefined;

  constructor(inner: AnyRecordSource) {
    this.#inner = inner;
  }

  get hasFixedColumns(): boolean {
    return this.#inner.hasFixedColumns;
  }

  /** Every field of the record; undefined for bytes that are no record. */
  get fields(): Readonly<Record<string, unknown>> | undefined {
    if (this.#current === undefined) return undefined;
    const { record } = this.#current;
    return Object.fromEntries(
      this.#inner.names(record).map((name) => {
        if (!this.#fields.has(name)) this.#fields.set(name, this.#inner.field(name));
        return [name, this.#inner.read(record, this.#fields.get(name)) ?? null];
      }),
    );
  }

  field(name: string): unknown {
    return this.#inner.field(name);
  }

  read(record: unknown, field: unknown): unknown {
    return this.#inner.read(record, field);
  }

  names(record: unknown): readonly string[] {
    return this.#inner.names(record);
  }

  records(bytes: Uint8Array | null, sink: RecordSink<unknown>, message: MessageContext | undefined): void {
    this.#current = undefined;
    const onRecord = (record: unknown): void => {
      this.#current = { record };
      sink.onRecord(record);
    };
    this.#inner.records(bytes, { onRecord, onUnparseable: (reason) => sink.onUnparseable(reason) }, message);
  }

  startFile(): void {
    this.#inner.startFile?.();
  }

  prepare(records: Iterable<Uint8Array | null>): Promise<void> | undefined {
    return this.#inner.prepare?.(records);
  }
}
