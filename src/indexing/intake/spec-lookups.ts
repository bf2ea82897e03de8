import type { Lookup } from '../../lookups/lookup-factory.js';
import type { LookupSource } from '../../lookups/lookup-source.js';
import { lookupNames, namedLookups } from '../../lookups/named-lookups.js';
import type { NamedLookups } from '../../query/native-query.js';
import type { DataSchema } from '../spec/data-schema.js';

/** A schema for a task's thread: what its transforms look up goes with it. */
export function withLookups<S extends { readonly dataSchema: DataSchema }>(spec: S, lookups: LookupSource): S {
  const names = namesOf(spec.dataSchema);
  if (names.size === 0) return spec;
  return { ...spec, dataSchema: { ...spec.dataSchema, lookups: namedLookups(names, lookups) } };
}

/** Sees when lookups that transforms name are written again, appear or go. */
export class SpecLookups {
  readonly #names: ReadonlySet<string>;
  readonly #source: LookupSource;
  readonly #seen = new Map<string, Lookup | undefined>();

  constructor(schema: DataSchema, source: LookupSource) {
    this.#names = namesOf(schema);
    this.#source = source;
    this.changed();
  }

  /** All of them, when one is not as it was at the last call. */
  changed(): NamedLookups | undefined {
    let isChanged = false;
    for (const name of this.#names) {
      const lookup = this.#source.get(name);
      isChanged ||= this.#seen.get(name) !== lookup;
      this.#seen.set(name, lookup);
    }
    return isChanged ? namedLookups(this.#names, this.#source) : undefined;
  }
}

function namesOf({ transformSpec, derivedColumns }: DataSchema): ReadonlySet<string> {
  const transforms = transformSpec.transforms.map(
    ({ name, expression }) => ({ type: 'expression', name, expression, outputType: null }) as const,
  );
  return lookupNames([...transforms, ...derivedColumns]);
}
