import type { ReactNode } from 'react';
import type { Column } from '../shared/column.js';
import { formatTime } from '../shared/format.js';
import { Tabs } from '../shared/tabs.js';
import { LAST, type Measure, measureTitle, type View } from './view.js';

interface ControlsProps {
  readonly sources: readonly string[];
  readonly columns: readonly Column[];
  readonly view: View;
  readonly onChange: (change: Partial<View>) => void;
}

const NUMBER = /^(BIGINT|DOUBLE|FLOAT)$/;
const CUSTOM = 'custom';

/** What is looked at: data source, time, measure, and how. */
export function Controls({ sources, columns, view, onChange }: ControlsProps): ReactNode {
  const measures = measuresOf(columns);
  const range = 'lastMs' in view.range ? String(view.range.lastMs) : CUSTOM;
  return (
    <>
      <label className="field">
        Data source
        <select
          data-main-field
          value={view.source}
          onChange={(event) =>
            onChange({ source: event.target.value, filters: [], measure: { kind: 'count' }, split: '' })
          }
        >
          {sources.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      <label className="field">
        Time
        <select value={range} onChange={(event) => onChange({ range: { lastMs: Number(event.target.value) } })}>
          {Object.entries(LAST).map(([title, ms]) => (
            <option key={ms} value={ms}>
              {title}
            </option>
          ))}
          {!('lastMs' in view.range) && (
            <option value={CUSTOM}>{`${formatTime(view.range.fromMs)} – ${formatTime(view.range.toMs)}`}</option>
          )}
        </select>
      </label>
      <label className="field">
        Measure
        <select
          id="measure"
          value={measureTitle(view.measure)}
          onChange={(event) => onChange({ measure: measures.find((one) => measureTitle(one) === event.target.value)! })}
        >
          {measures.map((measure) => (
            <option key={measureTitle(measure)}>{measureTitle(measure)}</option>
          ))}
        </select>
      </label>
      <label className="field">
        <input
          type="checkbox"
          checked={view.compares}
          onChange={(event) => onChange({ compares: event.target.checked })}
        />
        Compare with the period before
      </label>
      <span className="push-right">
        <Tabs
          label="Chart"
          names={{ line: 'Lines', bar: 'Bars' }}
          chosen={view.chart}
          onChoose={(chart) => onChange({ chart })}
        />
      </span>
    </>
  );
}

function measuresOf(columns: readonly Column[]): readonly Measure[] {
  return [
    { kind: 'count' },
    ...columns.flatMap(({ name: column, type }): readonly Measure[] => {
      if (type === 'VARCHAR') return [{ kind: 'distinct', column }];
      if (!NUMBER.test(type)) return [];
      return (['sum', 'avg', 'min', 'max'] as const).map((kind) => ({ kind, column }));
    }),
  ];
}
