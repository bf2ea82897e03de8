import { type ReactNode, useMemo } from 'react';
import { tileLines } from '../dashboards/tile-lines.js';
import { BarList } from '../shared/bar-list.js';
import { formatCell } from '../shared/format.js';
import { LineChart } from '../shared/line-chart.js';
import { EmptyState } from '../shared/notes.js';
import type { Answer } from './outcome.js';

const CHART_PX = 300;
const MOST_BARS = 50;

/** Lines over the column of times if there is one, else bars of the first number. */
export function ResultChart({ answer }: { readonly answer: Answer }): ReactNode {
  const { columns, rows } = answer;
  const lines = useMemo(
    () => tileLines(rows.map((row) => Object.fromEntries(columns.map(({ name }, i) => [name, row[i]])))),
    [columns, rows],
  );
  if (lines !== undefined && lines.times.length > 1) {
    return <LineChart label="Result as lines" heightPx={CHART_PX} {...lines} />;
  }
  const number = columns.findIndex((_, i) => rows.some((row) => typeof row[i] === 'number'));
  if (number < 0) {
    return (
      <EmptyState title="Nothing to draw">
        <p>A chart needs a column of numbers: an aggregate such as COUNT(*), by a time or a dimension.</p>
      </EmptyState>
    );
  }
  const name = (row: readonly unknown[], place: number): string => {
    const parts = row.filter((_, i) => i !== number && typeof row[i] !== 'number').map(formatCell);
    return parts.length === 0 ? `Row ${place + 1}` : parts.join(', ');
  };
  const bars = rows.slice(0, MOST_BARS).map((row, i) => ({ name: name(row, i), value: Number(row[number] ?? 0) }));
  return <BarList label={columns[number]!.name} bars={unique(bars)} />;
}

/** Equal names would be one bar. */
function unique<B extends { readonly name: string }>(bars: readonly B[]): readonly B[] {
  const seen = new Map<string, number>();
  return bars.map((bar) => {
    const times = (seen.get(bar.name) ?? 0) + 1;
    seen.set(bar.name, times);
    return times === 1 ? bar : { ...bar, name: `${bar.name} (${times})` };
  });
}
