import { MAX_THETA, ThetaSketch } from './theta-sketch.js';

/**
 * Sketch of the values in every one of the sketches (at least one).
 * @source Apache DataSketches `theta/IntersectionImpl.java`
 */
export function intersectTheta(sketches: readonly [ThetaSketch, ...ThetaSketch[]]): ThetaSketch {
  const [first, ...others] = sketches;
  return others.reduce(intersectTwo, first);
}

/** Sketch of the values of `a` that are not in `b`. @source Apache DataSketches `theta/AnotBimpl.java` */
export function aNotB(a: ThetaSketch, b: ThetaSketch): ThetaSketch {
  if (a.isEmpty || b.isEmpty) return a;
  return pick(a, b, false);
}

function intersectTwo(a: ThetaSketch, b: ThetaSketch): ThetaSketch {
  if (a.isEmpty || b.isEmpty) return ThetaSketch.EMPTY;
  return pick(a, b, true);
}

/** Hashes of `a` below both thetas that are in `b`, or that are not. */
function pick(a: ThetaSketch, b: ThetaSketch, isInB: boolean): ThetaSketch {
  const theta = a.theta < b.theta ? a.theta : b.theta;
  const picked = new BigUint64Array(isInB ? Math.min(a.hashes.length, b.hashes.length) : a.hashes.length);
  let count = 0;
  let j = 0;
  for (const hash of a.hashes) {
    if (hash >= theta) break;
    while (j < b.hashes.length && b.hashes[j]! < hash) j++;
    if ((b.hashes[j] === hash) === isInB) picked[count++] = hash;
  }
  return new ThetaSketch(picked.slice(0, count), theta, count === 0 && theta === MAX_THETA);
}
