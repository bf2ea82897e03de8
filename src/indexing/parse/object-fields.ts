/** Fields of records that are objects, flattened as their spec says. */
import { isDefinite, type PathStep } from '../spec/json-path.js';
import type { FlattenSpec } from '../spec/flatten-spec.js';
import { readPath, stepsInto } from './json-path-values.js';
import type { RecordFormat } from './record-format.js';

export type JsonRecord = Readonly<Record<string, unknown>>;

/** Where a field of the row is in a record. */
export interface FieldPath {
  readonly steps: readonly PathStep[];
  /** The name when the field is a member of the root. */
  readonly root: string | undefined;
  /** Every object inherits a member of this name: only an own one counts. */
  readonly isInherited: boolean;
}

export class ObjectFields implements RecordFormat<JsonRecord, FieldPath> {
  readonly hasFixedColumns = false;
  readonly #flattened: ReadonlyMap<string, readonly PathStep[]>;
  readonly #useFieldDiscovery: boolean;

  constructor({ fields, useFieldDiscovery }: FlattenSpec) {
    this.#flattened = new Map(fields.map(({ name, steps }) => [name, steps]));
    this.#useFieldDiscovery = useFieldDiscovery;
  }

  /** Every field is the member of its own name. */
  get isPlain(): boolean {
    return [...this.#flattened].every(([name, steps]) => steps.length === 1 && steps[0] === name);
  }

  field(name: string): FieldPath {
    const steps = this.#flattened.get(name) ?? [name];
    const root = steps.length === 1 && typeof steps[0] === 'string' ? steps[0] : undefined;
    return { steps, root, isInherited: root !== undefined && root in Object.prototype };
  }

  read(record: JsonRecord, { root, isInherited, steps }: FieldPath): unknown {
    if (root !== undefined) return isInherited && !Object.hasOwn(record, root) ? undefined : record[root];
    return isDefinite(steps) ? stepsInto(record, steps) : readPath(record, steps);
  }

  names(record: JsonRecord): readonly string[] {
    const flattened = [...this.#flattened.keys()];
    if (!this.#useFieldDiscovery) return flattened;
    return flattened.length === 0 ? Object.keys(record) : [...Object.keys(record), ...flattened];
  }
}
