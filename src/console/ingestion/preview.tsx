import type { ReactNode } from 'react';
import { formatCell, formatTime } from '../shared/format.js';
import type { Load, LoadColumn } from './load-spec.js';
import type { Sample } from './sample.js';
import { Submit } from './submit.js';

const SHOWN_ROWS = 12;
const TYPES = ['string', 'long', 'float', 'double', 'json', 'auto'];
const LEFT_OUT = 'left out';
const GRANULARITIES = ['hour', 'day', 'month', 'year', 'all'];

interface PreviewProps {
  readonly load: Load;
  readonly sample: Sample;
  readonly onChange: (load: Load) => void;
  readonly onSample: (load: Load) => void;
  readonly onSubmitted: () => void;
}

/** The first rows as they would be stored; names, types and time can be changed before anything is. */
export function Preview({ load, sample, onChange, onSample, onSubmitted }: PreviewProps): ReactNode {
  const columns = load.columns ?? sample.columns;
  // Once it is found, the schema stays as it is shown.
  const fixed = { ...load, columns };
  const setType = (name: string, type: string): void =>
    onSample({
      ...fixed,
      columns:
        type === LEFT_OUT
          ? columns.filter((one) => one.name !== name)
          : columns.map((one) => (one.name === name ? { name, type } : one)),
    });
  return (
    <>
      <div className="row">
        <label className="field">
          Data source
          <input value={load.dataSource} onChange={(event) => onChange({ ...load, dataSource: event.target.value })} />
        </label>
        <label className="field">
          Time
          <select
            value={load.time.column}
            onChange={(event) =>
              onSample({ ...load, columns: undefined, time: { column: event.target.value, format: 'auto' } })
            }
          >
            {[load.time.column, ...columns.map(({ name }) => name).filter((name) => name !== load.time.column)].map(
              (name) => (
                <option key={name}>{name}</option>
              ),
            )}
          </select>
        </label>
        <label className="field">
          Segments of
          <select
            value={load.segmentGranularity}
            onChange={(event) => onChange({ ...load, segmentGranularity: event.target.value })}
          >
            {GRANULARITIES.map((name) => (
              <option key={name} value={name}>
                {name === 'all' ? 'all times' : `a ${name}`.replace('a hour', 'an hour')}
              </option>
            ))}
          </select>
        </label>
        <Submit load={fixed} onSubmitted={onSubmitted} />
      </div>
      {sample.unreadable.length > 0 && (
        <p className="error-note small">
          {sample.unreadable.length} of the sampled records cannot be read: {sample.unreadable[0]}
        </p>
      )}
      <SampleTable columns={columns} rows={sample.rows} onType={setType} />
    </>
  );
}

interface SampleTableProps {
  readonly columns: readonly LoadColumn[];
  readonly rows: Sample['rows'];
  readonly onType: (name: string, type: string) => void;
}

function SampleTable({ columns, rows, onType }: SampleTableProps): ReactNode {
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label="Preview">
      <table className="plain">
        <thead>
          <tr>
            <th scope="col">__time</th>
            {columns.map(({ name, type }) => (
              <th key={name} scope="col">
                {name}
                <select
                  aria-label={`Type of ${name}`}
                  value={type}
                  onChange={(event) => onType(name, event.target.value)}
                >
                  {[...new Set([type, ...TYPES, LEFT_OUT])].map((one) => (
                    <option key={one}>{one}</option>
                  ))}
                </select>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, SHOWN_ROWS).map((row, i) => (
            <tr key={i}>
              <td>{formatTime(Number(row['__time']))}</td>
              {columns.map(({ name }) => (
                <td key={name}>{formatCell(row[name])}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
