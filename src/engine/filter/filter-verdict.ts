import { TIME_COLUMN } from '../../common/column-type.js';
import type { ZoneRef } from '../../memory/block-ref.js';
import type { Block } from '../../vectors/block.js';
import type { Comparison } from './comparison.js';
import type { FilterTree } from './filter-tree.js';
import type { LongMatch, RealMatch, RealRange } from './value-predicate.js';

/** What is known of the rows of a block before they are looked at: none is kept, all are, or only looking tells. */
export type Verdict = 'none' | 'all' | 'some';

/** The zone of a column in the block in question; undefined when nothing is known. `__time` has one in every block. */
export type ZoneOf = (column: string) => ZoneRef | undefined;

/** The zones of a block; its bounds of time are that of `__time`. */
export function zonesOf(block: Block): ZoneOf {
  return (column) => (column === TIME_COLUMN ? timeZone(block.minTimeMs, block.maxTimeMs) : block.zone(column));
}

/** The zone of `__time`: no row lacks one. */
export function timeZone(minTimeMs: number, maxTimeMs: number): ZoneRef {
  return { kind: 'long', min: BigInt(minTimeMs), max: BigInt(maxTimeMs), nullCount: 0 };
}

/**
 * Decides a filter by zones alone. Planning and running come to the same conclusion by this function: a column whose comparisons are all
 * decided is neither loaded nor read.
 */
export function filterVerdict(tree: FilterTree, zoneOf: ZoneOf): Verdict {
  switch (tree.kind) {
    case 'true':
      return 'all';
    case 'false':
      return 'none';
    case 'not':
      return opposite(filterVerdict(tree.field, zoneOf));
    case 'and':
      return verdictOfAll(tree.fields, 'none', 'all', zoneOf);
    case 'or':
      return verdictOfAll(tree.fields, 'all', 'none', zoneOf);
    case 'compare':
      return comparisonVerdict(tree.comparison, zoneOf(tree.comparison.column));
  }
}

export function opposite(verdict: Verdict): Verdict {
  return verdict === 'some' ? 'some' : verdict === 'all' ? 'none' : 'all';
}

/** @param decisive one field with this verdict decides @param neutral the verdict when every field has it */
function verdictOfAll(fields: readonly FilterTree[], decisive: Verdict, neutral: Verdict, zoneOf: ZoneOf): Verdict {
  let verdict = neutral;
  for (const field of fields) {
    const own = filterVerdict(field, zoneOf);
    if (own === decisive) return decisive;
    if (own === 'some') verdict = 'some';
  }
  return verdict;
}

/** One comparison, by the zone of its column. */
export function comparisonVerdict(comparison: Comparison, zone: ZoneRef | undefined): Verdict {
  if (zone === undefined) return 'some';
  switch (zone.kind) {
    case 'null':
      // Null strings and null numbers can differ, and the zone does not say which these are.
      return comparison.nullHit === comparison.nullNumberHit ? certain(comparison.nullHit) : 'some';
    case 'ids': {
      // Which values there are only the dictionary tells; but that none of them is null is known.
      const matchesNoValue =
        comparison.predicate.hint?.kind === 'values' && comparison.predicate.hint.values.length === 0;
      return withNulls(matchesNoValue ? 'none' : 'some', zone.nullCount, comparison.nullHit);
    }
    case 'long':
      return withNulls(longVerdict(comparison.long, zone.min, zone.max), zone.nullCount, comparison.nullNumberHit);
    case 'double': {
      // FLOAT columns have zones of doubles too, and compare with literals of their own.
      const verdict = realVerdict(comparison.double, zone.min, zone.max);
      const isAgreed = verdict === realVerdict(comparison.float, zone.min, zone.max);
      return withNulls(isAgreed ? verdict : 'some', zone.nullCount, comparison.nullNumberHit);
    }
  }
}

function certain(isHit: boolean): Verdict {
  return isHit ? 'all' : 'none';
}

/** Joins what holds for all values with what holds for nulls. */
function withNulls(values: Verdict, nullCount: number, nullHit: boolean): Verdict {
  return nullCount === 0 || values === certain(nullHit) ? values : 'some';
}

function longVerdict(match: LongMatch, min: bigint, max: bigint): Verdict {
  switch (match.kind) {
    case 'none':
    case 'all':
      return match.kind;
    case 'text':
      return 'some';
    case 'range':
      if (match.low <= min && match.high >= max) return 'all';
      return match.low > max || match.high < min ? 'none' : 'some';
    case 'set':
      if (!match.values.some((value) => value >= min && value <= max)) return 'none';
      return min === max ? 'all' : 'some';
  }
}

function realVerdict(match: RealMatch, min: number, max: number): Verdict {
  switch (match.kind) {
    case 'none':
    case 'all':
      return match.kind;
    case 'text':
      return 'some';
    case 'set':
      if (!isTelling(min, max)) return 'some';
      if (!match.values.some((value) => value >= min && value <= max)) return 'none';
      return min === max && min !== 0 ? 'all' : 'some';
    case 'range':
      return isTelling(min, max) ? rangeVerdict(match, min, max) : 'some';
  }
}

/** An infinite bound may stand for NaN. */
function isTelling(min: number, max: number): boolean {
  return Number.isFinite(min) && Number.isFinite(max);
}

/** A bound of 0 stands for either zero. */
function rangeVerdict({ low, lowOpen, high, highOpen }: RealRange, min: number, max: number): Verdict {
  if (Number.isNaN(low) || Number.isNaN(high)) return 'some';
  if (low !== null && (low > max || (low === max && lowOpen && low !== 0))) return 'none';
  if (high !== null && (high < min || (high === min && highOpen && high !== 0))) return 'none';
  const isAbove = low === null || low < min || (low === min && !lowOpen && low !== 0);
  const isBelow = high === null || high > max || (high === max && !highOpen && high !== 0);
  return isAbove && isBelow ? 'all' : 'some';
}
