import { toJson } from '../../aggregators/expression-column.js';
import type { ColumnType } from '../../common/column-type.js';
import { type CompiledExpression, compileExpression } from '../../expressions/compile.js';
import type { ExprType, ExprValue } from '../../expressions/expr.js';
import type { FunctionContext } from '../../expressions/functions/expr-function.js';
import { evaluateRow } from '../../expressions/multi-value.js';
import type { VirtualColumn } from '../../query/virtual-column.js';
import type { ColumnVector, Dictionary, StoredVector, StringVector } from '../../vectors/block.js';
import { type Arithmetic, arithmeticOf } from './arithmetic-expression.js';
import { type BlockInputs, sumsByKernels } from './block-arithmetic.js';
import { buildVector } from './build-vector.js';
import { type DictionaryMap, DictionaryMaps } from './dictionary-map.js';
import { GrowingDictionary } from './growing-dictionary.js';
import { mapMultiStrings, mapStrings } from './map-column.js';
import { compileNumeric, type NumericExpression } from './numeric/compile-numeric.js';
import { valueReader } from './read-value.js';
import { runtimeErrors } from './runtime-errors.js';
import type { TypeOf, VirtualDefinition, VirtualSource } from './virtual-definition.js';

/** Combinations of dictionary ids whose result is remembered. */
const MAX_MEMO = 1_000_000;
/** Values of lookups change under the same name, so that what they gave is kept for one query only. */
const LOOKUP = /lookup/i;

const threadMaps = new DictionaryMaps();

/** An expression as a column: by dictionary, by typed arrays, or row by row, whichever its inputs allow. */
export class ExpressionColumn implements VirtualDefinition {
  readonly name: string;
  readonly #compiled: CompiledExpression;
  readonly #numeric: NumericExpression | undefined;
  readonly #arithmetic: Arithmetic | undefined;
  readonly #outputType: ColumnType | null;
  readonly #key: string;
  readonly #maps: DictionaryMaps;
  #texts = new GrowingDictionary(null);
  /** Results by tuple of ids, for the dictionaries of `#memoKey`. */
  #memo = new Map<number, ExprValue>();
  #memoKey = '';

  constructor(definition: Extract<VirtualColumn, { type: 'expression' }>, context: FunctionContext) {
    this.name = definition.name;
    this.#compiled = compileExpression(definition.expression, context);
    this.#numeric = compileNumeric(this.#compiled, context);
    this.#arithmetic = arithmeticOf(this.#compiled.expr);
    this.#outputType = definition.outputType;
    this.#key = `expression ${definition.expression}`;
    this.#maps = LOOKUP.test(definition.expression) ? new DictionaryMaps() : threadMaps;
  }

  typeIn(typeOf: TypeOf): ColumnType {
    return this.#outputType ?? columnType(this.#compiled.outputType((name) => exprType(typeOf(name))));
  }

  dictionaryIn(dictionaryOf: (name: string) => Dictionary | undefined, typeOf: TypeOf): Dictionary | undefined {
    const [name, ...others] = this.#compiled.inputs;
    if (name === undefined || others.length > 0 || this.typeIn(typeOf) !== 'STRING') return undefined;
    const dictionary = dictionaryOf(name);
    return dictionary && this.#mapOf(dictionary).whole(dictionary)?.dictionary;
  }

  read(source: VirtualSource): ColumnVector {
    return runtimeErrors(() => this.#read(source));
  }

  sums(block: BlockInputs, typeOf: TypeOf): StoredVector | undefined {
    if (this.#arithmetic === undefined || this.typeIn(typeOf) !== 'DOUBLE') return undefined;
    return sumsByKernels(this.name, this.#arithmetic, block);
  }

  /** What no type can be told of is shown value by value. @source Druid `ExpressionVirtualColumn#capabilities` */
  readUntyped(source: VirtualSource): ((row: number) => string | null) | undefined {
    if (this.#outputType !== null || this.#compiled.outputType((name) => exprType(source.typeOf(name))) !== null)
      return undefined;
    const { inputs, arrayInputs } = this.#compiled;
    const vectors = inputs.map((name) => source.column(name));
    if (vectors.some((vector, i) => vector?.kind === 'multiString' && !arrayInputs.has(inputs[i]!))) return undefined;
    const readers = vectors.map((vector, i) => valueReader(vector, source.typeOf(inputs[i]!)));
    return (row) => runtimeErrors(() => toJson(this.#compiled.evaluate(readers.map((read) => read(row)))));
  }

  #read(source: VirtualSource): ColumnVector {
    const { inputs, arrayInputs } = this.#compiled;
    const vectors = inputs.map((name) => source.column(name));
    const isMapped = vectors.some((vector, i) => vector?.kind === 'multiString' && !arrayInputs.has(inputs[i]!));
    // What is mapped over the values of a row gives a row of several values.
    const type = isMapped && this.#outputType === null ? 'STRING' : this.typeIn(source.typeOf);
    const [only] = vectors;
    if (vectors.length === 1 && only?.kind === 'string') {
      return mapStrings(only, this.#mapOf(only.dictionary), type, source);
    }
    if (vectors.length === 1 && only?.kind === 'multiString' && isMapped && type === 'STRING') {
      const mapped = mapMultiStrings(only, this.#mapOf(only.dictionary));
      if (mapped !== undefined) return mapped;
    }
    return this.#numeric?.read(source, type) ?? this.#readRows(vectors, type, source);
  }

  #mapOf(dictionary: Dictionary): DictionaryMap {
    return this.#maps.of((value) => this.#compiled.evaluate([value]), this.#key, dictionary);
  }

  #readRows(vectors: readonly (ColumnVector | undefined)[], type: ColumnType, source: VirtualSource): ColumnVector {
    const { inputs } = this.#compiled;
    const readers = vectors.map((vector, i) => valueReader(vector, source.typeOf(inputs[i]!)));
    const isMulti = vectors.map((vector) => vector?.kind === 'multiString');
    const values: ExprValue[] = [];
    const evaluate = (row: number): ExprValue => {
      for (let i = 0; i < readers.length; i++) values[i] = readers[i]!(row);
      return evaluateRow(this.#compiled, values, isMulti);
    };
    if (this.#texts.size > MAX_MEMO) this.#texts = new GrowingDictionary(null);
    const target = { type, numRows: source.numRows, wanted: source.wanted, dictionary: this.#texts };
    return buildVector(this.#remembered(vectors, evaluate), target);
  }

  /** Where all inputs are ids, each combination is computed once. */
  #remembered(
    vectors: readonly (ColumnVector | undefined)[],
    evaluate: (row: number) => ExprValue,
  ): (row: number) => ExprValue {
    if (vectors.length === 0) {
      const value = evaluate(0);
      return () => value;
    }
    const present = vectors.filter((vector) => vector !== undefined);
    if (!present.every((vector): vector is StringVector => vector.kind === 'string')) return evaluate;
    const product = present.reduce((size, { dictionary }) => size * (dictionary.size + 1), 1);
    if (product > Number.MAX_SAFE_INTEGER) return evaluate;
    const key = vectors.map(
      (vector) => vector?.kind === 'string' && `${vector.dictionary.key} ${vector.dictionary.size}`,
    );
    if (this.#memoKey !== key.join('\n') || this.#memo.size > MAX_MEMO) {
      this.#memo = new Map();
      this.#memoKey = key.join('\n');
    }
    const memo = this.#memo;
    return (row) => {
      let tuple = 0;
      for (const { ids, dictionary } of present) tuple = tuple * (dictionary.size + 1) + ids[row]!;
      let value = memo.get(tuple);
      if (value === undefined) {
        value = evaluate(row);
        memo.set(tuple, value);
      }
      return value;
    };
  }
}

function exprType(type: ColumnType | undefined): ExprType | null {
  if (type === undefined) return null;
  return type === 'FLOAT' ? 'DOUBLE' : type;
}

/** The column type that holds values of an expression type; of an unknown type there are only nulls. */
function columnType(type: ExprType | null): ColumnType {
  switch (type) {
    case null:
      return 'STRING';
    case 'STRING':
    case 'LONG':
    case 'DOUBLE':
    case 'ARRAY<STRING>':
    case 'ARRAY<LONG>':
    case 'ARRAY<DOUBLE>':
      return type;
    default:
      return type.startsWith('COMPLEX<') ? (type as ColumnType) : 'COMPLEX<json>';
  }
}
