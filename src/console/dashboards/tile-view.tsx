import './tile.css';
import type { ReactNode } from 'react';
import { type Bar, BarList } from '../shared/bar-list.js';
import { formatCell, formatTotal } from '../shared/format.js';
import { LineChart } from '../shared/line-chart.js';
import { useConnection, useLive } from '../shared/live.js';
import { PlainTable } from '../shared/plain-table.js';
import type { Tile } from './tile.js';
import { completeLines, type Row, tileLines } from './tile-lines.js';

const CHART_PX = 190;

/** A tile: its title and its query's answer, which changes by itself. */
export function TileView({ tile, actions }: { readonly tile: Tile; readonly actions?: ReactNode }): ReactNode {
  const { answer, problem } = useLive<Row>({ sql: tile.sql, periodMs: tile.periodMs });
  const stale = useConnection() === 'lost';
  return (
    <article className="panel tile" data-span={tile.span} data-tile={tile.id} data-stale={stale ? true : undefined}>
      <div className="panel-head">
        <h2>{tile.title}</h2>
        {actions}
      </div>
      {problem !== undefined && <p className="error-note small">{problem}</p>}
      {answer === undefined ? (
        problem === undefined && <p className="faint small">Waiting for the first answer…</p>
      ) : (
        <TileBody tile={tile} rows={answer.result} evaluatedAtMs={Date.parse(answer.state.evaluatedAt)} />
      )}
    </article>
  );
}

interface BodyProps {
  readonly tile: Tile;
  readonly rows: readonly Row[];
  readonly evaluatedAtMs: number;
}

function TileBody({ tile, rows, evaluatedAtMs }: BodyProps): ReactNode {
  switch (tile.kind) {
    case 'number':
      return <p className="tile-number">{formatTotal(firstNumber(rows[0]) ?? 0)}</p>;
    case 'bar':
      return rows.length === 0 ? <NoRows /> : <BarList label={tile.title} bars={rows.map(barOf)} />;
    case 'line': {
      const lines = tileLines(rows);
      if (lines === undefined) return <p className="faint small">A line needs a column of times and one of numbers.</p>;
      if (lines.times.length === 0) return <NoRows />;
      return <LineChart label={tile.title} heightPx={CHART_PX} {...completeLines(lines, evaluatedAtMs)} />;
    }
    case 'table':
      return rows.length === 0 ? <NoRows /> : <PlainTable rows={rows} label={tile.title} />;
  }
}

function NoRows(): ReactNode {
  return <p className="faint small">No rows now.</p>;
}

function firstNumber(row: Row | undefined): number | undefined {
  return Object.values(row ?? {}).find((value) => typeof value === 'number');
}

function barOf(row: Row): Bar {
  const name = Object.values(row).find((value) => typeof value !== 'number');
  return { name: formatCell(name), value: firstNumber(row) ?? 0 };
}
