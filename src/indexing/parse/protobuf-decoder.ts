import type * as Protobuf from 'protobufjs';
import type { IFileDescriptorSet } from 'protobufjs/ext/descriptor.js';
import { invalidInput } from '../../common/druid-error.js';
import type { HttpAccess } from '../http-access.js';
import type { ProtobufDecoder } from '../spec/binary-format.js';
import type { MessageDecoder } from './decoded-records.js';
import type { JsonRecord } from './object-fields.js';
import { afterSchemaId, RegistrySchemas, schemaIdOf } from './schema-registry.js';

type Library = typeof Protobuf;

/** As Protobuf's own JSON form: names in camel case, enums by name, bytes as base64, 64-bit integers whole. */
const CONVERSION = { longs: BigInt as unknown as StringConstructor, enums: String, bytes: String, json: true } as const;

/** @param readDescriptor reads a descriptor file that the spec names. @throws DruidError when the descriptor cannot be used */
export async function protobufDecoder(
  decoder: ProtobufDecoder,
  http: HttpAccess,
  readDescriptor: (location: string) => Promise<Uint8Array>,
): Promise<MessageDecoder> {
  const library = await protobufLibrary();
  if (decoder.type === 'schema_registry') return registryDecoder(library, new Map(), decoder, http);
  const bytes =
    decoder.type === 'inline' ? Buffer.from(decoder.descriptor, 'base64') : await readDescriptor(decoder.location);
  const type = await describedType(library, bytes, decoder.messageType);
  return { decode: (message) => plain(type, message) };
}

async function protobufLibrary(): Promise<Library> {
  const module = await import('protobufjs');
  return 'Root' in module ? module : (module as { default: Library }).default;
}

/** The message type of a FileDescriptorSet: the one named, else the first. */
async function describedType(library: Library, bytes: Uint8Array, name: string | null): Promise<Protobuf.Type> {
  const descriptor = await import('protobufjs/ext/descriptor.js');
  const { FileDescriptorSet } =
    'FileDescriptorSet' in descriptor ? descriptor : (descriptor as { default: typeof descriptor }).default;
  let root: Protobuf.NamespaceBase;
  try {
    const set = FileDescriptorSet.decode(bytes) as unknown as IFileDescriptorSet;
    root = (library.Root as unknown as { fromDescriptor(set: unknown): Protobuf.Root })
      .fromDescriptor(set)
      .resolveAll();
  } catch (error) {
    throw invalidInput(`Descriptor cannot be read: ${(error as Error).message}`);
  }
  if (name !== null) {
    try {
      return root.lookupType(name);
    } catch {
      throw invalidInput(`Protobuf message type [${name}] not found in the descriptor`);
    }
  }
  const first = messageTypes(library, root)[0];
  if (first === undefined) throw invalidInput('Descriptor has no message type');
  return first;
}

/** In order of definition, outer ones first. */
function messageTypes(library: Library, of: Protobuf.NamespaceBase): Protobuf.Type[] {
  return of.nestedArray.flatMap((member) => {
    if (member instanceof library.Type) return [member];
    return member instanceof library.Namespace ? messageTypes(library, member) : [];
  });
}

function registryDecoder(
  library: Library,
  types: Map<string, Protobuf.Type>,
  decoder: Extract<ProtobufDecoder, { type: 'schema_registry' }>,
  http: HttpAccess,
): MessageDecoder {
  const schemas = new RegistrySchemas(decoder, http, ({ schema }) => {
    const { root } = library.parse(schema, { keepCase: true });
    return root.resolveAll();
  });
  return {
    decode: (message) => {
      const id = schemaIdOf(message);
      if (id === undefined) throw new Error('it does not begin with the number of a schema');
      const { indexes, rest } = messageIndexes(library, afterSchemaId(message));
      const key = `${id}/${indexes.join('.')}`;
      let type = types.get(key);
      if (type === undefined) {
        type = typeAt(library, schemas.get(id), indexes);
        types.set(key, type);
      }
      return plain(type, rest);
    },
    prepare: (records) => schemas.prepare(records),
  };
}

/** The way to the message's type: a count and that many indexes as zigzag varints; a lone 0 stands for the first type. */
function messageIndexes(
  library: Library,
  bytes: Uint8Array,
): { readonly indexes: number[]; readonly rest: Uint8Array } {
  const reader = library.Reader.create(bytes);
  const count = reader.sint32();
  if (count < 0 || count > bytes.length) throw new Error('its message indexes cannot be read');
  const indexes = count === 0 ? [0] : Array.from({ length: count }, () => reader.sint32());
  return { indexes, rest: bytes.subarray(reader.pos) };
}

function typeAt(library: Library, root: Protobuf.NamespaceBase, indexes: readonly number[]): Protobuf.Type {
  let types = messageTypes(library, root);
  let found: Protobuf.Type | undefined;
  for (const index of indexes) {
    found = types[index];
    if (found === undefined) break;
    types = found.nestedArray.filter((member): member is Protobuf.Type => member instanceof library.Type);
  }
  if (found === undefined) throw new Error(`its schema has no message type [${indexes.join('.')}]`);
  return found;
}

function plain(type: Protobuf.Type, bytes: Uint8Array): JsonRecord {
  return type.toObject(type.decode(bytes), CONVERSION) as JsonRecord;
}
