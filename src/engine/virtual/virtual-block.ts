import type { ZoneRef } from '../../memory/block-ref.js';
import type { Block, ColumnVector, LongVector, StoredVector, UnsignedIds } from '../../vectors/block.js';
import type { IntType, KeyWidth } from '../../vectors/kernels/kernel-set.js';
import { allRows, type Selection } from '../../vectors/selection.js';
import type { BlockInputs } from './block-arithmetic.js';
import type { VectorScratch } from './vector-scratch.js';
import { columnScope, type TypeOf, type VirtualDefinition, type VirtualSource } from './virtual-definition.js';

/** A block with virtual columns among its own, computed when they are first asked for. */
export class VirtualBlock implements Block, VirtualSource {
  readonly numRows: number;
  readonly firstRow: number;
  readonly minTimeMs: number;
  readonly maxTimeMs: number;
  readonly sortedByTime: boolean;
  readonly typeOf: TypeOf;
  wanted: Selection;
  readonly #block: Block;
  readonly #definitions: ReadonlyMap<string, VirtualDefinition>;
  readonly #scratch: VectorScratch;
  readonly #vectors = new Map<string, ColumnVector | undefined>();
  readonly #stored = new Map<string, StoredVector>();
  readonly #onlySummed: ReadonlySet<string>;
  /** What kernels computed, by column, for equal parts of other ones. */
  readonly #results = new Map<string, BlockInputs['results']>();
  readonly #find: (name: string) => ColumnVector | undefined;

  constructor(
    block: Block,
    definitions: ReadonlyMap<string, VirtualDefinition>,
    typeOf: TypeOf,
    scratch: VectorScratch,
    onlySummed: ReadonlySet<string>,
  ) {
    this.#onlySummed = onlySummed;
    this.numRows = block.numRows;
    this.firstRow = block.firstRow;
    this.minTimeMs = block.minTimeMs;
    this.maxTimeMs = block.maxTimeMs;
    this.sortedByTime = block.sortedByTime;
    this.typeOf = typeOf;
    this.wanted = allRows(block.numRows);
    this.#block = block;
    this.#definitions = definitions;
    this.#scratch = scratch;
    this.#find = columnScope(
      definitions,
      (name: string) => block.column(name),
      (definition, inner) => this.#compute(definition, inner),
    );
  }

  column(name: string): ColumnVector | undefined {
    return this.#find(name);
  }

  stored(name: string): StoredVector | undefined {
    if (!this.#definitions.has(name)) return this.#block.stored(name);
    const isCurrent = this.#scratch.claim(name, this);
    const known = isCurrent ? this.#stored.get(name) : undefined;
    if (known !== undefined) return known;
    this.#results.delete(name);
    const stored = this.#summed(name) ?? this.#copied(name);
    if (stored !== undefined) this.#stored.set(name, stored);
    return stored;
  }

  /** By kernels, where the plan asks for sums only. */
  #summed(name: string): StoredVector | undefined {
    if (!this.#onlySummed.has(name)) return undefined;
    const { numRows, wanted, typeOf } = this;
    const scratch = this.#scratch;
    const input = (column: string): StoredVector | undefined =>
      this.#definitions.has(column) ? undefined : this.#block.stored(column);
    const results = new Map([...this.#results].flatMap(([of, found]) => (scratch.isOwner(of, this) ? [...found] : [])));
    const own: BlockInputs['results'] = new Map(results);
    const zone = (column: string): ZoneRef | undefined => this.zone(column);
    const stored = this.#definitions.get(name)!.sums?.({ numRows, wanted, scratch, input, zone, results: own }, typeOf);
    if (stored !== undefined) this.#results.set(name, new Map([...own].filter(([key]) => !results.has(key))));
    return stored;
  }

  #copied(name: string): StoredVector | undefined {
    const vector = this.column(name);
    return vector && storeVector(vector, name, this.#scratch);
  }

  zone(name: string): ZoneRef | undefined {
    return this.#definitions.has(name) ? undefined : this.#block.zone(name);
  }

  untyped(name: string): ((row: number) => string | null) | undefined {
    const definition = this.#definitions.get(name);
    const { numRows, wanted, typeOf } = this;
    // Within a column its own name means the stored one.
    const column = (input: string): ColumnVector | undefined =>
      input === name ? this.#block.column(input) : this.#find(input);
    return definition?.readUntyped?.({ numRows, wanted, typeOf, column });
  }

  focus({ rows, count }: Selection): void {
    this.wanted = { rows: rows === null ? null : rows.slice(0, count), count };
  }

  #compute(
    definition: VirtualDefinition,
    column: (name: string) => ColumnVector | undefined,
  ): ColumnVector | undefined {
    const { name } = definition;
    if (this.#vectors.has(name)) return this.#vectors.get(name);
    const { numRows, wanted, typeOf } = this;
    const vector = definition.read({ numRows, wanted, typeOf, column });
    this.#vectors.set(name, vector);
    return vector;
  }
}

/** A computed column as kernels take it. */
function storeVector(vector: ColumnVector, name: string, scratch: VectorScratch): StoredVector {
  const { arena } = scratch;
  const put = (part: string, view: ArrayBufferView): number => scratch.put(`${name} ${part}`, view);
  const nulls = 'nulls' in vector && vector.nulls !== undefined ? put('nulls', vector.nulls) : 0;
  switch (vector.kind) {
    case 'string': {
      const { ids, dictionary } = vector;
      return { kind: 'ids', arena, width: widthOf(ids), constant: 0, ids: put('ids', ids), dictionary };
    }
    case 'multiString': {
      const { ids, dictionary } = vector;
      const offsets = put('offsets', vector.offsets);
      return { kind: 'multiIds', arena, width: widthOf(ids), offsets, ids: put('ids', ids), dictionary };
    }
    case 'long': {
      const values = put('values', vector.values);
      const { base } = vector;
      return { kind: 'ints', logical: 'long', arena, type: intType(vector), base, scale: 0, values, nulls };
    }
    case 'double':
    case 'float': {
      const type = vector.kind === 'double' ? 'f64' : 'f32';
      return { kind: 'reals', logical: vector.kind, arena, type, values: put('values', vector.values), nulls };
    }
    case 'binary':
    case 'array':
      return { kind: 'other' };
  }
}

function widthOf(ids: UnsignedIds): KeyWidth {
  if (ids instanceof Uint8Array) return 'u8';
  return ids instanceof Uint16Array ? 'u16' : 'u32';
}

function intType({ values }: LongVector): IntType {
  if (values instanceof Uint8Array) return 'u8';
  if (values instanceof Uint16Array) return 'u16';
  if (values instanceof Uint32Array) return 'u32';
  if (values instanceof Int8Array) return 'i8';
  if (values instanceof Int16Array) return 'i16';
  return values instanceof Int32Array ? 'i32' : 'i64';
}
