import { type ReactNode, useState } from 'react';
import { EmptyState, ErrorNote } from '../shared/notes.js';
import { Tabs } from '../shared/tabs.js';
import { Download } from './download.js';
import type { Outcome } from './outcome.js';
import { OutcomeLine } from './outcome-line.js';
import { ResultChart } from './result-chart.js';
import { ResultGrid } from './result-grid.js';
import type { Language } from './run-query.js';

interface ResultsProps {
  readonly outcome: Outcome;
  /** What was run, which the download runs again. */
  readonly ran: { readonly language: Language; readonly text: string };
}

/** The answer as rows or as a chart. */
export function Results({ outcome, ran }: ResultsProps): ReactNode {
  const [view, setView] = useState<'rows' | 'chart'>('rows');
  return (
    <section className="panel results" aria-label="Result">
      <div className="panel-head">
        <Tabs label="Show as" names={{ rows: 'Table', chart: 'Chart' }} chosen={view} onChoose={setView} />
        <OutcomeLine outcome={outcome} />
        {outcome.kind === 'answer' && (
          <span className="push-right row">
            <Download {...ran} answer={outcome.answer} />
          </span>
        )}
      </div>
      {outcome.kind === 'error' && <ErrorNote error={outcome.message} />}
      {outcome.kind === 'none' && (
        <EmptyState title="Write a query and run it">
          <p>
            Ctrl ↵ (⌘ ↵) runs it. Names of tables and columns complete as you type; once there is data, examples are
            above the editor.
          </p>
        </EmptyState>
      )}
      {outcome.kind === 'answer' &&
        (view === 'rows' ? <ResultGrid answer={outcome.answer} /> : <ResultChart answer={outcome.answer} />)}
    </section>
  );
}
