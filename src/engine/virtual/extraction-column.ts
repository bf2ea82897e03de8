import type { FunctionContext } from '../../expressions/functions/expr-function.js';
import { ExprArray, type ExprValue } from '../../expressions/expr.js';
import type { VirtualColumn } from '../../query/virtual-column.js';
import type { ColumnVector, Dictionary } from '../../vectors/block.js';
import { buildVector } from './build-vector.js';
import { DictionaryMaps } from './dictionary-map.js';
import { compileExtraction, type Extraction } from './extraction/compile-extraction.js';
import { GrowingDictionary } from './growing-dictionary.js';
import { mapMultiStrings, mapStrings } from './map-column.js';
import { valueReader } from './read-value.js';
import type { VirtualDefinition, VirtualSource } from './virtual-definition.js';

/** Results of numbers that are remembered. */
const MAX_MEMO = 1_000_000;

const threadMaps = new DictionaryMaps();

/** An extraction function over a column, value by value; the result is text. */
export class ExtractionColumn implements VirtualDefinition {
  readonly name: string;
  readonly #column: string;
  readonly #extract: Extraction;
  readonly #key: string;
  readonly #maps: DictionaryMaps;
  #texts = new GrowingDictionary(null);
  readonly #memo = new Map<ExprValue, string | null>();

  constructor(
    { name, column, extractionFn }: Extract<VirtualColumn, { type: 'extraction' }>,
    context: FunctionContext,
  ) {
    this.name = name;
    this.#column = column;
    this.#extract = compileExtraction(extractionFn, context);
    this.#key = `extraction ${JSON.stringify(extractionFn)}`;
    // What registered lookups give changes under the same name.
    this.#maps = this.#key.includes('"registeredLookup"') ? new DictionaryMaps() : threadMaps;
  }

  typeIn(): 'STRING' {
    return 'STRING';
  }

  dictionaryIn(dictionaryOf: (name: string) => Dictionary | undefined): Dictionary | undefined {
    const dictionary = dictionaryOf(this.#column);
    return dictionary && this.#maps.of(this.#extract, this.#key, dictionary).whole(dictionary)?.dictionary;
  }

  read(source: VirtualSource): ColumnVector {
    const vector = source.column(this.#column);
    if (vector?.kind === 'string') {
      return mapStrings(vector, this.#maps.of(this.#extract, this.#key, vector.dictionary), 'STRING', source);
    }
    if (vector?.kind === 'multiString') {
      const mapped = mapMultiStrings(vector, this.#maps.of(this.#extract, this.#key, vector.dictionary));
      if (mapped !== undefined) return mapped;
    }
    // Druid has no dimension selector for complex values: extraction functions see null.
    const seen = vector?.kind === 'binary' ? undefined : vector;
    const valueOf = valueReader(seen, source.typeOf(this.#column));
    if (this.#texts.size > MAX_MEMO) this.#texts = new GrowingDictionary(null);
    return buildVector((row) => this.#extractAll(valueOf(row)), {
      type: 'STRING',
      numRows: source.numRows,
      wanted: source.wanted,
      dictionary: this.#texts,
    });
  }

  #extractAll(value: ExprValue): ExprValue {
    if (value instanceof ExprArray)
      return new ExprArray(
        'STRING',
        value.values.map((part) => this.#remembered(part)),
      );
    return this.#remembered(value);
  }

  #remembered(value: ExprValue): string | null {
    let text = this.#memo.get(value);
    if (text === undefined) {
      text = this.#extract(value);
      if (this.#memo.size > MAX_MEMO) this.#memo.clear();
      this.#memo.set(value, text);
    }
    return text;
  }
}
