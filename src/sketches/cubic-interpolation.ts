/**
 * Value at `x` of the cubic through the four known points around it.
 * @param xs - at least four abscissas, ascending; `x` lies between the first and the last
 * @param y - ordinate of the point with the given index
 * @source Lagrange's formula; Apache DataSketches `hll/CubicInterpolation.java` (which four points, term order)
 */
export function interpolateCubic(xs: readonly number[], y: (index: number) => number, x: number): number {
  const last = xs.length - 1;
  if (x === xs[last]) return y(last);
  const left = indexAtOrBefore(xs, x);
  const first = left === 0 ? 0 : left === last - 1 ? left - 2 : left - 1;
  const x0 = xs[first]!;
  const x1 = xs[first + 1]!;
  const x2 = xs[first + 2]!;
  const x3 = xs[first + 3]!;
  const term0 = (y(first) * ((x - x1) * (x - x2) * (x - x3))) / ((x0 - x1) * (x0 - x2) * (x0 - x3));
  const term1 = (y(first + 1) * ((x - x0) * (x - x2) * (x - x3))) / ((x1 - x0) * (x1 - x2) * (x1 - x3));
  const term2 = (y(first + 2) * ((x - x0) * (x - x1) * (x - x3))) / ((x2 - x0) * (x2 - x1) * (x2 - x3));
  const term3 = (y(first + 3) * ((x - x0) * (x - x1) * (x - x2))) / ((x3 - x0) * (x3 - x1) * (x3 - x2));
  return term0 + term1 + term2 + term3;
}

function indexAtOrBefore(xs: readonly number[], x: number): number {
  let left = 0;
  let right = xs.length - 1;
  while (left + 1 < right) {
    const middle = (left + right) >>> 1;
    if (xs[middle]! <= x) left = middle;
    else right = middle;
  }
  return left;
}
