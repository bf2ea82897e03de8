import './ingestion.css';
import { type ReactNode, useState } from 'react';
import { EmptyState, ErrorNote } from '../shared/notes.js';
import { useRoute } from '../shared/route.js';
import { usePolled } from '../shared/use-polled.js';
import { LoadData } from './load-data.js';
import { SupervisorPanel } from './supervisor-panel.js';
import { loadSupervisors } from './supervisors.js';

const PERIOD_MS = 2000;

/** What comes in, and how to bring in more. */
export default function IngestionPage(): ReactNode {
  const { data, error, refresh } = usePolled(loadSupervisors, PERIOD_MS);
  const { params } = useRoute();
  const [loads, setLoads] = useState(params.has('load'));
  return (
    <div className="page">
      <div className="page-head">
        <h1>Ingestion</h1>
        <button
          type="button"
          className="primary push-right"
          data-main-field
          onClick={() => setLoads(!loads)}
          aria-expanded={loads}
        >
          Load data
        </button>
      </div>
      <ErrorNote error={error} />
      {loads && <LoadData onClose={() => setLoads(false)} onSubmitted={refresh} />}
      {data?.map((supervisor) => (
        <SupervisorPanel key={supervisor.id} supervisor={supervisor} onChanged={refresh} />
      ))}
      {data?.length === 0 && (
        <section className="panel">
          <EmptyState title="Nothing comes in yet">
            <p>
              A supervisor reads a stream without end: a Kafka topic, or what is pushed over HTTP. “Load data” makes one
              in a few steps, or reads a file once.
            </p>
          </EmptyState>
        </section>
      )}
    </div>
  );
}
