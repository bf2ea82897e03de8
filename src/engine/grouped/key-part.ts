import type { DruidError } from '../../common/druid-error.js';
import type { DimensionSpec } from '../../query/native-query.js';
import { grown } from '../../aggregators/grouped-aggregator.js';
import type { ArrayVector, Block, Dictionary, MultiStringVector, StringVector } from '../../vectors/block.js';
import { gatherIdsAll, gatherIdsRows } from '../../vectors/kernels/gather.js';
import type { Selection } from '../../vectors/selection.js';
import { failedToRun } from '../../query/query-errors.js';
import { arrayText } from '../cell-text.js';
import type { DimensionValues } from './dimension-values.js';
import { NumericCodes, type NumericVector } from './numeric-codes.js';

/**
 * One part of the group key. After `read`, `codes[i]` in [0, range) stands for the value of the i-th selected row; the same code means
 * the same value as long as `space` stays the same. `numberOf` turns a code into the run's value number, once per new group.
 */
export interface KeyPart {
  readonly codes: Uint32Array;
  readonly range: number;
  readonly space: string;
  read(block: Block, selection: Selection): void;
  numberOf(code: number): number;
}

/** A dimension whose rows have one value each (multi-value rows come exploded, see `explode.ts`). */
export class DimensionPart implements KeyPart {
  codes: Uint32Array = new Uint32Array(0);
  range = 1;
  space = 'null';
  readonly #column: string;
  readonly #values: DimensionValues;
  readonly #refusesArrays: boolean;
  readonly #numeric = new Map<NumericVector['kind'], NumericCodes>();
  readonly #dictionaries = new Map<string, Uint32Array>();
  #dictionary: Dictionary | undefined;
  /** Value number + 1 by code of the current dictionary; 0 is not looked up yet. */
  #numbers: Uint32Array = new Uint32Array(0);
  #current: NumericCodes | undefined;
  #source: 'null' | 'dictionary' | 'numeric' | 'text' = 'null';

  constructor(spec: DimensionSpec, values: DimensionValues, refusesArrays: boolean) {
    this.#column = spec.dimension;
    this.#refusesArrays = refusesArrays;
    this.#values = values;
  }

  read(block: Block, selection: Selection): void {
    const vector = block.column(this.#column);
    this.codes = grown(this.codes, selection.count);
    switch (vector?.kind) {
      case 'string':
        this.#openDictionary(vector);
        if (selection.rows === null) gatherIdsAll(vector.ids)(vector.ids, selection.count, this.codes);
        else gatherIdsRows(vector.ids)(vector.ids, selection.rows, selection.count, this.codes);
        return;
      case 'long':
      case 'double':
      case 'float':
        this.#readNumbers(vector, selection);
        return;
      case 'array':
        this.#readArray(vector, selection);
        return;
      default:
        // Missing and complex columns group as null.
        this.#source = 'null';
        this.range = 1;
        this.space = 'null';
        this.codes.fill(0, 0, selection.count);
    }
  }

  /** Takes codes that exploding a multi-value column has already made. */
  readExploded(vector: MultiStringVector, codes: Uint32Array): void {
    this.#openDictionary(vector);
    this.codes = codes;
  }

  numberOf(code: number): number {
    if (this.#source === 'null') return 0;
    if (this.#source === 'text') return code;
    if (this.#source === 'numeric') return this.#current?.numberOf(code) ?? 0;
    if (code === 0 || this.#dictionary === undefined) return 0;
    const known = this.#numbers[code]!;
    if (known !== 0) return known - 1;
    const number = this.#values.ofText(this.#dictionary.value(code));
    this.#numbers[code] = number + 1;
    return number;
  }

  #openDictionary(vector: StringVector | MultiStringVector): void {
    const dictionary = vector.dictionary;
    this.#source = 'dictionary';
    this.range = powerAbove(dictionary.size + 1);
    if (this.#dictionary?.key !== dictionary.key || this.#numbers.length < this.range) {
      this.#numbers = grown(this.#dictionaries.get(dictionary.key) ?? new Uint32Array(0), this.range);
      this.#dictionaries.set(dictionary.key, this.#numbers);
      this.space = `${dictionary.key}/${this.range}`;
    }
    this.#dictionary = dictionary;
    this.space = `${dictionary.key}/${this.range}`;
  }

  #readNumbers(vector: NumericVector, selection: Selection): void {
    let numeric = this.#numeric.get(vector.kind);
    if (numeric === undefined) {
      numeric = new NumericCodes(vector.kind, this.#values);
      this.#numeric.set(vector.kind, numeric);
    }
    numeric.read(vector, selection, this.codes);
    this.#current = numeric;
    this.#source = 'numeric';
    this.range = powerAbove(numeric.range);
    this.space = `${vector.kind}/${this.range}`;
  }

  #readArray(vector: ArrayVector, selection: Selection): void {
    if (this.#refusesArrays) throw arrayDimension(vector);
    for (let i = 0; i < selection.count; i++) {
      const text = arrayText(vector, selection.rows === null ? i : selection.rows[i]!);
      this.codes[i] = text === null ? 0 : this.#values.ofArray(text);
    }
    this.#source = 'text';
    this.range = powerAbove(this.#values.size + 1);
    this.space = `text/${this.range}`;
  }
}

/** @source Druid `query/topn/types/TopNColumnAggregatesProcessorFactory.java`, `SearchQueryRunner.java` */
function arrayDimension({ elements }: ArrayVector): DruidError {
  const type = `ARRAY<${elements.kind.toUpperCase()}>`;
  return failedToRun(
    `Cannot create query type helper from invalid type [${type}]`,
    'org.apache.druid.java.util.common.IAE',
  );
}

/** The smallest power of two that is at least n: code ranges grow seldom, and so do the tables that are laid out by them. */
export function powerAbove(n: number): number {
  return n <= 1 ? 1 : 2 ** (32 - Math.clz32(n - 1));
}
