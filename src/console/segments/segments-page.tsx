import './segments.css';
import { type ReactNode, useMemo, useState } from 'react';
import { useDataSources } from '../shared/data-sources.js';
import { FirstData } from '../shared/first-data.js';
import { EmptyState, ErrorNote } from '../shared/notes.js';
import { usePolled } from '../shared/use-polled.js';
import { ColumnTable } from './column-table.js';
import { IntervalTable } from './interval-table.js';
import { type Interval, intervalsOf, loadSegments, summaries } from './segments.js';
import { SourceList } from './source-list.js';
import { Timeline } from './timeline.js';

const PERIOD_MS = 5000;

/** What is stored: by data source, by time, by column. */
export default function SegmentsPage(): ReactNode {
  const { data: segments = [], error } = usePolled(loadSegments, PERIOD_MS);
  const { data: names } = useDataSources();
  const [chosen, setChosen] = useState<string | undefined>(undefined);
  const [at, setAt] = useState<string | undefined>(undefined);
  const all = useMemo(() => summaries(segments, names ?? []), [segments, names]);
  const source = chosen ?? all.toSorted((a, b) => b.rows - a.rows)[0]?.name;
  const intervals = useMemo(
    () => intervalsOf(segments.filter(({ datasource }) => datasource === source)),
    [segments, source],
  );
  const open = intervals.find((interval) => keyOf(interval) === at);
  const toggle = (interval: Interval): void => setAt(interval === open ? undefined : keyOf(interval));
  return (
    <div className="page">
      <div className="page-head">
        <h1>Segments</h1>
      </div>
      <ErrorNote error={error} />
      {names?.length === 0 && (
        <section className="panel">
          <EmptyState title="No segments yet">
            <p>
              Rows are stored in segments: columns of one stretch of time. The first come when a stream’s rows are
              published, or a file is loaded.
            </p>
            <FirstData />
          </EmptyState>
        </section>
      )}
      <SourceList all={all} chosen={source} onChoose={setChosen} />
      {source !== undefined && (
        <>
          <section className="panel" aria-label="Intervals">
            <div className="panel-head">
              <h2>{source} over time</h2>
              <span className="faint small">height: size</span>
            </div>
            {intervals.length === 0 ? (
              <p className="faint">
                Nothing is published yet: rows that came in are in memory and on the log, and queries see them.
              </p>
            ) : (
              <>
                <Timeline intervals={intervals} chosen={open} onChoose={toggle} />
                <IntervalTable intervals={intervals} chosen={open} onChoose={toggle} />
              </>
            )}
          </section>
          <ColumnTable source={source} />
        </>
      )}
    </div>
  );
}

function keyOf({ start, end }: Interval): string {
  return `${start}/${end}`;
}
