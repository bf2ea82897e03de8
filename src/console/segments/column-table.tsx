import { type ReactNode, useMemo } from 'react';
import { api } from '../shared/api.js';
import { formatBytes, formatNumber } from '../shared/format.js';
import { ErrorNote } from '../shared/notes.js';
import { usePolled } from '../shared/use-polled.js';

const PERIOD_MS = 30_000;

interface Analysis {
  readonly typeSignature: string;
  readonly hasMultipleValues: boolean;
  readonly hasNulls: boolean;
  readonly size: number;
  readonly cardinality: number | null;
  readonly minValue: unknown;
  readonly maxValue: unknown;
}

type Columns = Readonly<Record<string, Analysis>>;

/** The columns of a data source as its segments have them. */
export function ColumnTable({ source }: { readonly source: string }): ReactNode {
  const { data, error } = usePolled((signal) => analyze(source, signal), PERIOD_MS, source);
  const columns = useMemo(() => Object.entries(data ?? {}), [data]);
  const most = Math.max(...columns.map(([, { size }]) => size), 1);
  return (
    <section className="panel" aria-label="Columns">
      <div className="panel-head">
        <h2>Columns</h2>
        <span className="faint small">
          Sizes are those of the values as text, which says what a column would weigh without encoding.
        </span>
      </div>
      <ErrorNote error={error} />
      <div className="scroll" tabIndex={0} role="region" aria-label="Table of columns">
        <table className="plain columns">
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">Type</th>
              <th scope="col" className="number">
                Size
              </th>
              <th scope="col">
                <span className="visually-hidden">Size as a bar</span>
              </th>
              <th scope="col" className="number">
                Values
              </th>
              <th scope="col">Least and greatest</th>
            </tr>
          </thead>
          <tbody>
            {columns.map(([name, column]) => (
              <tr key={name}>
                <td>{name}</td>
                <td>
                  {column.typeSignature.toLowerCase()}
                  <span className="faint small">
                    {column.hasMultipleValues && ' multi-value'}
                    {column.hasNulls && ' nulls'}
                  </span>
                </td>
                <td className="number">{formatBytes(column.size)}</td>
                <td className="weight">
                  <span style={{ width: `${(column.size / most) * 100}%` }} />
                </td>
                <td className="number">{column.cardinality === null ? '' : formatNumber(column.cardinality)}</td>
                <td className="small">
                  {column.minValue === null ? '' : `${String(column.minValue)} – ${String(column.maxValue)}`}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

async function analyze(dataSource: string, signal: AbortSignal): Promise<Columns> {
  const [merged] = await api<readonly { readonly columns: Columns }[]>('/druid/v2', {
    body: {
      queryType: 'segmentMetadata',
      dataSource,
      merge: true,
      lenientAggregatorMerge: true,
      analysisTypes: ['size', 'cardinality', 'minmax'],
    },
    signal,
  });
  return merged?.columns ?? {};
}
