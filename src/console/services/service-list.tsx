import type { ReactNode } from 'react';
import { sql } from '../shared/api.js';
import { formatBytes, formatTime } from '../shared/format.js';
import { Badge, ErrorNote } from '../shared/notes.js';
import { usePolled } from '../shared/use-polled.js';

const PERIOD_MS = 3000;

interface Service {
  readonly server: string;
  readonly server_type: string;
  readonly tier: string | null;
  readonly curr_size: number;
  readonly max_size: number;
  readonly is_leader: number | null;
  readonly start_time: string | null;
}

/** Every role of every process, and how full the historicals are. */
export function ServiceList(): ReactNode {
  const { data, error } = usePolled(
    (signal) => sql<Service>('SELECT * FROM sys.servers ORDER BY server, server_type', signal),
    PERIOD_MS,
  );
  return (
    <section className="panel" aria-label="Services">
      <ErrorNote error={error} />
      <div className="scroll" tabIndex={0} role="region" aria-label="Table of services">
        <table className="plain services">
          <thead>
            <tr>
              {['Role', 'Address', 'Tier', 'Segments held', 'Up since'].map((title) => (
                <th key={title} scope="col">
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {data?.map((service) => (
              <tr key={service.server + service.server_type}>
                <td>
                  {service.server_type} {service.is_leader === 1 && <Badge tone="good">leader</Badge>}
                </td>
                <td>{service.server}</td>
                <td>{service.tier ?? ''}</td>
                <td>{service.max_size > 0 && <Held size={service.curr_size} most={service.max_size} />}</td>
                <td>{service.start_time === null ? '' : formatTime(service.start_time)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Held({ size, most }: { readonly size: number; readonly most: number }): ReactNode {
  return (
    <span className="held">
      <meter aria-label="Segments held" value={size} max={most} />
      {formatBytes(size)} of {formatBytes(most)}
    </span>
  );
}
