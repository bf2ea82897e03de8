import type { StoredVector, UnsignedIds } from '../../vectors/block.js';
import type { Comparison } from '../filter/comparison.js';
import type { IdMatches } from './id-matches.js';
import { idsView } from './ids-test.js';
import type { RowTest } from './row-test.js';
import type { Workspace } from './workspace.js';

type IdsVector = Extract<StoredVector, { readonly kind: 'ids' }>;

/** ns to look at one value of a dictionary, in a row or by chance. */
const VALUE_NS = 30;
/** Looking at single values costs about so many times more than at all in a row. */
const SINGLE_FACTOR = 8;

/**
 * A comparison whose dictionary is large and not looked at yet: while another part of the filter leaves few rows, only their values
 * are; all of them once a bitset is asked for, or too many single ones were.
 * @param bind decides the whole dictionary and makes the usual test
 */
export function lazyIdsTest(
  vector: IdsVector,
  comparison: Comparison,
  matches: IdMatches,
  numRows: number,
  workspace: Workspace,
  bind: () => RowTest,
): RowTest {
  const { dictionary, width } = vector;
  const { predicate, nullHit } = comparison;
  let bound: RowTest | undefined;
  const whole = (): RowTest => (bound ??= bind());
  return {
    verdict: 'some',
    cost: (dictionary.size - matches.size) * VALUE_NS,
    bits(out) {
      const test = whole();
      if (test.verdict === 'some') return test.bits(out);
      workspace.kernels.bitsRange(0, test.verdict === 'all' ? numRows : 0, numRows, out);
      return test.verdict === 'all' ? numRows : 0;
    },
    keep(rows, n) {
      const isSmall = bound === undefined && (matches.singles + n) * SINGLE_FACTOR < dictionary.size;
      if (!isSmall || dictionary.size <= matches.size) return keepAll(whole(), rows, n);
      matches.singles += n;
      const ids = width === null ? undefined : idsView(vector.arena, vector.ids, width, numRows, workspace);
      const valueOf = valuesOf(vector);
      let count = 0;
      for (let i = 0; i < n; i++) {
        const row = rows[i]!;
        const id = idOf(ids, row, vector.constant);
        if (id === 0 ? nullHit : predicate.text(valueOf(id))) rows[count++] = row;
      }
      return count;
    },
  };
}

function keepAll(test: RowTest, rows: Uint16Array, n: number): number {
  return test.verdict === 'some' ? test.keep(rows, n) : test.verdict === 'all' ? n : 0;
}

function idOf(ids: UnsignedIds | undefined, row: number, constant: number): number {
  return ids === undefined ? constant : ids[row]!;
}

function valuesOf({ dictionary }: IdsVector): (id: number) => string {
  const { utf8 } = dictionary;
  if (utf8 === undefined) return (id) => dictionary.value(id);
  return (id) => utf8.bytes.toString('utf8', utf8.offsets[id - 1], utf8.offsets[id]);
}
