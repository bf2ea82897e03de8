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
  /** Absent of rows that are not stored yet. */
  readonly stored?: Stored;
}

interface Stored {
  readonly layouts: readonly string[];
  readonly valueBytes: number;
  readonly dictionaryBytes: number;
  readonly indexBytes: number;
}

type Columns = Readonly<Record<string, Analysis>>;

/** The columns of a data source as its segments have them. */
export function ColumnTable({ source }: { readonly source: string }): ReactNode {
  const { data, error } = usePolled((signal) => analyze(source, signal), PERIOD_MS, source);
  const columns = useMemo(() => Object.entries(data ?? {}), [data]);
  const isStored = columns.some(([, { stored }]) => stored !== undefined);
  const most = Math.max(...columns.map(([, { stored }]) => storedBytes(stored)), 1);
  return (
    <section className="panel" aria-label="Columns">
      <div className="panel-head">
        <h2>Columns</h2>
        <span className="faint small">
          {isStored
            ? 'Stored: compressed values, dictionaries and indexes. As text: what the values would take written out.'
            : 'Encodings and sizes are told once a segment is published.'}
        </span>
      </div>
      <ErrorNote error={error} />
      <div className="scroll" tabIndex={0} role="region" aria-label="Table of columns">
        <table className="plain columns">
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">Type</th>
              {isStored && <StoredHead />}
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
                {isStored && <StoredCells column={column} most={most} />}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function StoredHead(): ReactNode {
  return (
    <>
      <th scope="col">Encoding</th>
      <th scope="col" className="number">
        Stored
      </th>
      <th scope="col">
        <span className="visually-hidden">Stored size as a bar</span>
      </th>
      <th scope="col" className="number">
        As text
      </th>
      <th scope="col" className="number">
        Values
      </th>
      <th scope="col">Least and greatest</th>
    </>
  );
}

/** @param most bytes that the largest column has stored */
function StoredCells({ column, most }: { readonly column: Analysis; readonly most: number }): ReactNode {
  const { stored, cardinality, minValue, maxValue } = column;
  return (
    <>
      <td className="small">{encoding(stored)}</td>
      <td className="number" title={parts(stored)}>
        {formatBytes(storedBytes(stored))}
      </td>
      <td className="weight">
        <span style={{ width: `${(storedBytes(stored) / most) * 100}%` }} />
      </td>
      <td className="number">{formatBytes(column.size)}</td>
      <td className="number">{cardinality === null ? '' : formatNumber(cardinality)}</td>
      <td className="small extremes">{minValue === null ? '' : `${String(minValue)} – ${String(maxValue)}`}</td>
    </>
  );
}

function storedBytes(stored: Stored | undefined): number {
  return stored === undefined ? 0 : stored.valueBytes + stored.dictionaryBytes + stored.indexBytes;
}

function encoding(stored: Stored | undefined): string {
  if (stored === undefined) return 'only in memory';
  return `${stored.layouts.map(inWords).join(' or ')}${stored.indexBytes > 0 ? ' + bitmap index' : ''}`;
}

/** `ids16`: numbers of two bytes that stand for values of a dictionary. */
function inWords(layout: string): string {
  const list = /^list<(.*)>$/.exec(layout)?.[1];
  if (list !== undefined) return `lists of ${inWords(list)}`;
  const bits = /^(ids|u|i|f)(\d+)$/.exec(layout);
  switch (bits?.[1]) {
    case 'ids':
      return `dictionary, ${bits[2]}-bit ids`;
    case 'u':
      return `${bits[2]}-bit unsigned`;
    case 'i':
      return `${bits[2]}-bit integers`;
    case 'f':
      return `${bits[2]}-bit floats`;
    default:
      return layout;
  }
}

function parts(stored: Stored | undefined): string | undefined {
  if (stored === undefined) return undefined;
  const { valueBytes, dictionaryBytes, indexBytes } = stored;
  return `values ${formatBytes(valueBytes)}, dictionary ${formatBytes(dictionaryBytes)}, index ${formatBytes(indexBytes)}`;
}

async function analyze(dataSource: string, signal: AbortSignal): Promise<Columns> {
  const [merged] = await api<readonly { readonly columns: Columns }[]>('/druid/v2', {
    body: {
      queryType: 'segmentMetadata',
      dataSource,
      merge: true,
      lenientAggregatorMerge: true,
      analysisTypes: ['size', 'cardinality', 'minmax', 'encoding'],
    },
    signal,
  });
  return merged?.columns ?? {};
}
