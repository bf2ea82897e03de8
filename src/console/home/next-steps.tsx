import type { ReactNode } from 'react';
import { EmptyState } from '../shared/notes.js';
import { hashOf } from '../shared/route.js';

/** How the first data comes in. */
export function NoData(): ReactNode {
  const event = `{"timestamp":"${new Date().toISOString()}","page":"Home","ms":12}`;
  return (
    <section className="panel" id="empty">
      <EmptyState title="No data yet">
        <p>Send an event from a terminal. It is on this page a moment later:</p>
        <pre id="push-example">{`curl --data-binary '${event}' ${location.origin}/v1/push/my_events`}</pre>
        <p>
          Or <a href={hashOf('ingestion', { load: '1' })}>load a file or a Kafka topic</a>, or start again with{' '}
          <code>npx millrace start --demo</code> for a live stream to look at.
        </p>
      </EmptyState>
    </section>
  );
}

/** What one may want to do next, with the address to use. */
export function NextSteps(): ReactNode {
  return (
    <section className="panel" aria-labelledby="next-title">
      <div className="panel-head">
        <h2 id="next-title">Where to go next</h2>
      </div>
      <dl className="next-steps">
        <dt>Push your own events</dt>
        <dd>
          <code>curl --data-binary @events.ndjson {location.origin}/v1/push/my_events</code>
        </dd>
        <dt>Read a Kafka topic or a file</dt>
        <dd>
          <a href={hashOf('ingestion', { load: '1' })}>Load data</a> step by step, or send your Druid spec as it is:{' '}
          <code>POST /druid/indexer/v1/supervisor</code>
        </dd>
        <dt>Query from your tools</dt>
        <dd>
          Anything that speaks Druid’s SQL or native queries: <code>{location.origin}/druid/v2/sql</code>
        </dd>
        <dt>Watch a query</dt>
        <dd>
          The WebSocket that feeds this page, open to anyone: <code>/v1/live</code>
        </dd>
        <dt>Look inside</dt>
        <dd>
          <a href="/status">status</a>, <a href="/metrics">metrics</a>
        </dd>
      </dl>
    </section>
  );
}
