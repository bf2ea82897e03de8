/** Avro values as the JSON-like values that fields of a row are made of. */
import type * as Avsc from 'avsc';

export type AvroModule = typeof Avsc;
let library: Promise<AvroModule> | undefined;

/** Loaded on first use: few processes need it. */
export function avroLibrary(): Promise<AvroModule> {
  library ??= import('avsc').then((module) =>
    'Type' in module ? module : (module as { default: AvroModule }).default,
  );
  return library;
}

/** Options of every schema: 64-bit integers whole, and unions that tell which branch a value is of. */
export function avroOptions(avro: AvroModule): Partial<Avsc.ForSchemaOptions> {
  const long = avro.types.LongType['__with']({
    fromBuffer: (buffer: Buffer) => buffer.readBigInt64LE(),
    toBuffer: (value: bigint) => {
      const buffer = Buffer.alloc(8);
      buffer.writeBigInt64LE(value);
      return buffer;
    },
    fromJSON: (value: number) => BigInt(value),
    toJSON: Number,
    isValid: (value: unknown) => typeof value === 'bigint',
    compare: (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0),
  });
  return { registry: { long }, wrapUnions: true };
}

/**
 * Plain objects, lists, texts and numbers; bytes become text, as base64 unless they are said to be UTF-8.
 * @source Druid `AvroFlattenerMaker.java`
 */
export function plainAvro(value: unknown, type: Avsc.Type, binaryAsString: boolean): unknown {
  if (value === null || value === undefined) return null;
  switch (type.typeName) {
    case 'union:wrapped': {
      const [branch, inner] = Object.entries(value as object)[0]!;
      const types = (type as Avsc.types.WrappedUnionType).types;
      const found = types.find((candidate) => (candidate.branchName ?? candidate.typeName) === branch);
      return found === undefined ? null : plainAvro(inner, found, binaryAsString);
    }
    case 'record': {
      const { fields } = type as Avsc.types.RecordType;
      const record = value as Readonly<Record<string, unknown>>;
      return Object.fromEntries(
        fields.map((field) => [field.name, plainAvro(record[field.name], field.type, binaryAsString)]),
      );
    }
    case 'map': {
      const { valuesType } = type as Avsc.types.MapType;
      const entries = Object.entries(value as Readonly<Record<string, unknown>>);
      return Object.fromEntries(entries.map(([key, member]) => [key, plainAvro(member, valuesType, binaryAsString)]));
    }
    case 'array': {
      const { itemsType } = type as Avsc.types.ArrayType;
      return (value as readonly unknown[]).map((element) => plainAvro(element, itemsType, binaryAsString));
    }
    case 'bytes':
    case 'fixed':
      return Buffer.from(value as Uint8Array).toString(binaryAsString ? 'utf8' : 'base64');
    case 'abstract:long':
    case 'long': {
      const number = Number(value);
      return Number.isSafeInteger(number) ? number : value;
    }
    default:
      return value;
  }
}
