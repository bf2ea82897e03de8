import { type ReactNode, useState } from 'react';
import { arrowKeys } from '../shared/arrow-keys.js';
import { formatBytes, formatNumber } from '../shared/format.js';
import type { SourceSummary } from './segments.js';

interface SourceListProps {
  readonly all: readonly SourceSummary[];
  readonly chosen: string | undefined;
  readonly onChoose: (name: string) => void;
}

/** More data sources than these are looked for by name. */
const MANY = 12;

/** Data sources with what they have stored; one is looked at. */
export function SourceList({ all, chosen, onChoose }: SourceListProps): ReactNode {
  const [wanted, setWanted] = useState('');
  const listed = all.filter(({ name }) => name.toLowerCase().includes(wanted.toLowerCase()));
  return (
    <>
      {all.length > MANY && (
        <input
          type="search"
          className="find-source"
          aria-label="Find a data source"
          placeholder={`Find one of ${formatNumber(all.length)} data sources`}
          value={wanted}
          onChange={(event) => setWanted(event.target.value)}
        />
      )}
      <div className="sources" role="group" aria-label="Data sources" onKeyDown={arrowKeys('button')}>
        {listed.map((summary) => (
          <button
            key={summary.name}
            type="button"
            className="panel source"
            aria-pressed={summary.name === chosen}
            onClick={() => onChoose(summary.name)}
          >
            <strong>{summary.name}</strong>
            <span className="faint small">{extent(summary)}</span>
          </button>
        ))}
      </div>
    </>
  );
}

function extent({ segments, rows, sizeBytes }: SourceSummary): string {
  if (segments === 0) return 'nothing published yet';
  const counts = [counted(segments, 'segment'), counted(rows, 'row')];
  return [...counts, formatBytes(sizeBytes)].join(' · ');
}

function counted(n: number, what: string): string {
  return `${formatNumber(n)} ${what}${n === 1 ? '' : 's'}`;
}
