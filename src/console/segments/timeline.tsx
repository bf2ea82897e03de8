import type { ReactNode } from 'react';
import { arrowKeys } from '../shared/arrow-keys.js';
import { formatBytes, formatNumber, formatTime } from '../shared/format.js';
import type { Interval } from './segments.js';

interface TimelineProps {
  readonly intervals: readonly Interval[];
  readonly chosen: Interval | undefined;
  readonly onChoose: (interval: Interval) => void;
}

/** Less than this part of the width cannot be hit. */
const LEAST_WIDTH = 0.004;
/** More intervals than these are drawn without borders. */
const DENSE = 100;

/** Intervals on an axis of time, each as wide as its time and as high as its size. */
export function Timeline({ intervals, chosen, onChoose }: TimelineProps): ReactNode {
  const known = intervals.filter(
    ({ start, end }) => Number.isFinite(Date.parse(start)) && Number.isFinite(Date.parse(end)),
  );
  const from = Math.min(...known.map(({ start }) => Date.parse(start)));
  const to = Math.max(...known.map(({ end }) => Date.parse(end)));
  const largest = Math.max(...known.map(({ sizeBytes }) => sizeBytes), 1);
  if (known.length === 0) return null;
  return (
    <div className="timeline">
      <div
        className="blocks"
        role="group"
        aria-label="Intervals"
        data-dense={known.length > DENSE}
        onKeyDown={arrowKeys('button')}
      >
        {known.map((interval) => {
          const left = (Date.parse(interval.start) - from) / (to - from);
          const width = (Date.parse(interval.end) - Date.parse(interval.start)) / (to - from);
          return (
            <button
              key={interval.start + interval.end}
              type="button"
              // Hundreds would be in the way of the keyboard; the table below has them all.
              tabIndex={known.length > DENSE ? -1 : 0}
              aria-pressed={interval === chosen}
              aria-label={`${formatTime(interval.start)}, ${formatNumber(interval.rows)} rows`}
              title={`${formatTime(interval.start)} – ${formatTime(interval.end)}\n${interval.segments.length} segments, ${formatNumber(interval.rows)} rows, ${formatBytes(interval.sizeBytes)}`}
              style={{
                left: `${left * 100}%`,
                width: `${Math.max(width, LEAST_WIDTH) * 100}%`,
                height: `${Math.max(12, (interval.sizeBytes / largest) * 100)}%`,
              }}
              onClick={() => onChoose(interval)}
            />
          );
        })}
      </div>
      <p className="row faint small">
        <span>{formatTime(from)}</span>
        <span className="push-right">{formatTime(to)}</span>
      </p>
    </div>
  );
}
