/** Fields of a file's own, beside those of its records: where it is. @source Druid `SystemFieldDecoratorFactory.java` */
import type { RecordFormat, RecordSink, RecordSource } from './record-format.js';
import type { MessageContext } from './row-handler.js';

/** By name, of the file that is being read; null where it has none. */
export type EntityFields = Readonly<Record<string, string | null>>;

class EntityField {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** A format whose records have the fields of their file too; discovery does not take them. */
export class EntityFormat<R> implements RecordFormat<R, unknown> {
  /** Set before the records of a file are read. */
  entity: EntityFields = {};
  readonly #inner: RecordFormat<R, unknown>;
  readonly #names: readonly string[];

  constructor(inner: RecordFormat<R, unknown>, names: readonly string[]) {
    this.#inner = inner;
    this.#names = names;
  }

  get hasFixedColumns(): boolean {
    return this.#inner.hasFixedColumns;
  }

  field(name: string): unknown {
    return this.#names.includes(name) ? new EntityField(name) : this.#inner.field(name);
  }

  read(record: R, field: unknown): unknown {
    return field instanceof EntityField ? this.entity[field.name] : this.#inner.read(record, field);
  }

  names(record: R): readonly string[] {
    return this.#inner.names(record);
  }
}

/** The same for records that are cut out of bytes. */
export class EntityRecords extends EntityFormat<unknown> implements RecordSource<unknown, unknown> {
  readonly #source: RecordSource<unknown, unknown>;

  constructor(source: RecordSource<unknown, unknown>, names: readonly string[]) {
    super(source, names);
    this.#source = source;
  }

  records(bytes: Uint8Array | null, sink: RecordSink<unknown>, message: MessageContext | undefined): void {
    this.#source.records(bytes, sink, message);
  }

  startFile(): void {
    this.#source.startFile?.();
  }

  prepare(records: Iterable<Uint8Array | null>): Promise<void> | undefined {
    return this.#source.prepare?.(records);
  }
}
