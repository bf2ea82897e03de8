import { type ReactNode, useState } from 'react';
import { api } from '../shared/api.js';
import { ErrorNote } from '../shared/notes.js';
import { hashOf } from '../shared/route.js';
import { useAction } from '../shared/use-action.js';
import { usePolled } from '../shared/use-polled.js';
import { type Load, loadSpec } from './load-spec.js';

const PERIOD_MS = 1000;

interface TaskStatus {
  readonly status: { readonly statusCode: string; readonly errorMsg?: string | null };
}

/** Starts the load and says how it goes. */
export function Submit({ load, onSubmitted }: { readonly load: Load; readonly onSubmitted: () => void }): ReactNode {
  const [task, setTask] = useState<string | undefined>(undefined);
  const [supervisor, setSupervisor] = useState<string | undefined>(undefined);
  const { busy, error, run } = useAction(onSubmitted);
  const submit = (): void =>
    run(async () => {
      const body = loadSpec(load);
      if (load.source.kind === 'kafka') {
        setSupervisor((await api<{ readonly id: string }>('/druid/indexer/v1/supervisor', { body })).id);
      } else {
        setTask((await api<{ readonly task: string }>('/druid/indexer/v1/task', { body })).task);
      }
    });
  return (
    <>
      <button type="button" className="primary push-right" disabled={busy || load.dataSource === ''} onClick={submit}>
        {load.source.kind === 'kafka' ? 'Start reading' : 'Load'}
      </button>
      <ErrorNote error={error} />
      {supervisor !== undefined && (
        <p role="status">Supervisor {supervisor} reads the topic; it is in the list below.</p>
      )}
      {task !== undefined && <Progress key={task} task={task} dataSource={load.dataSource} />}
    </>
  );
}

function Progress({ task, dataSource }: { readonly task: string; readonly dataSource: string }): ReactNode {
  const { data, error } = usePolled(
    (signal) => api<TaskStatus>(`/druid/indexer/v1/task/${encodeURIComponent(task)}/status`, { signal }),
    PERIOD_MS,
    task,
  );
  const { statusCode = 'RUNNING', errorMsg } = data?.status ?? {};
  if (statusCode === 'FAILED')
    return <ErrorNote error={`The load failed. ${errorMsg ?? 'Its task under Services says more.'}`} />;
  return (
    <p id="load-progress" role="status" className="load-progress" data-status={statusCode}>
      <ErrorNote error={error} />
      {statusCode === 'SUCCESS' ? (
        <>
          Loaded.{' '}
          <a href={hashOf('query', { sql: `SELECT * FROM "${dataSource.replaceAll('"', '""')}" LIMIT 100` })}>
            Query {dataSource}
          </a>
        </>
      ) : (
        <>
          <progress aria-label="Loading" /> Reading the records…
        </>
      )}
    </p>
  );
}
