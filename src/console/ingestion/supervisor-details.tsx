import { type ReactNode, useState } from 'react';
import { CodeBlock } from '../shared/code-block.js';
import { formatNumber, formatTime } from '../shared/format.js';
import { Tabs } from '../shared/tabs.js';
import { DeadLetters } from './dead-letters.js';
import type { Supervisor } from './supervisors.js';

const VIEWS = { partitions: 'Partitions', errors: 'Errors', letters: 'Dead letters', spec: 'Spec' } as const;

/** What is behind the numbers of a supervisor. */
export function SupervisorDetails({ supervisor }: { readonly supervisor: Supervisor }): ReactNode {
  const [view, setView] = useState<keyof typeof VIEWS>('partitions');
  return (
    <div className="details">
      <Tabs label={`Details of ${supervisor.id}`} names={VIEWS} chosen={view} onChoose={setView} />
      {view === 'partitions' && <Partitions supervisor={supervisor} />}
      {view === 'errors' && <Errors supervisor={supervisor} />}
      {view === 'letters' && <DeadLetters supervisorId={supervisor.id} />}
      {view === 'spec' && <CodeBlock label="Spec" text={JSON.stringify(supervisor.spec, null, 2)} />}
    </div>
  );
}

function Partitions({ supervisor: { partitions } }: { readonly supervisor: Supervisor }): ReactNode {
  if (partitions.length === 0)
    return <p className="faint">No partitions are read now. A suspended supervisor reads none.</p>;
  const most = Math.max(...partitions.map(({ lag }) => lag ?? 0), 1);
  const text = (value: number | undefined): string => (value === undefined ? '–' : formatNumber(value));
  return (
    <table className="plain">
      <thead>
        <tr>
          <th scope="col">Partition</th>
          <th scope="col" className="number">
            Read to
          </th>
          <th scope="col" className="number">
            Stream's end
          </th>
          <th scope="col" className="number">
            Lag
          </th>
          <th scope="col">
            <span className="visually-hidden">Lag as a bar</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {partitions.map(({ id, current, latest, lag }) => (
          <tr key={id}>
            <td>{id}</td>
            <td className="number">{text(current)}</td>
            <td className="number">{text(latest)}</td>
            <td className="number">{text(lag)}</td>
            <td className="lag">
              <span style={{ width: `${((lag ?? 0) / most) * 100}%` }} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Errors({ supervisor: { errors } }: { readonly supervisor: Supervisor }): ReactNode {
  if (errors.length === 0) return <p className="faint">No errors lately.</p>;
  return (
    <ul className="errors">
      {errors.map(({ timestamp, exceptionClass, message }) => (
        <li key={`${timestamp}${message}`}>
          <span className="faint small">
            {formatTime(timestamp)} {exceptionClass}
          </span>
          <pre>{message}</pre>
        </li>
      ))}
    </ul>
  );
}
