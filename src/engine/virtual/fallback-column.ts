import type { ColumnType } from '../../common/column-type.js';
import type { VirtualColumn } from '../../query/virtual-column.js';
import type { ColumnVector, Dictionary } from '../../vectors/block.js';
import { renamed } from './renamed-dictionary.js';
import type { TypeOf, VirtualDefinition, VirtualSource } from './virtual-definition.js';

/** The first of some columns that the segment has. */
export class FallbackColumn implements VirtualDefinition {
  readonly name: string;
  readonly #columns: readonly string[];

  constructor({ name, columns }: Extract<VirtualColumn, { type: 'fallback' }>) {
    this.name = name;
    this.#columns = columns;
  }

  typeIn(typeOf: TypeOf): ColumnType | undefined {
    const found = this.#columns.find((column) => typeOf(column) !== undefined);
    return found === undefined ? undefined : typeOf(found);
  }

  read(source: VirtualSource): ColumnVector | undefined {
    const found = this.#columns.find((column) => source.typeOf(column) !== undefined);
    const vector = found === undefined ? undefined : source.column(found);
    if (vector?.kind !== 'string' && vector?.kind !== 'multiString') return vector;
    return { ...vector, dictionary: renamed(vector.dictionary) };
  }

  dictionaryIn(dictionaryOf: (name: string) => Dictionary | undefined, typeOf: TypeOf): Dictionary | undefined {
    const found = this.#columns.find((column) => typeOf(column) !== undefined);
    const dictionary = found === undefined ? undefined : dictionaryOf(found);
    return dictionary && renamed(dictionary);
  }
}
