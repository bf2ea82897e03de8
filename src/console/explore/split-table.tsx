import type { ReactNode } from 'react';
import { gridKeys } from '../shared/arrow-keys.js';
import { formatTotal } from '../shared/format.js';
import { Change } from './change.js';
import type { Explored, Value } from './use-explored.js';
import { type Filter, measureTitle } from './view.js';

interface SplitTableProps {
  readonly explored: Explored;
  /** All filters of what was clicked: the value and those it is within. */
  readonly onOnly: (path: readonly Filter[]) => void;
  readonly onWithout: (filter: Filter) => void;
}

interface OrderedTableProps extends SplitTableProps {
  /** Values are to be in order of this measure, by its place. */
  readonly onOrder: (measure: number) => void;
}

/** The greatest values of the splits. A click keeps only this value, a click on − leaves it out. */
export function SplitTable({ explored, onOnly, onWithout, onOrder }: OrderedTableProps): ReactNode {
  const { view, values } = explored;
  const most = Math.max(...values.map(({ measures }) => measures[0] ?? 0), 1e-9);
  return (
    <div className="split-scroll" tabIndex={0} role="group" aria-label="Table of values">
      <table className="split" onKeyDown={gridKeys('tbody tr')}>
        <thead>
          <tr>
            <th scope="col">{view.splits.join(' › ')}</th>
            {view.measures.map((measure, i) => (
              <th
                key={measureTitle(measure)}
                scope="col"
                className="number"
                aria-sort={i === 0 ? 'descending' : undefined}
              >
                {i === 0 ? (
                  `${measureTitle(measure)}${view.measures.length > 1 ? ' ↓' : ''}`
                ) : (
                  <button
                    type="button"
                    className="quiet"
                    title={`In order of ${measureTitle(measure)}`}
                    onClick={() => onOrder(i)}
                  >
                    {measureTitle(measure)}
                  </button>
                )}
              </th>
            ))}
            <th scope="col">
              <span className="visually-hidden">Leave out</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {values.map((value) => (
            <ValueRow
              key={JSON.stringify(value.path)}
              explored={explored}
              value={value}
              most={most}
              onOnly={onOnly}
              onWithout={onWithout}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface ValueRowProps extends SplitTableProps {
  readonly value: Value;
  readonly most: number;
}

function ValueRow({ explored, value: { path, measures, before }, most, onOnly, onWithout }: ValueRowProps): ReactNode {
  const { view, totals } = explored;
  const depth = path.length - 1;
  const name = path[depth] ?? null;
  const shown = name ?? 'null';
  const filters = path.map((value, i): Filter => ({ column: view.splits[i]!, value, excluded: false }));
  const own = filters[depth]!;
  const isChosen = view.filters.some(({ column, value }) => column === own.column && value === name);
  const width = Math.max(0, ((measures[0] ?? 0) / most) * 100);
  const { kind } = view.measures[0]!;
  const all = totals[0] ?? 0;
  const hasShare = (kind === 'count' || kind === 'sum') && before === undefined && all > 0;
  return (
    <tr data-null={name === null} data-depth={depth} style={{ backgroundSize: `${width}% calc(100% - 2px)` }}>
      <th scope="row">
        <button
          type="button"
          className="quiet name"
          aria-pressed={isChosen}
          onClick={() => onOnly(filters)}
          title={`Only ${path.map((one) => one ?? 'null').join(' › ')}`}
        >
          {shown}
        </button>
      </th>
      {measures.map((value, i) => (
        <td key={measureTitle(view.measures[i]!)} className="number">
          {before !== undefined && <Change value={value} before={before[i] ?? null} />}
          {i === 0 && hasShare && <span className="share">{(((value ?? 0) / all) * 100).toFixed(1)}%</span>}
          <span className="value">{value === null ? '–' : formatTotal(value)}</span>
        </td>
      ))}
      <td className="leave-out">
        <button
          type="button"
          className="quiet without"
          onClick={() => onWithout({ ...own, excluded: true })}
          aria-label={`Without ${shown}`}
          title={`Without ${shown}`}
        >
          −
        </button>
      </td>
    </tr>
  );
}
