import type { MetadataStore } from '../metadata/metadata-store.js';
import { type Lookup, readFactory } from './lookup-factory.js';
import type { LookupSource } from './lookup-source.js';

/** The tier that every node is of. */
export const DEFAULT_TIER = '__default';

/** This process's copy of the registered lookups: it asks the store for versions and reads the maps of those that were written since. */
export class LookupRegistry implements LookupSource {
  readonly #store: Pick<MetadataStore, 'lookupVersions' | 'lookup'>;
  #known: ReadonlyMap<string, Lookup> = new Map();
  /** Of what was read last, by name. */
  #stamps: ReadonlyMap<string, string> = new Map();
  #refreshing: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(store: Pick<MetadataStore, 'lookupVersions' | 'lookup'>) {
    this.#store = store;
  }

  async start(pollMs: number, onError: (error: unknown) => void): Promise<void> {
    await this.refresh();
    this.#timer = setInterval(() => void this.refresh().catch(onError), pollMs);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  get(name: string): Lookup | undefined {
    return this.#known.get(name);
  }

  /** By name, all that can be used. */
  all(): ReadonlyMap<string, Lookup> {
    return this.#known;
  }

  /** Brings the copy to what the store has now. */
  async refresh(): Promise<void> {
    // Whoever asks while an older read is under way needs one that begins later.
    await this.#refreshing;
    this.#refreshing = this.#read().finally(() => {
      this.#refreshing = undefined;
    });
    await this.#refreshing;
  }

  async #read(): Promise<void> {
    const versions = await this.#store.lookupVersions();
    const found = new Map<string, Lookup>();
    const stamps = new Map<string, string>();
    for (const { tier, name, version, stamp } of versions) {
      if (tier !== DEFAULT_TIER) continue;
      const known = this.#known.get(name);
      stamps.set(name, stamp);
      if (known?.version === version && this.#stamps.get(name) === stamp) {
        found.set(name, known);
        continue;
      }
      const row = await this.#store.lookup(tier, name);
      const lookup = row && readFactory(row.version, row.factory);
      if (lookup !== undefined) found.set(name, lookup);
    }
    this.#known = found;
    this.#stamps = stamps;
  }
}
