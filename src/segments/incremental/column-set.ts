import { type ColumnType, TIME_COLUMN } from '../../common/column-type.js';
import type { BumpArena } from '../../memory/bump-arena.js';
import type { BlockRef, ColumnBlockRef } from '../../memory/block-ref.js';
import type { DimensionList } from './dimension-list.js';
import { AutoIndexColumn, type IndexColumn, TypedIndexColumn } from './index-column.js';
import type { DimensionSchema } from './row-schema.js';

/** What an index knows of one of its blocks. */
export interface BlockInfo {
  readonly block: number;
  /** Its rows are late (`late-rows.ts`). */
  readonly isLate: boolean;
  numRows: number;
  minTimeMs: number;
  maxTimeMs: number;
}

/** The columns of an index: `__time`, the dimensions by slot, the metrics by position. */
export class ColumnSet {
  readonly time: TypedIndexColumn;
  readonly metrics: readonly TypedIndexColumn[];
  readonly #dimensions: IndexColumn[] = [];
  readonly #list: DimensionList;
  readonly #arena: BumpArena;
  readonly #key: string;

  /** @param key prefix of dictionary keys, unique in the process */
  constructor(
    list: DimensionList,
    metrics: readonly { readonly name: string; readonly type: ColumnType }[],
    arena: BumpArena,
    key: string,
  ) {
    this.#list = list;
    this.#arena = arena;
    this.#key = key;
    this.time = new TypedIndexColumn(TIME_COLUMN, 'LONG', arena, key);
    this.metrics = metrics.map(({ name, type }, i) => new TypedIndexColumn(name, type, arena, `${key}/m${i}`));
  }

  /** Columns of all dimensions known by now. */
  get dimensions(): readonly IndexColumn[] {
    while (this.#dimensions.length < this.#list.size) {
      const slot = this.#dimensions.length;
      this.#dimensions.push(this.#makeDimension(this.#list.schemas[slot]!, `${this.#key}/d${slot}`));
    }
    return this.#dimensions;
  }

  columnTypes(): Readonly<Record<string, ColumnType>> {
    const types: [string, ColumnType][] = [this.time, ...this.dimensions, ...this.metrics].map((column) => [
      column.name,
      column.type,
    ]);
    return Object.fromEntries(types);
  }

  /** @param columns names to include; null = all */
  blockRef(info: BlockInfo, firstRow: number, sortedByTime: boolean, columns: ReadonlySet<string> | null): BlockRef {
    const refs: [string, ColumnBlockRef][] = [];
    for (const column of [this.time, ...this.dimensions, ...this.metrics]) {
      if (columns !== null && !columns.has(column.name)) continue;
      const ref = column.ref(info.block, info.numRows);
      if (ref !== undefined) refs.push([column.name, ref]);
    }
    const { numRows, minTimeMs, maxTimeMs } = info;
    return { numRows, firstRow, minTimeMs, maxTimeMs, sortedByTime, columns: Object.fromEntries(refs) };
  }

  #makeDimension(schema: DimensionSchema, key: string): IndexColumn {
    switch (schema.type) {
      case 'AUTO':
        return new AutoIndexColumn(schema.name, this.#arena, key);
      case 'JSON':
        return new TypedIndexColumn(schema.name, 'COMPLEX<json>', this.#arena, key);
      default:
        return new TypedIndexColumn(schema.name, schema.type, this.#arena, key);
    }
  }
}
