import type { ReactNode } from 'react';

const WIDTH = 120;
const HEIGHT = 26;
const SLOTS = 60;

/** The course of a number, newest at the right; decoration for the number beside it. */
export function Sparkline({ values }: { readonly values: readonly (number | undefined)[] }): ReactNode {
  const most = Math.max(...values.map((value) => value ?? 0), 1e-9);
  const step = WIDTH / SLOTS;
  const points = values.flatMap((value, i) => {
    if (value === undefined) return [];
    const x = WIDTH - (values.length - 1 - i) * step;
    return [`${x.toFixed(1)},${(HEIGHT - 2 - (value / most) * (HEIGHT - 4)).toFixed(1)}`];
  });
  return (
    <svg className="sparkline" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      {points.length > 1 && <polyline points={points.join(' ')} />}
    </svg>
  );
}
