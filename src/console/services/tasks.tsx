import { type ReactNode, useState } from 'react';
import { api, ApiError, send } from '../shared/api.js';
import { CodeBlock } from '../shared/code-block.js';
import { ConfirmButton } from '../shared/confirm-button.js';
import { formatMs, formatTime } from '../shared/format.js';
import { Badge, EmptyState, ErrorNote } from '../shared/notes.js';
import { useAction } from '../shared/use-action.js';
import { usePolled } from '../shared/use-polled.js';

const PERIOD_MS = 2000;
const PATH = '/druid/indexer/v1';

interface Task {
  readonly id: string;
  readonly type: string;
  readonly dataSource: string;
  readonly createdTime: string;
  readonly statusCode: 'RUNNING' | 'SUCCESS' | 'FAILED' | 'WAITING' | 'PENDING';
  readonly duration: number | null;
  readonly errorMsg?: string | null;
}

const TONES = { RUNNING: undefined, SUCCESS: 'good', FAILED: 'bad', WAITING: undefined, PENDING: undefined } as const;

/** Batch tasks, newest first: how they went, and why not. */
export function Tasks(): ReactNode {
  const { data, error, refresh } = usePolled(
    (signal) => api<readonly Task[]>(`${PATH}/tasks?max=200`, { signal }),
    PERIOD_MS,
  );
  if (data?.length === 0) {
    return (
      <section className="panel">
        <EmptyState title="No tasks yet">
          <p>
            A task loads a file, compacts, or replays dead letters. Streams are read by supervisors, which are under
            Ingestion.
          </p>
        </EmptyState>
      </section>
    );
  }
  return (
    <section className="panel" aria-label="Tasks">
      <ErrorNote error={error} />
      <ul className="tasks">
        {data
          ?.toSorted((a, b) => Date.parse(b.createdTime) - Date.parse(a.createdTime))
          .map((task) => (
            <TaskItem key={task.id} task={task} onChanged={refresh} />
          ))}
      </ul>
    </section>
  );
}

function TaskItem({ task, onChanged }: { readonly task: Task; readonly onChanged: () => void }): ReactNode {
  const [open, setOpen] = useState(false);
  const { error, run } = useAction(onChanged);
  const path = `${PATH}/task/${encodeURIComponent(task.id)}`;
  return (
    <li>
      <div className="row">
        <button type="button" className="quiet task-name" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? '▾' : '▸'} {task.id}
        </button>
        <Badge tone={TONES[task.statusCode]}>{task.statusCode.toLowerCase()}</Badge>
        <span className="faint small">
          {task.dataSource} · {formatTime(task.createdTime)}
          {task.duration !== null && task.duration >= 0 && ` · ${formatMs(task.duration)}`}
        </span>
        {task.statusCode === 'RUNNING' && (
          <ConfirmButton
            title="Stop"
            confirm="End this task"
            onConfirm={() => run(() => send(`${path}/shutdown`, { method: 'POST' }))}
          />
        )}
      </div>
      <ErrorNote error={error ?? task.errorMsg ?? undefined} />
      {open && <TaskDetails path={path} />}
    </li>
  );
}

function TaskDetails({ path }: { readonly path: string }): ReactNode {
  const report = usePolled((signal) => textOf(`${path}/reports`, signal), PERIOD_MS, path);
  const log = usePolled((signal) => textOf(`${path}/log`, signal), PERIOD_MS, path);
  return (
    <div className="grid-2">
      <div>
        <h3>Report</h3>
        <CodeBlock label="Report" text={report.data ?? '…'} />
      </div>
      <div>
        <h3>Log</h3>
        <CodeBlock label="Log" text={log.data ?? '…'} />
      </div>
    </div>
  );
}

/** A report or log that is not there (yet) is no error. */
async function textOf(path: string, signal: AbortSignal): Promise<string> {
  try {
    const text = await (await send(path, { signal })).text();
    return text.startsWith('{') ? JSON.stringify(JSON.parse(text), null, 2) : text;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return 'None.';
    throw error;
  }
}
