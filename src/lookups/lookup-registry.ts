import type { FunctionContext } from '../expressions/functions/expr-function.js';

/** A registered lookup: what its factory says, and the version that it has. */
export interface Lookup {
  readonly version: string;
  readonly isOneToOne: boolean;
  readonly map: ReadonlyMap<string, string | null>;
}

/** The lookups that queries may name, of one tier. */
export interface LookupSource {
  get(name: string): Lookup | undefined;
}

/** What expressions ask for lookups. */
export function lookupContext(lookups: LookupSource): FunctionContext {
  return {
    lookup: (name) => {
      const found = lookups.get(name);
      if (found === undefined) return undefined;
      return (key) => (key === null ? null : found.map.get(key));
    },
  };
}

export const NO_LOOKUPS: LookupSource = { get: () => undefined };
