import { invalidInput } from '../common/druid-error.js';
import { TupleSketch } from './tuple-sketch.js';
import { isBelow, MAX_THETA_HIGH, MAX_THETA_LOW, TupleTable } from './tuple-table.js';

/**
 * Keys in every one of the sketches (at least one), their numbers added up.
 * @source Apache DataSketches `tuple/arrayofdoubles/ArrayOfDoublesIntersection.java`
 */
export function intersectTuples(sketches: readonly [TupleSketch, ...TupleSketch[]]): TupleSketch {
  const [first, ...others] = sketches;
  return others.reduce((a, b) => {
    assertSameValues(a, b);
    if (a.isEmpty || b.isEmpty) return TupleSketch.empty(a.numValues);
    const theta = lower(a, b);
    const common = a.picked(theta, () => false, contains(b));
    return addedUp(common, b);
  }, first);
}

/** Keys of `a` that are not in `b`, with their numbers. @source Apache DataSketches `ArrayOfDoublesAnotBImpl.java` */
export function tupleANotB(a: TupleSketch, b: TupleSketch): TupleSketch {
  assertSameValues(a, b);
  if (a.isEmpty || b.isEmpty) return a;
  const theta = lower(a, b);
  const isInB = contains(b);
  const isExact = theta[0] === MAX_THETA_LOW && theta[1] === MAX_THETA_HIGH;
  return a.picked(
    theta,
    (count) => isExact && count === 0,
    (low, high) => !isInB(low, high),
  );
}

function assertSameValues(a: TupleSketch, b: TupleSketch): void {
  if (a.numValues === b.numValues) return;
  throw invalidInput(`Sketches have different number of values: ${a.numValues} and ${b.numValues}`);
}

function lower(a: TupleSketch, b: TupleSketch): readonly [low: number, high: number] {
  const isA = isBelow(a.thetaLow, a.thetaHigh, b.thetaLow, b.thetaHigh);
  return isA ? [a.thetaLow, a.thetaHigh] : [b.thetaLow, b.thetaHigh];
}

function contains(sketch: TupleSketch): (low: number, high: number) => boolean {
  const known = placesOf(sketch);
  return (low, high) => known.has(keyOf(low, high));
}

function placesOf(sketch: TupleSketch): ReadonlyMap<bigint, number> {
  const places = new Map<bigint, number>();
  for (let i = 0; i < sketch.count; i++) places.set(keyOf(sketch.hashes[2 * i]!, sketch.hashes[2 * i + 1]!), i);
  return places;
}

function keyOf(low: number, high: number): bigint {
  return (BigInt(high) << 32n) | BigInt(low);
}

/** `common` with the numbers that `other` has for the same keys added; in the order of a table of their own. */
function addedUp(common: TupleSketch, other: TupleSketch): TupleSketch {
  const { numValues } = common;
  const places = placesOf(other);
  const table = new TupleTable(Math.max(5, Math.ceil(Math.log2(common.count + 1))), numValues);
  for (let i = 0; i < common.count; i++) {
    const low = common.hashes[2 * i]!;
    const high = common.hashes[2 * i + 1]!;
    table.add(low, high, common.values, i * numValues);
    table.add(low, high, other.values, places.get(keyOf(low, high))! * numValues);
  }
  return new TupleSketch(numValues, table.entries(), [common.thetaLow, common.thetaHigh], common.isEmpty);
}
