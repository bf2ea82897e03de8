import { type ReactNode, useState } from 'react';
import { formatBytes, formatNumber, formatTime } from '../shared/format.js';
import type { Interval } from './segments.js';

interface IntervalTableProps {
  readonly intervals: readonly Interval[];
  readonly chosen: Interval | undefined;
  readonly onChoose: (interval: Interval) => void;
}

const SHOWN = 100;

/** Intervals with what is in them; the chosen one with its segments. */
export function IntervalTable({ intervals, chosen, onChoose }: IntervalTableProps): ReactNode {
  const [shown, setShown] = useState(SHOWN);
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label="Table of intervals">
      <table className="plain intervals">
        <thead>
          <tr>
            <th scope="col">Interval</th>
            {['Segments', 'Rows', 'Size', 'Replicas'].map((title) => (
              <th key={title} scope="col" className="number">
                {title}
              </th>
            ))}
            <th scope="col">Version</th>
          </tr>
        </thead>
        {intervals.slice(0, shown).map((interval) => (
          <IntervalRows
            key={interval.start + interval.end}
            interval={interval}
            open={interval === chosen}
            onToggle={() => onChoose(interval)}
          />
        ))}
      </table>
      {intervals.length > shown && (
        <button type="button" onClick={() => setShown(shown + SHOWN)}>
          Show more of {formatNumber(intervals.length)}
        </button>
      )}
    </div>
  );
}

interface IntervalRowsProps {
  readonly interval: Interval;
  readonly open: boolean;
  readonly onToggle: () => void;
}

function IntervalRows({ interval, open, onToggle }: IntervalRowsProps): ReactNode {
  const { start, end, segments, rows, sizeBytes, versions, replicas } = interval;
  return (
    <tbody>
      <tr>
        <td>
          <button type="button" className="quiet" aria-expanded={open} onClick={onToggle}>
            {open ? '▾' : '▸'} {formatTime(start)} – {formatTime(end)}
          </button>
        </td>
        <td className="number">{formatNumber(segments.length)}</td>
        <td className="number">{formatNumber(rows)}</td>
        <td className="number">{formatBytes(sizeBytes)}</td>
        <td className="number">{replicas}</td>
        <td className="small">{versions.join(', ')}</td>
      </tr>
      {open &&
        segments.map((segment) => (
          <tr key={segment.segment_id} className="segment">
            <td className="small">
              partition {segment.partition_num}
              {segment.is_realtime === 1 && ', being filled'}
            </td>
            <td className="number">1</td>
            <td className="number">{formatNumber(segment.num_rows)}</td>
            <td className="number">{formatBytes(segment.size)}</td>
            <td className="number">{segment.num_replicas}</td>
            <td className="small">{segment.version}</td>
          </tr>
        ))}
    </tbody>
  );
}
