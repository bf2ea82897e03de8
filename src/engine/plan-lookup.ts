import type { FunctionContext } from '../expressions/functions/expr-function.js';
import type { PlanLookups } from '../plan/leaf-plan.js';

const opened = new WeakMap<PlanLookups, ReadonlyMap<string, ReadonlyMap<string, string | null>>>();

/** What the expressions of a plan or query may use. */
export function lookupContext(of: { readonly lookups?: PlanLookups }): FunctionContext {
  return { lookup: planLookup(of) ?? noLookup };
}

function noLookup(): undefined {}

/** The lookups that a plan brings along, as expressions ask for them; undefined when it names none. */
export function planLookup({ lookups }: { readonly lookups?: PlanLookups }): FunctionContext['lookup'] | undefined {
  if (lookups === undefined) return undefined;
  let maps = opened.get(lookups);
  if (maps === undefined) {
    maps = new Map(Object.entries(lookups).map(([name, { entries }]) => [name, new Map(entries)]));
    opened.set(lookups, maps);
  }
  const known = maps;
  return (name) => {
    const map = known.get(name);
    if (map === undefined) return undefined;
    return (key) => (key === null ? null : map.get(key));
  };
}
