import 'uplot/dist/uPlot.min.css';
import './line-chart.css';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import uPlot from 'uplot';
import { formatNumber, formatShort } from './format.js';
import { useTheme } from './theme.js';

export interface Line {
  readonly label: string;
  readonly values: readonly (number | null)[];
  /** Drawn thinner and dashed: something to compare with. */
  readonly compared?: boolean;
}

interface LineChartProps {
  readonly label: string;
  /** Seconds since 1970, ascending. */
  readonly times: readonly number[];
  readonly lines: readonly Line[];
  readonly heightPx: number;
  readonly bars?: boolean;
  /** The reader drew over a range of time; seconds. */
  readonly onSelect?: (fromSeconds: number, toSeconds: number) => void;
}

/** Values over time. The pointer reads them; drawing over a range selects it. */
export function LineChart({ label, times, lines, heightPx, bars = false, onSelect }: LineChartProps): ReactNode {
  const holder = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const select = useRef(onSelect);
  select.current = onSelect;
  const [at, setAt] = useState<number | undefined>(undefined);
  const { shown } = useTheme();
  const data = [times, ...lines.map((line) => line.values)] as uPlot.AlignedData;
  const newest = useRef(data);
  newest.current = data;
  const shape = JSON.stringify([lines.map(({ label: name, compared }) => [name, compared]), bars, shown, heightPx]);
  useEffect(() => {
    const element = holder.current!;
    const made = new uPlot(
      options({ lines, bars, heightPx, widthPx: element.clientWidth, onPoint: setAt, onSelect: select }),
      newest.current,
      element,
    );
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: heightPx }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
    };
    // Everything that changes how it is drawn is in `shape`.
  }, [shape]);
  useEffect(() => plot.current?.setData(newest.current), [times, lines]);
  return (
    <div className="line-chart" role="group" aria-label={label}>
      <div ref={holder} className="plot" style={{ height: heightPx }} />
      <p className="keys">
        <span className="time">{at === undefined || times[at] === undefined ? '' : readTime(times[at])}</span>
        {lines.map((line, i) => (
          <span
            key={line.label}
            title={line.label}
            className="key"
            style={{ color: colour(i) }}
            data-compared={line.compared}
          >
            <span className="name">{line.label}</span>
            <span className="value">{valueText(line.values[at ?? line.values.length - 1])}</span>
          </span>
        ))}
      </p>
    </div>
  );
}

function valueText(value: number | null | undefined): string {
  return value == null ? '–' : formatNumber(value);
}

function readTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ');
}

function colour(i: number): string {
  return `var(--series-${(i % 6) + 1})`;
}

interface Drawing {
  readonly lines: readonly Line[];
  readonly bars: boolean;
  readonly heightPx: number;
  readonly widthPx: number;
  readonly onPoint: (at: number | undefined) => void;
  readonly onSelect: { readonly current: ((fromSeconds: number, toSeconds: number) => void) | undefined };
}

function options({ lines, bars, heightPx, widthPx, onPoint, onSelect }: Drawing): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const token = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  const axis = { stroke: token('faint'), font: `11px ${token('sans')}`, ticks: { show: false } };
  const grid = { stroke: token('line'), width: 1 };
  return {
    width: widthPx,
    height: heightPx,
    padding: [8, 18, 0, 0],
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC'),
    legend: { show: false },
    cursor: { y: false, drag: { x: onSelect.current !== undefined, y: false, setScale: false }, points: { size: 7 } },
    scales: { y: { range: (_, least, most) => [Math.min(0, least ?? 0), niceTop(most)] } },
    axes: [
      { ...axis, grid: { show: false }, size: 26, gap: 4, space: 64, values: (_, splits) => timeLabels(splits) },
      { ...axis, grid, size: 46, gap: 4, values: (_, splits) => splits.map(formatShort) },
    ],
    series: [
      {},
      ...lines.map((line, i) => ({
        stroke: token(`series-${(i % 6) + 1}`),
        width: line.compared ? 1 : 1.75,
        ...(line.compared && { dash: [4, 4] }),
        ...(lines.length === 1 && { fill: `${token('series-1')}22` }),
        ...(bars &&
          !line.compared && {
            paths: uPlot.paths.bars!({ size: [0.8, 60] }),
            fill: `${token(`series-${(i % 6) + 1}`)}99`,
          }),
        points: {
          show: !bars,
          size: 5,
          filter: (u: uPlot, series: number) => lonely(u.data[series]!, lines.length > 1),
        },
        // One of several may have no rows in a bucket; where a single one has none, nothing is drawn.
        spanGaps: lines.length > 1,
      })),
    ],
    hooks: {
      setCursor: [(u) => onPoint(u.cursor.idx ?? undefined)],
      setSelect: [
        (u) => {
          if (u.select.width < 4) return;
          onSelect.current?.(u.posToVal(u.select.left, 'x'), u.posToVal(u.select.left + u.select.width, 'x'));
          u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        },
      ],
    },
  };
}

/** Places of values that no line leads to. */
function lonely(values: uPlot.AlignedData[number], spansGaps: boolean): number[] {
  const known: number[] = [];
  for (let i = 0; i < values.length; i++) if (values[i] != null) known.push(i);
  if (spansGaps) return known.length === 1 ? known : [];
  return known.filter((i) => values[i - 1] == null && values[i + 1] == null);
}

function niceTop(most: number | null): number {
  return most == null || most <= 0 ? 1 : most * 1.12;
}

/** As fine as the distance of the marks: days, minutes or seconds; UTC. */
function timeLabels(splits: readonly number[]): string[] {
  const step = (splits[1] ?? 0) - (splits[0] ?? 0);
  return splits.map((seconds) => {
    const iso = new Date(seconds * 1000).toISOString();
    if (step >= 86_400) return iso.slice(0, 10);
    if (seconds % 86_400 === 0) return iso.slice(5, 10);
    return step >= 60 ? iso.slice(11, 16) : iso.slice(11, 19);
  });
}
