import { DruidError, invalidInput } from '../common/druid-error.js';

/**
 * Consumer properties of a spec, taken one by one by those who know what to do with them. A password may be Druid's
 * `{"type": "default", "password": …}`, and a dynamic config provider may be a map: other providers would read what the server has.
 * @source Druid `KafkaRecordSupplier.java`, `MapStringDynamicConfigProvider.java`
 */
export class KafkaProperties {
  readonly #rest: Map<string, unknown>;

  /** @throws DruidError UNSUPPORTED for another provider */
  constructor(properties: Readonly<Record<string, unknown>>) {
    const { [PROVIDER]: provider, ...own } = properties;
    this.#rest = new Map(Object.entries({ ...own, ...provided(provider) }));
  }

  /** Names of those that nobody took. */
  get rest(): readonly string[] {
    return [...this.#rest.keys()];
  }

  /** @throws DruidError INVALID_INPUT, UNSUPPORTED */
  text(name: string): string | undefined {
    const value = this.#take(name);
    if (value === undefined || value === null) return undefined;
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
      return String(value).trim();
    const { type, password } = value as { readonly type?: unknown; readonly password?: unknown };
    if (type === 'default' && typeof password === 'string') return password;
    if (typeof type === 'string') throw unsupported(`Password provider [${type}] of consumer property [${name}]`);
    throw invalidInput(`Consumer property [${name}] must be a string or a number`);
  }

  integer(name: string): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    if (!/^\d{1,15}$/.test(value)) throw invalidInput(`Consumer property [${name}] must be a whole number`);
    return Number(value);
  }

  #take(name: string): unknown {
    const value = this.#rest.get(name);
    this.#rest.delete(name);
    return value;
  }
}

const PROVIDER = 'druid.dynamic.config.provider';

function provided(provider: unknown): Readonly<Record<string, unknown>> {
  if (provider === undefined || provider === null) return {};
  const { type, config } = provider as { readonly type?: unknown; readonly config?: unknown };
  if (type !== 'mapString') throw unsupported(`Dynamic config provider [${String(type)}]`);
  if (typeof config !== 'object' || config === null) throw invalidInput('Dynamic config provider must have a [config]');
  return config as Readonly<Record<string, unknown>>;
}

function unsupported(what: string): DruidError {
  return new DruidError(`${what} is not supported`, { category: 'UNSUPPORTED' });
}
