import type { ColumnType } from '../../common/column-type.js';
import { fromJson } from '../../expressions/coercion.js';
import { ExprArray, ExprComplex, type ExprValue } from '../../expressions/expr.js';
import { valueAt } from '../../expressions/functions/json-path.js';
import type { PathPart, VirtualColumn } from '../../query/virtual-column.js';
import type { ColumnVector } from '../../vectors/block.js';
import { buildVector } from './build-vector.js';
import { GrowingDictionary } from './growing-dictionary.js';
import { valueReader, type ValueReader } from './read-value.js';
import { runtimeErrors } from './runtime-errors.js';
import type { TypeOf, VirtualDefinition, VirtualSource } from './virtual-definition.js';

/** Parsed documents of a block's column, for all the fields that are read of it. */
const documents = new WeakMap<ColumnVector, (ExprValue | undefined)[]>();

/** What lies at a path in nested data: a single value or an array of them; nested parts only when they are asked for raw. */
export class NestedFieldColumn implements VirtualDefinition {
  readonly name: string;
  readonly #column: string;
  readonly #path: readonly PathPart[];
  readonly #isRaw: boolean;
  readonly #expected: ColumnType | null;
  readonly #texts = new GrowingDictionary(null);

  constructor(definition: Extract<VirtualColumn, { type: 'nested-field' }>) {
    this.name = definition.name;
    this.#column = definition.columnName;
    this.#path = definition.path;
    this.#isRaw = definition.processFromRaw;
    this.#expected = definition.expectedType;
  }

  typeIn(typeOf: TypeOf): ColumnType {
    if (this.#expected !== null) return this.#expected;
    const source = typeOf(this.#column);
    if (this.#isRaw) return 'COMPLEX<json>';
    return this.#path.length === 0 && source !== undefined ? source : 'STRING';
  }

  read(source: VirtualSource): ColumnVector | undefined {
    const vector = source.column(this.#column);
    if (vector === undefined) return undefined;
    const type = this.typeIn(source.typeOf);
    const valueOf = this.#reader(vector, source.typeOf(this.#column), type);
    const target = { type, numRows: source.numRows, wanted: source.wanted, dictionary: this.#texts };
    return runtimeErrors(() => buildVector(valueOf, target));
  }

  #reader(vector: ColumnVector, from: ColumnType | undefined, to: ColumnType): ValueReader {
    const read = valueReader(vector, from);
    if (from !== 'COMPLEX<json>') return (row) => this.#ofPlain(read(row));
    const parsed = documentsOf(vector);
    const isArray = to.startsWith('ARRAY<');
    return (row) => {
      const document = (parsed[row] ??= read(row));
      if (!(document instanceof ExprComplex)) return null;
      const found = valueAt(document.value, this.#path);
      if (found === undefined || found === null) return null;
      if (to === 'COMPLEX<json>') return new ExprComplex('json', found);
      const value = fromJson(found);
      if (value instanceof ExprComplex || (value instanceof ExprArray && !isArray)) return null;
      return value;
    };
  }

  /** Plain columns are their own root; an array has places. */
  #ofPlain(value: ExprValue): ExprValue {
    if (this.#path.length === 0) return value;
    const [place] = this.#path;
    if (this.#path.length > 1 || typeof place !== 'number' || !(value instanceof ExprArray)) return null;
    return value.values.at(place) ?? null;
  }
}

function documentsOf(vector: ColumnVector): (ExprValue | undefined)[] {
  let parsed = documents.get(vector);
  if (parsed === undefined) {
    parsed = [];
    documents.set(vector, parsed);
  }
  return parsed;
}
