import type { StoredVector } from '../../vectors/block.js';
import { selectReals } from '../../vectors/kernels/select.js';
import type { RealMatch, RealRange } from '../filter/value-predicate.js';
import { scanCost } from './costs.js';
import { eachRange, nullsView } from './element-test.js';
import type { RowTest } from './row-test.js';
import type { Workspace } from './workspace.js';

type RealsVector = Extract<StoredVector, { readonly kind: 'reals' }>;

/** So many members are compared one by one. */
const MAX_COMPARED = 4;
const LOW_OPEN = 1;
const HIGH_OPEN = 2;
const NAN_MATCHES = 4;

/** Values of a DOUBLE or FLOAT column that lie in a range or are one of a few; undefined when no kernel can tell. */
export function realRangeTest(
  vector: RealsVector,
  match: RealMatch,
  nullHit: boolean,
  numRows: number,
  depth: number,
  workspace: Workspace,
): RowTest | undefined {
  const ranges = rangesOf(match);
  if (ranges === undefined) return undefined;
  const { arena, type, values } = vector;
  return {
    verdict: 'some',
    cost: scanCost(type, numRows) * ranges.length,
    bits(out) {
      const at = workspace.local('values', arena, values, numRows * (type === 'f64' ? 8 : 4));
      const select = workspace.kernels.selectRealRange(type);
      return eachRange(ranges, numRows, out, depth, workspace, (range, to) =>
        select(at, lowOf(range), highOf(range), flagsOf(range), numRows, to),
      );
    },
    keep(rows, n) {
      const reals = realsView(vector, numRows, workspace);
      const nulls = nullsView(vector, numRows, workspace);
      const [first, ...others] = ranges;
      if (first === undefined) return 0;
      const select = selectReals(reals);
      const kept = (range: RealRange, from: Uint16Array, to: Uint16Array): number =>
        select(
          reals,
          lowOf(range),
          (flagsOf(range) & LOW_OPEN) !== 0,
          highOf(range),
          (flagsOf(range) & HIGH_OPEN) !== 0,
          range.high === null,
          nulls,
          nullHit ? 1 : 0,
          from,
          n,
          to,
        );
      if (others.length === 0) return kept(first, rows, rows);
      const hits = new Set<number>();
      for (const range of ranges) {
        const list = new Uint16Array(n);
        for (const row of list.subarray(0, kept(range, rows, list))) hits.add(row);
      }
      let count = 0;
      for (let i = 0; i < n; i++) if (hits.has(rows[i]!)) rows[count++] = rows[i]!;
      return count;
    },
  };
}

function rangesOf(match: RealMatch): readonly RealRange[] | undefined {
  if (match.kind === 'range') return isComparable(match) ? [match] : undefined;
  if (match.kind !== 'set' || match.values.length > MAX_COMPARED) return undefined;
  const ranges = match.values.map(
    (value): RealRange => ({
      kind: 'range',
      low: value,
      lowOpen: false,
      high: value,
      highOpen: false,
    }),
  );
  return ranges.every(isComparable) ? ranges : undefined;
}

function isComparable({ low, high }: RealRange): boolean {
  return !Number.isNaN(low) && !Number.isNaN(high);
}

function lowOf({ low }: RealRange): number {
  return low ?? Number.NEGATIVE_INFINITY;
}

function highOf({ high }: RealRange): number {
  return high ?? Number.POSITIVE_INFINITY;
}

function flagsOf({ low, lowOpen, high, highOpen }: RealRange): number {
  const lowFlag = low !== null && lowOpen ? LOW_OPEN : 0;
  const highFlag = high !== null && highOpen ? HIGH_OPEN : 0;
  return lowFlag | highFlag | (high === null ? NAN_MATCHES : 0);
}

function realsView({ arena, type, values }: RealsVector, n: number, workspace: Workspace): Float64Array | Float32Array {
  const buffer = workspace.buffer(arena, values + n * (type === 'f64' ? 8 : 4));
  return type === 'f64' ? new Float64Array(buffer, values, n) : new Float32Array(buffer, values, n);
}
