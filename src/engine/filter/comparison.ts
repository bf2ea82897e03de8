import type { LongMatch, RealMatch, NullOutcome, ValuePredicate } from './value-predicate.js';

/** A value predicate in one direction of three-valued logic, with what it says of each column type worked out once. */
export class Comparison {
  readonly predicate: ValuePredicate;
  /** Whether null strings, and rows of a missing column, are kept. */
  readonly nullHit: boolean;
  /** Whether null numbers are kept. */
  readonly nullNumberHit: boolean;
  #long: LongMatch | undefined;
  #double: RealMatch | undefined;
  #float: RealMatch | undefined;

  /** @param includeUnknown whether rows of which the predicate cannot tell are kept */
  constructor(predicate: ValuePredicate, includeUnknown: boolean) {
    const isHit = (outcome: NullOutcome): boolean => outcome === 'match' || (includeUnknown && outcome === 'unknown');
    this.predicate = predicate;
    this.nullHit = isHit(predicate.ofNull);
    this.nullNumberHit = isHit(predicate.ofNullNumber ?? predicate.ofNull);
  }

  get column(): string {
    return this.predicate.column;
  }

  get long(): LongMatch {
    this.#long ??= this.predicate.long();
    return this.#long;
  }

  get double(): RealMatch {
    this.#double ??= this.predicate.double();
    return this.#double;
  }

  get float(): RealMatch {
    this.#float ??= this.predicate.float();
    return this.#float;
  }
}
