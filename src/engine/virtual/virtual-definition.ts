import type { ColumnType } from '../../common/column-type.js';
import type { ColumnVector, Dictionary, StoredVector } from '../../vectors/block.js';
import type { Selection } from '../../vectors/selection.js';
import type { BlockInputs } from './block-arithmetic.js';

/** Type of a column in a segment; undefined when there is none. */
export type TypeOf = (name: string) => ColumnType | undefined;

/** What a virtual column reads: one block, in which earlier virtual columns look like stored ones. */
export interface VirtualSource {
  readonly numRows: number;
  /** Rows that somebody wants; the others need no value. */
  readonly wanted: Selection;
  /** undefined: the segment has no such column. */
  column(name: string): ColumnVector | undefined;
  readonly typeOf: TypeOf;
}

/** A virtual column ready to run, of one thread and query. */
export interface VirtualDefinition {
  readonly name: string;
  /** The type in a segment; undefined when the column does not exist there. */
  typeIn(typeOf: TypeOf): ColumnType | undefined;
  /** The values of a block. @throws DruidError for what only values show */
  read(source: VirtualSource): ColumnVector | undefined;
  /** JSON texts of a column that `typeIn` has no true type for; undefined or absent otherwise. */
  readUntyped?(source: VirtualSource): ((row: number) => string | null) | undefined;
  /** The values of a block by kernels, for a column of which nothing but sums is asked; undefined or absent where they cannot. */
  sums?(block: BlockInputs, typeOf: TypeOf): StoredVector | undefined;
  /**
   * The dictionary of all blocks of a segment, the same in every thread, found without reading rows; undefined or absent when only rows tell.
   * @param dictionaryOf that of an input that has one value a row
   */
  dictionaryIn?(dictionaryOf: (name: string) => Dictionary | undefined, typeOf: TypeOf): Dictionary | undefined;
}

/**
 * Looks names up among virtual columns, then stored ones. While a virtual column is worked out, its own name means the stored column that it
 * shadows.
 */
export function columnScope<T>(
  definitions: ReadonlyMap<string, VirtualDefinition>,
  stored: (name: string) => T | undefined,
  work: (definition: VirtualDefinition, inner: (name: string) => T | undefined) => T | undefined,
): (name: string) => T | undefined {
  const open = new Set<string>();
  const find = (name: string): T | undefined => {
    const definition = open.has(name) ? undefined : definitions.get(name);
    if (definition === undefined) return stored(name);
    open.add(name);
    try {
      return work(definition, find);
    } finally {
      open.delete(name);
    }
  };
  return find;
}
