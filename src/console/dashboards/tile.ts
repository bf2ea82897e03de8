/** How a tile shows its answer. */
export type TileKind = 'line' | 'bar' | 'number' | 'table';

/** One live query on a dashboard. */
export interface Tile {
  readonly id: string;
  readonly title: string;
  readonly kind: TileKind;
  /** A statement that aggregates; `CURRENT_TIMESTAMP` is the time of each evaluation. */
  readonly sql: string;
  readonly periodMs: number;
  /** Columns of the four that it takes. */
  readonly span: 1 | 2 | 3 | 4;
}

/** A name as SQL writes it. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Any data source, second by second over the last minute. */
export function perSecondTile(source: string, span: 1 | 2 | 3 | 4): Tile {
  return {
    id: 'per-second',
    title: 'Events per second, last minute',
    kind: 'line',
    periodMs: 500,
    span,
    sql: `SELECT TIME_FLOOR(__time, 'PT1S') AS "second", COUNT(*) AS events
FROM ${quoted(source)}
WHERE __time > CURRENT_TIMESTAMP - INTERVAL '60' SECOND
GROUP BY 1 ORDER BY 1`,
  };
}

/** Greatest values of a dimension by events over the last five minutes. */
export function topTile(source: string, dimension: string, title: string, span: 1 | 2 | 3 | 4): Tile {
  return {
    id: `top-${dimension}`,
    title: `${title}, last 5 min`,
    kind: 'bar',
    periodMs: 1000,
    span,
    sql: `SELECT ${quoted(dimension)}, COUNT(*) AS events
FROM ${quoted(source)}
WHERE __time > CURRENT_TIMESTAMP - INTERVAL '5' MINUTE
GROUP BY 1 ORDER BY 2 DESC LIMIT 8`,
  };
}

export const TILE_KINDS: Readonly<Record<TileKind, string>> = {
  line: 'Line',
  bar: 'Bars',
  number: 'Number',
  table: 'Table',
};

/** One number over the last five minutes. */
export function numberTile(source: string, id: string, title: string, expression: string): Tile {
  return {
    id: `number-${id}`,
    title: `${title}, last 5 min`,
    kind: 'number',
    periodMs: 500,
    span: 1,
    sql: `SELECT ${expression} AS "value"
FROM ${quoted(source)}
WHERE __time > CURRENT_TIMESTAMP - INTERVAL '5' MINUTE`,
  };
}
