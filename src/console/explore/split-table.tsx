import type { ReactNode } from 'react';
import { formatNumber } from '../shared/format.js';
import type { Value } from './use-explored.js';
import type { Filter, View } from './view.js';

interface SplitTableProps {
  readonly view: View;
  readonly values: readonly Value[];
  readonly total: number | null;
  readonly onFilter: (filter: Filter) => void;
}

/** The greatest values of the split. A click keeps only this value, a click on − leaves it out. */
export function SplitTable({ view, values, total, onFilter }: SplitTableProps): ReactNode {
  const most = Math.max(...values.map(({ value }) => value), 1e-9);
  const share = view.measure.kind === 'count' || view.measure.kind === 'sum';
  return (
    <ol className="split" aria-label={`Values of ${view.split}`}>
      {values.map(({ name, value, before }) => {
        const shown = name ?? 'null';
        const filter = { column: view.split, value: name, excluded: false };
        const chosen = view.filters.some((other) => other.column === view.split && other.value === name);
        return (
          <li key={shown} data-null={name === null}>
            <span className="bar" style={{ width: `${Math.max(0, (value / most) * 100)}%` }} />
            <button
              type="button"
              className="quiet name"
              aria-pressed={chosen}
              onClick={() => onFilter(filter)}
              title={`Only ${shown}`}
            >
              {shown}
            </button>
            {before !== undefined && <Change value={value} before={before} />}
            {share && before === undefined && total !== null && total > 0 && (
              <span className="share">{((value / total) * 100).toFixed(1)}%</span>
            )}
            <span className="value">{formatNumber(value)}</span>
            <button
              type="button"
              className="quiet without"
              onClick={() => onFilter({ ...filter, excluded: true })}
              aria-label={`Without ${shown}`}
              title={`Without ${shown}`}
            >
              −
            </button>
          </li>
        );
      })}
    </ol>
  );
}

/** Up or down against the period before. */
export function Change({ value, before }: { readonly value: number; readonly before: number }): ReactNode {
  if (before === 0) return <span className="change">new</span>;
  const percent = ((value - before) / before) * 100;
  const sign = percent >= 0 ? '+' : '−';
  return (
    <span className="change" data-up={percent >= 0} title={`${formatNumber(before)} before`}>
      {`${sign}${Math.abs(percent).toFixed(Math.abs(percent) < 10 ? 1 : 0)}%`}
    </span>
  );
}
