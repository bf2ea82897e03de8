import { DruidError } from '../../common/druid-error.js';
import type { HttpAccess } from '../http-access.js';
import type { SchemaRegistry } from '../spec/binary-format.js';

/** What a registry holds under a number. @source https://docs.confluent.io/platform/current/schema-registry/develop/api.html */
export interface RegisteredSchema {
  readonly schema: string;
  readonly schemaType?: string;
}

const MAGIC = 0;
const HEADER_BYTES = 5;
const TIMEOUT_MS = 10_000;
/** What a registry says of a number that no schema has, or can have. */
const NO_SCHEMA = new Set([400, 404, 422]);
const ACCEPT = 'application/vnd.schemaregistry.v1+json, application/json';

/** The number that a message begins with; undefined when it does not begin so. */
export function schemaIdOf(bytes: Uint8Array): number | undefined {
  if (bytes.length < HEADER_BYTES || bytes[0] !== MAGIC) return undefined;
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(1);
}

/** The message after its schema's number. */
export function afterSchemaId(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(HEADER_BYTES);
}

/** Schemas of a registry by number, compiled, each fetched once. */
export class RegistrySchemas<T> {
  readonly #registry: SchemaRegistry;
  readonly #http: HttpAccess;
  readonly #compile: (schema: RegisteredSchema) => T;
  /** An error: the number has no schema that can be used. */
  readonly #known = new Map<number, T | Error>();

  constructor(registry: SchemaRegistry, http: HttpAccess, compile: (schema: RegisteredSchema) => T) {
    this.#registry = registry;
    this.#http = http;
    this.#compile = compile;
    for (const url of registry.urls) http.check(url);
  }

  /** @throws what makes a record with this number unparseable */
  get(id: number): T {
    const found = this.#known.get(id);
    if (found instanceof Error) throw found;
    if (found === undefined) throw new Error(`Schema [${id}] was not fetched`);
    return found;
  }

  /** Fetches the schemas of these messages that are not here yet; undefined when none is missing. @throws when no registry answers */
  prepare(records: Iterable<Uint8Array | null>): Promise<void> | undefined {
    const missing = new Set<number>();
    for (const record of records) {
      const id = record === null ? undefined : schemaIdOf(record);
      if (id !== undefined && !this.#known.has(id)) missing.add(id);
    }
    return missing.size === 0 ? undefined : this.#fetchAll(missing);
  }

  async #fetchAll(ids: ReadonlySet<number>): Promise<void> {
    for (const id of ids) this.#known.set(id, await this.#fetch(id));
  }

  async #fetch(id: number): Promise<T | Error> {
    let failure: unknown;
    for (const url of this.#registry.urls) {
      try {
        const response = await this.#http.get(`${url.replace(/\/+$/, '')}/schemas/ids/${id}`, {
          headers: { accept: ACCEPT, ...this.#registry.headers },
          signal: AbortSignal.timeout(TIMEOUT_MS),
        });
        if (NO_SCHEMA.has(response.status)) {
          await response.body?.cancel();
          return new Error(`Schema registry has no schema with id [${id}]`);
        }
        if (response.ok) return this.#compiled(id, (await response.json()) as RegisteredSchema);
        failure = `status [${response.status}]`;
        await response.body?.cancel();
      } catch (error) {
        failure = error;
      }
    }
    throw new DruidError(`Schema registry [${this.#registry.urls.join(', ')}] does not answer: ${String(failure)}`, {
      category: 'SERVICE_UNAVAILABLE',
      cause: failure,
    });
  }

  #compiled(id: number, schema: RegisteredSchema): T | Error {
    try {
      return this.#compile(schema);
    } catch (error) {
      return new Error(`Schema [${id}] of the registry cannot be used: ${(error as Error).message}`);
    }
  }
}
