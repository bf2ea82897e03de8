import { TIME_COLUMN } from '../../common/column-type.js';
import type { Block } from '../../vectors/block.js';
import { NO_ROWS, type RowFilter, type Selection } from '../../vectors/selection.js';
import { DictionaryMatcher } from './dictionary-matcher.js';
import { NumberMatcher } from './number-matcher.js';
import type { NullOutcome, ValuePredicate } from './value-predicate.js';

/** Compares one column with constants, whatever type the column has in each block. */
export class ValueFilter implements RowFilter {
  readonly #predicate: ValuePredicate;
  readonly #nullHit: boolean;
  readonly #dictionaries: DictionaryMatcher;
  readonly #numbers: NumberMatcher;

  constructor(predicate: ValuePredicate, includeUnknown: boolean) {
    this.#predicate = predicate;
    const isHit = (outcome: NullOutcome): boolean => outcome === 'match' || (includeUnknown && outcome === 'unknown');
    this.#nullHit = isHit(predicate.ofNull);
    this.#dictionaries = new DictionaryMatcher(predicate, this.#nullHit);
    this.#numbers = new NumberMatcher(predicate, isHit(predicate.ofNullNumber ?? predicate.ofNull));
  }

  narrow(block: Block, selection: Selection): Selection {
    const vector = block.column(this.#predicate.column);
    switch (vector?.kind) {
      case 'string':
      case 'multiString':
        return this.#dictionaries.narrow(vector, block, selection);
      case 'long':
        if (this.#predicate.column === TIME_COLUMN) {
          const known = this.#numbers.byZone(block.minTimeMs, block.maxTimeMs);
          if (known !== undefined) return known ? selection : NO_ROWS;
        }
        return this.#numbers.narrowLongs(vector, selection);
      case 'double':
      case 'float':
        return this.#numbers.narrowReals(vector, selection);
      default:
        return this.#nullHit ? selection : NO_ROWS;
    }
  }
}
