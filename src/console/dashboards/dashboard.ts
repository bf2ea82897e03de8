import { TILE_KINDS, type Tile } from './tile.js';

/** Live tiles under a name. */
export interface Dashboard {
  readonly name: string;
  readonly tiles: readonly Tile[];
}

/** The whole definition as text, for an address; `parseDashboard` reads it. */
export function dashboardText(dashboard: Dashboard): string {
  return JSON.stringify(dashboard);
}

/** Undefined when the text is no dashboard. Members that are missing get their usual value. */
export function parseDashboard(text: string): Dashboard | undefined {
  try {
    const { name, tiles } = JSON.parse(text) as { readonly name?: unknown; readonly tiles?: unknown };
    if (typeof name !== 'string' || !Array.isArray(tiles)) return undefined;
    return { name, tiles: tiles.map(tileOf).filter((tile) => tile !== undefined) };
  } catch {
    return undefined;
  }
}

function tileOf(value: unknown, place: number): Tile | undefined {
  const { title, kind, sql, periodMs, span } = (value ?? {}) as Partial<Tile>;
  if (typeof sql !== 'string' || kind === undefined || !(kind in TILE_KINDS)) return undefined;
  return {
    id: `tile-${place}`,
    title: typeof title === 'string' ? title : 'Untitled',
    kind,
    sql,
    periodMs: typeof periodMs === 'number' ? Math.max(100, periodMs) : 1000,
    span: span === 1 || span === 3 || span === 4 ? span : 2,
  };
}

/** The tile changes its place with its neighbour. */
export function moved(tiles: readonly Tile[], at: number, by: -1 | 1): readonly Tile[] {
  const to = at + by;
  if (to < 0 || to >= tiles.length) return tiles;
  return tiles.with(at, tiles[to]!).with(to, tiles[at]!);
}
