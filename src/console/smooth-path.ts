/**
 * SVG path data of a curve through all points that rises and falls only where they do (no overshoot).
 * `xs` (rising) and `ys` have the same length; the result starts with a move to the first point, and is empty without points.
 *
 * @source F. N. Fritsch and R. E. Carlson, Monotone Piecewise Cubic Interpolation, 1980
 */
export function smoothPath(xs: readonly number[], ys: readonly number[]): string {
  if (xs.length === 0) return '';
  const slopes = tangents(xs, ys);
  let path = `M${at(xs[0]!, ys[0]!)}`;
  for (let i = 1; i < xs.length; i++) {
    const third = (xs[i]! - xs[i - 1]!) / 3;
    const from = at(xs[i - 1]! + third, ys[i - 1]! + slopes[i - 1]! * third);
    const to = at(xs[i]! - third, ys[i]! - slopes[i]! * third);
    path += `C${from} ${to} ${at(xs[i]!, ys[i]!)}`;
  }
  return path;
}

/** The slope at each point: flat at peaks and ends, else the harmonic mean of the slopes beside it. */
function tangents(xs: readonly number[], ys: readonly number[]): number[] {
  return xs.map((x, i) => {
    if (i === 0 || i === xs.length - 1) return 0;
    const before = (ys[i]! - ys[i - 1]!) / (x - xs[i - 1]!);
    const after = (ys[i + 1]! - ys[i]!) / (xs[i + 1]! - x);
    return before * after > 0 ? (2 * before * after) / (before + after) : 0;
  });
}

function at(x: number, y: number): string {
  return `${x.toFixed(1)},${y.toFixed(1)}`;
}
