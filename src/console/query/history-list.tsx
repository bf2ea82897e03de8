import type { ReactNode } from 'react';
import { arrowKeys } from '../shared/arrow-keys.js';
import { formatTime } from '../shared/format.js';
import { EmptyState } from '../shared/notes.js';
import type { Past } from './history.js';

interface HistoryListProps {
  readonly history: readonly Past[];
  readonly onChoose: (past: Past) => void;
}

/** What was run in this browser, newest first. */
export function HistoryList({ history, onChoose }: HistoryListProps): ReactNode {
  if (history.length === 0) {
    return (
      <EmptyState title="No history yet">
        <p>Queries that you run are kept here, in this browser only.</p>
      </EmptyState>
    );
  }
  return (
    <ol className="history" aria-label="History" onKeyDown={arrowKeys('button')}>
      {history.map((past) => (
        <li key={`${past.language}${past.text}`}>
          <button type="button" className="quiet" onClick={() => onChoose(past)}>
            <span className="faint small">
              {formatTime(past.atMs)} · {past.language === 'sql' ? 'SQL' : 'native'}
            </span>
            <code>{past.text}</code>
          </button>
        </li>
      ))}
    </ol>
  );
}
