import type { Lookup } from './lookup-factory.js';

/** The lookups that queries may name. */
export interface LookupSource {
  get(name: string): Lookup | undefined;
}

export const NO_LOOKUPS: LookupSource = { get: () => undefined };
