import type { Lookup } from './lookup-factory.js';

/** The lookups that queries may name. */
export interface LookupSource {
  get(name: string): Lookup | undefined;
  /** By name, all that can be used. */
  all(): ReadonlyMap<string, Lookup>;
}

export const NO_LOOKUPS: LookupSource = { get: () => undefined, all: () => new Map() };
