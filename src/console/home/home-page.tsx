import './home.css';
import { type ReactNode, useState } from 'react';
import { DEMO } from '../dashboards/starters.js';
import { useDataSources } from '../shared/data-sources.js';
import { formatNumber } from '../shared/format.js';
import { useConnection } from '../shared/live.js';
import { ErrorNote } from '../shared/notes.js';
import { LiveSource } from './live-source.js';
import { NextSteps, NoData } from './next-steps.js';
import { useReadings } from './use-readings.js';
import { useTotalRows } from './use-total-rows.js';
import { Vitals } from './vitals.js';

/** State of the engine at a glance, and one data source live. */
export default function HomePage(): ReactNode {
  const { data: names } = useDataSources();
  const { readings, error } = useReadings();
  const rows = useTotalRows(names ?? []);
  const live = useConnection() === 'live';
  const [chosen, setChosen] = useState<string | undefined>(undefined);
  const source = chosen ?? (names?.includes(DEMO) ? DEMO : names?.[0]);
  return (
    <div className="page">
      <div className="page-head">
        <h1>Home</h1>
        {source !== undefined && (
          <label className="field push-right">
            Data source
            <select id="data-source" value={source} onChange={(event) => setChosen(event.target.value)}>
              {names?.map((name) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </label>
        )}
      </div>
      {live && <ErrorNote error={error} />}
      <section className="vitals" aria-label="State of the engine" data-stale={live ? undefined : true}>
        <article className="vital" title="Rows that queries see now, in all data sources">
          <h2>Rows</h2>
          <p className="figure" id="total">
            {rows === undefined ? '–' : formatNumber(rows)}
          </p>
        </article>
        <Vitals readings={readings} />
      </section>
      {names?.length === 0 && <NoData />}
      {source !== undefined && <LiveSource key={source} source={source} />}
      <NextSteps />
    </div>
  );
}
