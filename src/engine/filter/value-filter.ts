import type { Block } from '../../vectors/block.js';
import { NO_ROWS, type RowFilter, type Selection } from '../../vectors/selection.js';
import type { Comparison } from './comparison.js';
import { comparisonVerdict, zonesOf } from './filter-verdict.js';
import { DictionaryMatcher } from './dictionary-matcher.js';
import { NumberMatcher } from './number-matcher.js';

/** Compares one column with constants, whatever type the column has in each block. */
export class ValueFilter implements RowFilter {
  readonly #comparison: Comparison;
  readonly #dictionaries: DictionaryMatcher;
  readonly #numbers: NumberMatcher;

  constructor(comparison: Comparison) {
    this.#comparison = comparison;
    this.#dictionaries = new DictionaryMatcher(comparison.predicate, comparison.nullHit);
    this.#numbers = new NumberMatcher(comparison);
  }

  narrow(block: Block, selection: Selection): Selection {
    // A column that zones decide need not have been loaded.
    const verdict = comparisonVerdict(this.#comparison, zonesOf(block)(this.#comparison.column));
    if (verdict !== 'some') return verdict === 'all' ? selection : NO_ROWS;
    const vector = block.column(this.#comparison.column);
    switch (vector?.kind) {
      case 'string':
      case 'multiString':
        return this.#dictionaries.narrow(vector, block, selection);
      case 'long':
        return this.#numbers.narrowLongs(vector, selection);
      case 'double':
      case 'float':
        return this.#numbers.narrowReals(vector, selection);
      case 'array':
        return this.#numbers.narrowArrays(vector, selection);
      case 'binary':
        return this.#numbers.narrowBinaries(vector, selection);
      default:
        return this.#comparison.nullHit ? selection : NO_ROWS;
    }
  }
}
