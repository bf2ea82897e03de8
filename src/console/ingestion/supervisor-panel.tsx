import { type ReactNode, useState } from 'react';
import { ConfirmButton } from '../shared/confirm-button.js';
import { formatNumber } from '../shared/format.js';
import { Badge, ErrorNote } from '../shared/notes.js';
import { useAction } from '../shared/use-action.js';
import { SupervisorDetails } from './supervisor-details.js';
import { act, type Supervisor } from './supervisors.js';

interface SupervisorPanelProps {
  readonly supervisor: Supervisor;
  readonly onChanged: () => void;
}

/** One supervisor: how far it is behind, what went wrong, what can be done. */
export function SupervisorPanel({ supervisor, onChanged }: SupervisorPanelProps): ReactNode {
  const { id, type, dataSource, stream, suspended } = supervisor;
  const { busy, error, run } = useAction(onChanged);
  const [open, setOpen] = useState(false);
  return (
    <section className="panel supervisor" aria-label={`Supervisor ${id}`} data-supervisor={id}>
      <div className="panel-head">
        <h2>{id}</h2>
        <StateBadge supervisor={supervisor} />
        <span className="faint small">
          {type === 'local' ? 'pushed events' : `${type} topic ${stream}`} → {dataSource}
        </span>
        <span className="push-right row">
          <button type="button" disabled={busy} onClick={() => run(() => act(id, suspended ? 'resume' : 'suspend'))}>
            {suspended ? 'Resume' : 'Suspend'}
          </button>
          <ConfirmButton
            title="Reset"
            confirm="Forget the offsets, read anew"
            onConfirm={() => run(() => act(id, 'reset'))}
          />
          <ConfirmButton
            title="Terminate"
            confirm="End this supervisor"
            onConfirm={() => run(() => act(id, 'terminate'))}
          />
        </span>
      </div>
      <ErrorNote error={error} />
      <Figures supervisor={supervisor} />
      <button type="button" className="quiet" aria-expanded={open} onClick={() => setOpen(!open)}>
        {open ? '▾' : '▸'} Partitions, errors, dead letters, spec
      </button>
      {open && <SupervisorDetails supervisor={supervisor} />}
    </section>
  );
}

function StateBadge({ supervisor: { state, healthy, suspended } }: { readonly supervisor: Supervisor }): ReactNode {
  if (suspended) return <Badge tone="warn">suspended</Badge>;
  return <Badge tone={healthy ? 'good' : 'bad'}>{state.toLowerCase().replaceAll('_', ' ')}</Badge>;
}

function Figures({ supervisor: { partitions, counts, errors } }: { readonly supervisor: Supervisor }): ReactNode {
  const lags = partitions.flatMap(({ lag }) => lag ?? []);
  const figures = [
    ['lag', 'Lag', lags.length === 0 ? '–' : formatNumber(lags.reduce((a, b) => a + b, 0))],
    ['rate', 'Rows per second', formatNumber(Math.round(counts.perSecond))],
    ['processed', 'Rows of running tasks', formatNumber(counts.processed)],
    ['unparseable', 'Not readable', formatNumber(counts.unparseable)],
    ['thrown', 'Thrown away', formatNumber(counts.thrownAway)],
    ['errors', 'Recent errors', formatNumber(errors.length)],
  ] as const;
  return (
    <dl className="figures">
      {figures.map(([id, title, value]) => (
        <div key={id} data-figure={id}>
          <dt>{title}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
