/** A vertical axis from zero to `top`, with a mark at each multiple of `step`. */
export interface Axis {
  readonly top: number;
  readonly step: number;
}

const MOST_STEPS = 4;

/** The tightest axis in whole numbers whose steps are 1, 2, 2.5 or 5 times a power of ten, at most four of them. */
export function axisFor(most: number): Axis {
  const needed = Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(needed));
  let best: Axis | undefined;
  for (const factor of [0.1, 0.2, 0.25, 0.5, 1, 2, 2.5, 5]) {
    const step = factor * power;
    const steps = Math.ceil(needed / step);
    if (!Number.isInteger(step) || steps > MOST_STEPS) continue;
    if (best === undefined || steps * step < best.top) best = { top: steps * step, step };
  }
  return best ?? { top: needed, step: needed };
}

/** Keeps `axis` while it fits, so that the line does not jump with every value: a new one only when it is too low or half empty. */
export function keptAxis(axis: Axis | undefined, most: number): Axis {
  const fits = axis !== undefined && most <= axis.top && (most >= axis.top * 0.45 || axisFor(most).top === axis.top);
  return fits ? axis : axisFor(most);
}
