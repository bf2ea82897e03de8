import type { DimensionSchema } from './row-schema.js';

/**
 * The dimensions of a running ingestion in slot order. Discovery appends to it; slots never move, so that rows and all
 * indexes of the ingestion agree on them.
 */
export class DimensionList {
  readonly #schemas: DimensionSchema[] = [];
  readonly #slots = new Map<string, number>();

  constructor(dimensions: readonly DimensionSchema[]) {
    for (const dimension of dimensions) this.add(dimension);
  }

  get size(): number {
    return this.#schemas.length;
  }

  get schemas(): readonly DimensionSchema[] {
    return this.#schemas;
  }

  slotOf(name: string): number | undefined {
    return this.#slots.get(name);
  }

  /** The slot of a new or known dimension. */
  add(dimension: DimensionSchema): number {
    const known = this.#slots.get(dimension.name);
    if (known !== undefined) return known;
    this.#slots.set(dimension.name, this.#schemas.length);
    return this.#schemas.push(dimension) - 1;
  }
}
