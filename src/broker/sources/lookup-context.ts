import type { FunctionContext } from '../../expressions/functions/expr-function.js';
import type { LookupSource } from '../../lookups/lookup-source.js';

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
