import type { ReactNode } from 'react';
import { formatMs, formatTotal } from '../shared/format.js';
import { LineChart } from '../shared/line-chart.js';
import { Tabs } from '../shared/tabs.js';
import { Change } from './change.js';
import { stepsFor } from './queries.js';
import type { Explored } from './use-explored.js';
import { measureTitle, type View } from './view.js';

const ONE_PX = 300;
const EACH_OF_SEVERAL_PX = 170;

interface ChartsProps {
  readonly view: View;
  readonly explored: Explored | undefined;
  readonly onChange: (change: Partial<View>) => void;
}

/** A chart over time for each measure, one below the other. */
export function Charts({ view, explored, onChange }: ChartsProps): ReactNode {
  const zoom = (from: number, to: number): void =>
    onChange({ range: { fromMs: Math.floor(from * 1000), toMs: Math.ceil(to * 1000) } });
  const measures = (explored?.view ?? view).measures;
  return (
    <section className="panel charts" aria-label="Over time">
      <div className="chart-controls">
        <span className="faint small" role="status">
          {explored !== undefined && `${formatMs(explored.tookMs)} · draw over a chart to zoom`}
        </span>
        <span className="push-right row">
          <StepChoice view={view} explored={explored} onChange={onChange} />
          <Tabs
            label="Chart"
            names={{ line: 'Lines', bar: 'Bars' }}
            chosen={view.chart}
            onChoose={(chart) => onChange({ chart })}
          />
        </span>
      </div>
      {measures.map((measure, i) => {
        const title = measureTitle(measure);
        const value = explored?.totals[i] ?? null;
        const before = explored?.totalsBefore?.[i];
        const lines = explored?.charts[i] ?? [];
        return (
          <div key={title} className="chart">
            <div className="panel-head">
              <h2>{title}</h2>
              {explored !== undefined && (
                <strong id={i === 0 ? 'explore-total' : undefined}>{value === null ? '–' : formatTotal(value)}</strong>
              )}
              {before != null && <Change value={value} before={before} />}
            </div>
            {explored === undefined ? (
              <div style={{ height: ONE_PX }} />
            ) : (
              <LineChart
                label={`${title} over time`}
                heightPx={measures.length === 1 ? ONE_PX : EACH_OF_SEVERAL_PX}
                times={explored.times}
                lines={view.chart === 'bar' ? lines.slice(0, explored.view.compares ? 2 : 1) : lines}
                bars={view.chart === 'bar'}
                onSelect={zoom}
              />
            )}
          </div>
        );
      })}
    </section>
  );
}

/** How much time a point of the charts stands for. */
function StepChoice({ view, explored, onChange }: ChartsProps): ReactNode {
  const { range } = view;
  const steps = stepsFor('lastMs' in range ? range.lastMs : range.toMs - range.fromMs);
  const chosen = steps.some(({ period }) => period === view.step) ? view.step! : '';
  return (
    <label className="field">
      Step
      <select
        id="step"
        value={chosen}
        disabled={explored === undefined}
        onChange={(event) => onChange({ step: event.target.value === '' ? null : event.target.value })}
      >
        <option value="">automatic</option>
        {steps.map(({ period, title }) => (
          <option key={period} value={period}>
            {title}
          </option>
        ))}
      </select>
    </label>
  );
}
