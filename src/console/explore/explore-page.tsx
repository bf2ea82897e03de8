import './explore.css';
import { type ReactNode, useCallback } from 'react';
import type { Column } from '../shared/column.js';
import { useSchema } from '../shared/columns.js';
import { useDataSources } from '../shared/data-sources.js';
import { FirstData } from '../shared/first-data.js';
import { EmptyState, ErrorNote } from '../shared/notes.js';
import { Charts } from './charts.js';
import { Controls } from './controls.js';
import { Dimensions } from './dimensions.js';
import { Filters } from './filters.js';
import { SplitTable } from './split-table.js';
import { type Explored, useExplored } from './use-explored.js';
import { useView } from './use-view.js';
import { type Filter, narrowed, toggled, type View } from './view.js';

/** Look at a data source from every side: each click is a query. */
export default function ExplorePage(): ReactNode {
  const { data: sources, error: unreachable } = useDataSources();
  const schema = useSchema();
  const columnsOf = useCallback((source: string) => schema[source], [schema]);
  const [view, change] = useView(sources, columnsOf);
  const { data, error, isBusy } = useExplored(view);
  if (sources?.length === 0) {
    return (
      <div className="page">
        <h1>Explore</h1>
        <section className="panel">
          <EmptyState title="Nothing to explore yet">
            <p>Here you split the events of a data source by its dimensions, filter by a click and compare times.</p>
            <FirstData />
          </EmptyState>
        </section>
      </div>
    );
  }
  return (
    <div className="page">
      <div className="page-head">
        <h1>Explore</h1>
        {view !== undefined && (
          <Controls
            sources={sources ?? [view.source]}
            columns={schema[view.source] ?? []}
            view={view}
            span={data?.span}
            onChange={change}
          />
        )}
      </div>
      <ErrorNote error={error ?? (view === undefined ? unreachable : undefined)} />
      {view !== undefined && (
        <Shown view={view} columns={schema[view.source] ?? []} explored={data} isBusy={isBusy} onChange={change} />
      )}
    </div>
  );
}

interface ShownProps {
  readonly view: View;
  readonly columns: readonly Column[];
  readonly explored: Explored | undefined;
  readonly isBusy: boolean;
  readonly onChange: (change: Partial<View>) => void;
}

function Shown({ view, columns, explored, isBusy, onChange }: ShownProps): ReactNode {
  const isWide = view.measures.length > 1 || view.splits.length > 1;
  return (
    <>
      <Filters
        filters={view.filters}
        onToggle={(filter) => onChange({ filters: toggled(view.filters, filter) })}
        onClear={() => onChange({ filters: [] })}
      />
      <div className="explore" data-busy={isBusy} data-wide={isWide}>
        <Dimensions columns={columns} splits={view.splits} onSplit={(splits) => onChange({ splits, search: '' })} />
        <Charts view={view} explored={explored} onChange={onChange} />
        <section className="panel values" aria-label="Values">
          <div className="panel-head">
            <h2>{view.splits.join(' › ')}</h2>
            <span className="faint small">click: only this value</span>
          </div>
          <Search view={view} onChange={onChange} />
          {explored !== undefined && explored.values.length > 0 && (
            <SplitTable
              explored={explored}
              onOnly={(path) => onChange({ filters: narrowed(view.filters, path) })}
              onOrder={(i) => onChange({ measures: inFront(explored.view.measures, i) })}
              onWithout={(filter) => onChange({ filters: toggled(view.filters, filter) })}
            />
          )}
          {explored?.values.length === 0 && (
            <p className="faint">
              {view.search === ''
                ? 'No events in this time with these filters. Choose a longer time, or take filters away.'
                : `No value of ${view.splits[0]!} has “${view.search}” in it.`}
            </p>
          )}
        </section>
      </div>
    </>
  );
}

function inFront<T>(all: readonly T[], i: number): readonly T[] {
  return [all[i]!, ...all.filter((_, at) => at !== i)];
}

/** Looks for values of the first dimension as one types; Enter makes a filter of it. */
function Search({ view, onChange }: Pick<ShownProps, 'view' | 'onChange'>): ReactNode {
  const column = view.splits[0]!;
  return (
    <form
      className="split-search"
      onSubmit={(event) => {
        event.preventDefault();
        if (view.search === '') return;
        const filter: Filter = { column, value: view.search, excluded: false, contains: true };
        onChange({ filters: [...view.filters, filter], search: '' });
      }}
    >
      <input
        type="search"
        aria-label={`Search values of ${column}`}
        placeholder={`Search ${column}; Enter filters`}
        value={view.search}
        onChange={(event) => onChange({ search: event.target.value })}
      />
    </form>
  );
}
