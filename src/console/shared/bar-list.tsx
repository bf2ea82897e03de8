import type { ReactNode } from 'react';
import { formatNumber } from './format.js';

export interface Bar {
  readonly name: string;
  readonly value: number;
}

/** Names with their values, each on a bar as long as its part of the greatest. */
export function BarList({ bars, label }: { readonly bars: readonly Bar[]; readonly label: string }): ReactNode {
  const most = Math.max(...bars.map((bar) => bar.value), 1e-9);
  return (
    <ol className="bars" aria-label={label}>
      {bars.map(({ name, value }) => (
        <li key={name}>
          <span className="bar" style={{ width: `${Math.max(0, (value / most) * 100)}%` }} />
          <span className="name" title={name}>
            {name}
          </span>
          <span className="value">{formatNumber(value)}</span>
        </li>
      ))}
    </ol>
  );
}
