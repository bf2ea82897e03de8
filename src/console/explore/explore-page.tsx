import './explore.css';
import { type ReactNode, useCallback } from 'react';
import type { Column } from '../shared/column.js';
import { useSchema } from '../shared/columns.js';
import { useDataSources } from '../shared/data-sources.js';
import { formatMs, formatNumber } from '../shared/format.js';
import { LineChart } from '../shared/line-chart.js';
import { EmptyState, ErrorNote } from '../shared/notes.js';
import { Controls } from './controls.js';
import { Filters } from './filters.js';
import { Change, SplitTable } from './split-table.js';
import { type Explored, useExplored } from './use-explored.js';
import { useView } from './use-view.js';
import { type Filter, measureTitle, toggled, type View } from './view.js';

const CHART_PX = 300;

/** Look at a data source from every side: each click is a query. */
export default function ExplorePage(): ReactNode {
  const { data: sources } = useDataSources();
  const schema = useSchema();
  const columnsOf = useCallback((source: string) => schema[source], [schema]);
  const [view, change] = useView(sources, columnsOf);
  const { data, error } = useExplored(view);
  if (sources?.length === 0) {
    return (
      <div className="page">
        <h1>Explore</h1>
        <section className="panel">
          <EmptyState title="Nothing to explore yet">
            <p>
              Here you split the events of a data source by its dimensions. Load data first: push an event, or read a
              topic.
            </p>
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
            onChange={change}
          />
        )}
      </div>
      <ErrorNote error={error} />
      {view !== undefined && (
        <Shown view={view} columns={schema[view.source] ?? []} explored={data} onChange={change} />
      )}
    </div>
  );
}

interface ShownProps {
  readonly view: View;
  readonly columns: readonly Column[];
  readonly explored: Explored | undefined;
  readonly onChange: (change: Partial<View>) => void;
}

function Shown({ view, columns, explored, onChange }: ShownProps): ReactNode {
  const filter = (next: Filter): void => onChange({ filters: toggled(view.filters, next) });
  const zoom = (from: number, to: number): void =>
    onChange({ range: { fromMs: Math.floor(from * 1000), toMs: Math.ceil(to * 1000) } });
  return (
    <>
      <Filters filters={view.filters} onToggle={filter} onClear={() => onChange({ filters: [] })} />
      <div className="explore" data-busy={explored === undefined}>
        <nav className="panel dimensions" aria-label="Split by">
          <h2>Split by</h2>
          {columns
            .filter((column) => column.type === 'VARCHAR')
            .map(({ name }) => (
              <button
                key={name}
                type="button"
                className="quiet"
                aria-pressed={name === view.split}
                onClick={() => onChange({ split: name })}
              >
                {name}
              </button>
            ))}
        </nav>
        <section className="panel" aria-label="Over time">
          <div className="panel-head">
            <h2>{measureTitle(view.measure)}</h2>
            {explored !== undefined && (
              <>
                <strong id="explore-total">{explored.total === null ? '–' : formatNumber(explored.total)}</strong>
                {explored.totalBefore != null && <Change value={explored.total ?? 0} before={explored.totalBefore} />}
                <span className="faint small push-right" role="status">
                  answered in {formatMs(explored.tookMs)} · draw over the chart to zoom
                </span>
              </>
            )}
          </div>
          {explored !== undefined && (
            <LineChart
              label={`${measureTitle(view.measure)} over time`}
              heightPx={CHART_PX}
              times={explored.times}
              lines={view.chart === 'bar' ? explored.lines.slice(0, view.compares ? 2 : 1) : explored.lines}
              bars={view.chart === 'bar'}
              onSelect={zoom}
            />
          )}
        </section>
        <section className="panel values" aria-label="Values">
          <div className="panel-head">
            <h2>{view.split}</h2>
            <span className="faint small">click: only this value</span>
          </div>
          {explored !== undefined && (
            <SplitTable view={view} values={explored.values} total={explored.total} onFilter={filter} />
          )}
          {explored?.values.length === 0 && <p className="faint">No events in this time with these filters.</p>}
        </section>
      </div>
    </>
  );
}
