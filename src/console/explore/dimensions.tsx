import type { ReactNode } from 'react';
import { gridKeys } from '../shared/arrow-keys.js';
import type { Column } from '../shared/column.js';
import { MAX_SPLITS } from './view.js';

interface DimensionsProps {
  readonly columns: readonly Column[];
  readonly splits: readonly string[];
  readonly onSplit: (splits: readonly string[]) => void;
}

/** What to split by: one dimension by a click on its name, one more within by its +. */
export function Dimensions({ columns, splits, onSplit }: DimensionsProps): ReactNode {
  return (
    <nav className="panel dimensions" aria-label="Split by" onKeyDown={gridKeys('.dimension')}>
      <h2>Split by</h2>
      {columns
        .filter((column) => column.type === 'VARCHAR')
        .map(({ name }) => {
          const at = splits.indexOf(name);
          return (
            <div key={name} className="dimension" data-chosen={at >= 0}>
              <button
                type="button"
                className="quiet"
                aria-pressed={at >= 0}
                title={name}
                onClick={() => onSplit([name])}
              >
                <span className="dimension-name">{name}</span>
                {splits.length > 1 && at >= 0 && <span className="order">{at + 1}</span>}
              </button>
              {at < 0 && splits.length < MAX_SPLITS && (
                <button
                  type="button"
                  className="quiet more"
                  aria-label={`Then by ${name}`}
                  title={`Then by ${name}`}
                  onClick={() => onSplit([...splits, name])}
                >
                  +
                </button>
              )}
              {at >= 0 && splits.length > 1 && (
                <button
                  type="button"
                  className="quiet more"
                  aria-label={`Not by ${name}`}
                  title={`Not by ${name}`}
                  onClick={() => onSplit(splits.filter((other) => other !== name))}
                >
                  ×
                </button>
              )}
            </div>
          );
        })}
    </nav>
  );
}
