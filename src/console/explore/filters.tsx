import type { ReactNode } from 'react';
import { type Filter, filterText } from './view.js';

interface FiltersProps {
  readonly filters: readonly Filter[];
  readonly onToggle: (filter: Filter) => void;
  readonly onClear: () => void;
}

/** What is filtered; a click takes a filter away. */
export function Filters({ filters, onToggle, onClear }: FiltersProps): ReactNode {
  if (filters.length === 0) return null;
  return (
    <div className="row" role="group" aria-label="Filters">
      {filters.map((filter) => {
        const text = filterText(filter);
        return (
          <button
            key={text}
            type="button"
            className="chip"
            onClick={() => onToggle(filter)}
            aria-label={`Remove ${text}`}
          >
            {text} ×
          </button>
        );
      })}
      <button type="button" className="quiet" onClick={onClear}>
        Clear
      </button>
    </div>
  );
}
