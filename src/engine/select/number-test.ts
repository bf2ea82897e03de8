import type { StoredVector } from '../../vectors/block.js';
import type { Pointer } from '../../vectors/kernels/kernel-set.js';
import type { Comparison } from '../filter/comparison.js';
import type { LongMatch, RealMatch } from '../filter/value-predicate.js';
import { CALL_NS } from './costs.js';
import {
  compareJava,
  decimalElements,
  decimalElementsOf,
  type ElementRange,
  elementLimits,
  longElements,
  memberElements,
  type NarrowType,
} from './element-bounds.js';
import { elementTest, wideTest } from './element-test.js';
import { realRangeTest } from './real-test.js';
import { applyNulls, decided, type RowTest } from './row-test.js';
import type { Workspace } from './workspace.js';

type IntsVector = Extract<StoredVector, { readonly kind: 'ints' }>;
export type NumberVector = Extract<StoredVector, { readonly kind: 'ints' | 'reals' }>;

/** More 64-bit or real members than this are left to the filters on views. */
const MAX_COMPARED = 4;

/** What a comparison says of the values of a block, nulls apart. */
type Elements =
  | { readonly kind: 'none' | 'all' }
  /** Ascending, without overlap. */
  | { readonly kind: 'ranges'; readonly ranges: readonly ElementRange[] };

/** A comparison with a numeric column as kernels can make it; undefined when none can. */
export function numberTest(
  vector: NumberVector,
  comparison: Comparison,
  numRows: number,
  depth: number,
  workspace: Workspace,
): RowTest | undefined {
  const nullHit = comparison.nullNumberHit;
  const nulls: Nulls = { vector, nullHit, numRows, depth, workspace };
  if (vector.kind === 'reals') {
    const match = vector.logical === 'float' ? comparison.float : comparison.double;
    if (match.kind === 'none' || match.kind === 'all') return sameForValues(match.kind, nulls);
    const test = realRangeTest(vector, match, nullHit, numRows, depth, workspace);
    return test === undefined ? undefined : withNulls(test, nulls);
  }
  if (vector.type === 'i64') {
    const match = comparison.long;
    if (vector.logical !== 'long') return undefined;
    if (match.kind === 'none' || match.kind === 'all') return sameForValues(match.kind, nulls);
    const ranges = wideRanges(match);
    if (ranges === undefined) return undefined;
    return withNulls(wideTest(vector, ranges, nullHit, numRows, depth, workspace), nulls);
  }
  const elements = elementsOf(vector, comparison);
  if (elements === undefined) return undefined;
  if (elements.kind !== 'ranges') return sameForValues(elements.kind, nulls);
  const type = vector.type as NarrowType;
  return withNulls(elementTest(vector, type, elements.ranges, nullHit, numRows, depth, workspace), nulls);
}

function wideRanges(match: LongMatch): readonly { readonly low: bigint; readonly high: bigint }[] | undefined {
  if (match.kind === 'range') return [match];
  if (match.kind !== 'set' || match.values.length > MAX_COMPARED) return undefined;
  return match.values.map((value) => ({ low: value, high: value }));
}

function elementsOf(vector: IntsVector, comparison: Comparison): Elements | undefined {
  const { base, scale, type } = vector;
  if (vector.logical === 'long') {
    const match = comparison.long;
    if (type === null) return constantLong(match, BigInt(base));
    switch (match.kind) {
      case 'none':
      case 'all':
        return { kind: match.kind };
      case 'text':
        return undefined;
      case 'range':
        return simplified([longElements(match.low, match.high, base, type as NarrowType)], type as NarrowType);
      case 'set': {
        return simplified(memberElements(safeMembers(match.values), base, type as NarrowType), type as NarrowType);
      }
    }
  }
  const match = comparison.double;
  if (type === null) return constantReal(match, base / 10 ** scale);
  switch (match.kind) {
    case 'none':
    case 'all':
      return { kind: match.kind };
    case 'text':
      return undefined;
    case 'range':
      if (Number.isNaN(match.low) || Number.isNaN(match.high)) return undefined;
      return simplified([decimalElements(match, base, scale, type as NarrowType)], type as NarrowType);
    case 'set': {
      const ranges = match.values
        .filter((value) => !Number.isNaN(value))
        .map((value) => decimalElementsOf(value, base, scale, type as NarrowType));
      return simplified(ranges, type as NarrowType);
    }
  }
}

const members = new WeakMap<readonly bigint[], Float64Array>();

/** Those members that narrow columns can hold: safe integers. */
function safeMembers(values: readonly bigint[]): Float64Array {
  let known = members.get(values);
  if (known === undefined) {
    const safe = values.filter((value) => value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER);
    known = Float64Array.from(safe, Number).sort();
    members.set(values, known);
  }
  return known;
}

function constantLong(match: LongMatch, value: bigint): Elements | undefined {
  switch (match.kind) {
    case 'none':
    case 'all':
      return { kind: match.kind };
    case 'text':
      return undefined;
    case 'range':
      return { kind: value >= match.low && value <= match.high ? 'all' : 'none' };
    case 'set':
      return { kind: match.values.includes(value) ? 'all' : 'none' };
  }
}

function constantReal(match: RealMatch, value: number): Elements | undefined {
  switch (match.kind) {
    case 'none':
    case 'all':
      return { kind: match.kind };
    case 'text':
      return undefined;
    case 'set':
      return { kind: match.values.some((member) => compareJava(member, value) === 0) ? 'all' : 'none' };
    case 'range': {
      if (Number.isNaN(match.low) || Number.isNaN(match.high)) return undefined;
      const above = match.low === null ? 1 : compareJava(value, match.low);
      const below = match.high === null ? -1 : compareJava(value, match.high);
      const isIn = (above > 0 || (above === 0 && !match.lowOpen)) && (below < 0 || (below === 0 && !match.highOpen));
      return { kind: isIn ? 'all' : 'none' };
    }
  }
}

function simplified(ranges: readonly ElementRange[], type: NarrowType): Elements {
  const found = ranges.filter(({ low, high }) => low <= high).sort((a, b) => a.low - b.low);
  const [first] = found;
  if (first === undefined) return { kind: 'none' };
  const limits = elementLimits(type);
  if (first.low === limits.low && first.high === limits.high) return { kind: 'all' };
  return { kind: 'ranges', ranges: found.filter(({ low }, i) => i === 0 || low > found[i - 1]!.high) };
}

/** What is needed to correct a test for the block's nulls. */
interface Nulls {
  readonly vector: NumberVector;
  readonly nullHit: boolean;
  readonly numRows: number;
  readonly depth: number;
  readonly workspace: Workspace;
}

function localNulls({ vector, numRows, workspace }: Nulls): Pointer {
  return workspace.local('nulls', vector.arena, vector.nulls, numRows);
}

/** All values match, or none does: only nulls can differ. */
function sameForValues(kind: 'none' | 'all', nulls: Nulls): RowTest {
  const { vector, nullHit, numRows, workspace } = nulls;
  if (vector.nulls === 0 || (kind === 'all') === nullHit) return decided(kind);
  return {
    verdict: 'some',
    cost: CALL_NS,
    bits(out) {
      const count = workspace.kernels.selectNotNull(localNulls(nulls), numRows, out);
      return nullHit ? workspace.kernels.bitsNot(out, numRows, out) : count;
    },
    keep(rows, n) {
      const bytes = new Uint8Array(workspace.buffer(vector.arena, vector.nulls + numRows), vector.nulls, numRows);
      const wanted = nullHit ? 1 : 0;
      let count = 0;
      for (let i = 0; i < n; i++) {
        const row = rows[i]!;
        if (bytes[row] === wanted) rows[count++] = row;
      }
      return count;
    },
  };
}

/** Corrects the bitset of a test of values; its `keep` knows nulls itself. */
function withNulls(test: RowTest, nulls: Nulls): RowTest {
  const { vector, nullHit, numRows, depth, workspace } = nulls;
  if (vector.nulls === 0) return test;
  return {
    verdict: 'some',
    cost: test.cost + CALL_NS,
    bits(out) {
      test.bits(out);
      return applyNulls(workspace, localNulls(nulls), nullHit, numRows, out, workspace.bits(depth));
    },
    keep: test.keep,
  };
}
