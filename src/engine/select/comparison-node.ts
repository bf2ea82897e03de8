import type { Block, Dictionary, StoredVector } from '../../vectors/block.js';
import type { Pointer } from '../../vectors/kernels/kernel-set.js';
import type { RowFilter } from '../../vectors/selection.js';
import type { Comparison } from '../filter/comparison.js';
import { ValueFilter } from '../filter/value-filter.js';
import { comparisonVerdict, type Verdict } from '../filter/filter-verdict.js';
import { IdMatches } from './id-matches.js';
import { idsTest } from './ids-test.js';
import { lazyIdsTest } from './lazy-ids-test.js';
import { numberTest } from './number-test.js';
import { decided, filterTest, type RowTest } from './row-test.js';
import type { BlockScope, Found, SelectorNode } from './selector-node.js';
import type { Workspace } from './workspace.js';

/** Dictionaries whose matches are remembered. */
const MAX_DICTIONARIES = 64;
/** Until rows were seen, half of so many are taken to match. */
const PRIOR_ROWS = 1024;
/** Looking at the values of a dictionary with more of them waits until too many rows ask. */
const LAZY_SIZE = 100_000;

type IdsVector = Extract<StoredVector, { readonly kind: 'ids' | 'multiIds' }>;

/** Compares one column with constants, in the way that its form in each block allows. */
export class ComparisonNode implements SelectorNode {
  readonly #comparison: Comparison;
  readonly #depth: number;
  readonly #workspace: Workspace;
  readonly #matches = new Map<string, IdMatches>();
  #filter: RowFilter | undefined;
  #block: Block | undefined;
  #test: RowTest = decided('none');
  #seen = PRIOR_ROWS;
  #hits = PRIOR_ROWS / 2;

  constructor(comparison: Comparison, depth: number, workspace: Workspace) {
    this.#comparison = comparison;
    this.#depth = depth;
    this.#workspace = workspace;
  }

  verdict(scope: BlockScope): Verdict {
    const byZone = comparisonVerdict(this.#comparison, scope.zoneOf(this.#comparison.column));
    // A decided column need not have been loaded: it must not be asked for.
    return byZone === 'some' ? this.#testOf(scope).verdict : byZone;
  }

  cost(scope: BlockScope): number {
    return this.#testOf(scope).cost;
  }

  share(scope: BlockScope): number {
    return this.#testOf(scope).share ?? this.#hits / this.#seen;
  }

  bits(scope: BlockScope, out: Pointer): number {
    return this.#note(scope, this.#testOf(scope).bits(out));
  }

  find(scope: BlockScope, out: Pointer): Found {
    const test = this.#testOf(scope);
    if (test.find === undefined) return { rows: 0, count: this.bits(scope, out) };
    const found = test.find(out);
    this.#note(scope, found.count);
    return found;
  }

  keep(scope: BlockScope, rows: Uint16Array, n: number): number {
    return this.#testOf(scope).keep(rows, n);
  }

  #note(scope: BlockScope, count: number): number {
    this.#seen += scope.numRows;
    this.#hits += count;
    return count;
  }

  #testOf(scope: BlockScope): RowTest {
    if (this.#block !== scope.block) {
      this.#test = this.#bind(scope);
      this.#block = scope.block;
    }
    return this.#test;
  }

  #bind(scope: BlockScope): RowTest {
    const vector = scope.block.stored(this.#comparison.column);
    switch (vector?.kind) {
      case 'ids':
      case 'multiIds':
        return this.#bindIds(vector, scope);
      case 'ints':
      case 'reals':
        return (
          numberTest(vector, this.#comparison, scope.numRows, this.#depth, this.#workspace) ?? this.#rowByRow(scope)
        );
      case 'other':
        return this.#rowByRow(scope);
      default:
        // A missing column reads as null.
        return decided(this.#comparison.nullHit ? 'all' : 'none');
    }
  }

  #rowByRow(scope: BlockScope): RowTest {
    this.#filter ??= new ValueFilter(this.#comparison);
    return filterTest(this.#filter, scope.block, this.#workspace);
  }

  #bindIds(vector: IdsVector, scope: BlockScope): RowTest {
    const { predicate } = this.#comparison;
    const { dictionary } = vector;
    const matches = this.#matchesOf(dictionary);
    matches.recall(dictionary);
    const bind = (): RowTest => {
      matches.decide(dictionary);
      return idsTest(vector, matches, scope, predicate.column, this.#depth, this.#workspace);
    };
    const isLazy = vector.kind === 'ids' && predicate.hint === undefined && dictionary.size - matches.size > LAZY_SIZE;
    return isLazy ? lazyIdsTest(vector, this.#comparison, matches, scope.numRows, this.#workspace, bind) : bind();
  }

  #matchesOf(dictionary: Dictionary): IdMatches {
    let matches = this.#matches.get(dictionary.key);
    if (matches === undefined) {
      if (this.#matches.size >= MAX_DICTIONARIES) {
        for (const old of this.#matches.values()) old.free();
        this.#matches.clear();
      }
      matches = new IdMatches(this.#comparison.predicate, this.#comparison.nullHit, this.#workspace);
      this.#matches.set(dictionary.key, matches);
    }
    return matches;
  }
}
