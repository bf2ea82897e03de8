import type { ReactNode } from 'react';
import type { Column } from '../shared/column.js';
import { Measures } from './measures.js';
import type { Span } from './queries.js';
import { DEFAULT_LAST_MS, LAST, type View } from './view.js';

interface ControlsProps {
  readonly sources: readonly string[];
  readonly columns: readonly Column[];
  readonly view: View;
  /** What is shown now: where a range of one's own begins. */
  readonly span: Span | undefined;
  readonly onChange: (change: Partial<View>) => void;
}

const CUSTOM = 'custom';

/** What is looked at: data source, time, measures. */
export function Controls({ sources, columns, view, span, onChange }: ControlsProps): ReactNode {
  const choose = (source: string): void =>
    onChange({ source, filters: [], measures: [], splits: [], search: '', step: null });
  return (
    <>
      <label className="field">
        Data source
        <select data-main-field value={view.source} onChange={(event) => choose(event.target.value)}>
          {sources.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      <TimeRange view={view} span={span} onChange={onChange} />
      <Measures columns={columns} measures={view.measures} onChange={(measures) => onChange({ measures })} />
      <label className="field">
        <input
          type="checkbox"
          checked={view.compares}
          onChange={(event) => onChange({ compares: event.target.checked })}
        />
        Compare with the period before
      </label>
    </>
  );
}

function TimeRange({ view, span, onChange }: Pick<ControlsProps, 'view' | 'span' | 'onChange'>): ReactNode {
  const { range } = view;
  const choose = (value: string): void => {
    if (value !== CUSTOM) return onChange({ range: { lastMs: Number(value) } });
    const toMs = span?.toMs ?? Date.now();
    onChange({ range: { fromMs: span?.fromMs ?? toMs - DEFAULT_LAST_MS, toMs } });
  };
  return (
    <>
      <label className="field">
        Time
        <select
          id="range"
          value={'lastMs' in range ? String(range.lastMs) : CUSTOM}
          onChange={(event) => choose(event.target.value)}
        >
          {Object.entries(LAST).map(([title, ms]) => (
            <option key={ms} value={ms}>
              {title}
            </option>
          ))}
          <option value={CUSTOM}>From … to … (UTC)</option>
        </select>
      </label>
      {!('lastMs' in range) && (
        <span className="field">
          <TimeInput
            label="From"
            ms={range.fromMs}
            onChange={(fromMs) => onChange({ range: { fromMs, toMs: Math.max(range.toMs, fromMs + 1000) } })}
          />
          –
          <TimeInput
            label="To"
            ms={range.toMs}
            onChange={(toMs) => onChange({ range: { fromMs: Math.min(range.fromMs, toMs - 1000), toMs } })}
          />
        </span>
      )}
    </>
  );
}

interface TimeInputProps {
  readonly label: string;
  readonly ms: number;
  readonly onChange: (ms: number) => void;
}

function TimeInput({ label, ms, onChange }: TimeInputProps): ReactNode {
  return (
    <input
      type="datetime-local"
      step={1}
      aria-label={`${label} (UTC)`}
      value={new Date(ms).toISOString().slice(0, 19)}
      onChange={(event) => {
        const chosen = Date.parse(`${event.target.value}Z`);
        // While it is being typed it is no time.
        if (!Number.isNaN(chosen)) onChange(chosen);
      }}
    />
  );
}
