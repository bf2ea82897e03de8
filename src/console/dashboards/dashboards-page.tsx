import './dashboards.css';
import { type ReactNode, useMemo, useState } from 'react';
import { useSchema } from '../shared/columns.js';
import { useDataSources } from '../shared/data-sources.js';
import { FirstData } from '../shared/first-data.js';
import { EmptyState, ErrorNote } from '../shared/notes.js';
import { hashOf, navigate, useRoute } from '../shared/route.js';
import { type Dashboard, dashboardText, moved, parseDashboard } from './dashboard.js';
import { DashboardBar } from './dashboard-bar.js';
import { DEMO, starterFor } from './starters.js';
import { perSecondTile, type Tile } from './tile.js';
import { TileActions } from './tile-actions.js';
import { TileForm } from './tile-form.js';
import { TileView } from './tile-view.js';
import { useDashboards } from './use-dashboards.js';

/** Live tiles: those of the address, else those that are saved here, else a dashboard made for the first data source. */
export default function DashboardsPage(): ReactNode {
  const { params } = useRoute();
  const schema = useSchema();
  const { dashboards, save, remove } = useDashboards();
  const [editing, setEditing] = useState(false);
  const [open, setOpen] = useState<Tile | undefined>(undefined);
  const shared = useMemo(() => parseDashboard(params.get('d') ?? ''), [params]);
  const all = useMemo(() => {
    const starters = Object.entries(schema)
      .toSorted(([a], [b]) => Number(b === DEMO) - Number(a === DEMO))
      .map(([source, columns]) => starterFor(source, columns));
    return [...dashboards, ...starters.filter(({ name }) => dashboards.every((one) => one.name !== name))];
  }, [schema, dashboards]);
  const shown = shared ?? all.find(({ name }) => name === params.get('name')) ?? all[0];
  const show = (name: string): void => navigate('dashboards', { name });
  const change = (dashboard: Dashboard): void => {
    save(dashboard);
    show(dashboard.name);
  };
  if (shown === undefined) return <NoDashboard />;
  const setTiles = (tiles: readonly Tile[]): void => change({ ...shown, tiles });
  return (
    <div className="page">
      <DashboardBar
        names={all.map(({ name }) => name)}
        shown={shown}
        isShared={shared !== undefined}
        isSaved={dashboards.some(({ name }) => name === shown.name)}
        editing={editing}
        onEdit={setEditing}
        onShow={show}
        onSave={change}
        onAdd={() => setOpen({ ...perSecondTile(Object.keys(schema)[0] ?? '', 2), id: `tile-${Date.now()}` })}
        onRemove={() => {
          remove(shown.name);
          navigate('dashboards');
        }}
        address={() => `${location.origin}/${hashOf('dashboards', { d: dashboardText(shown) })}`}
      />
      <section className="tiles" aria-label={shown.name}>
        {shown.tiles.map((tile, at) => (
          <TileView
            key={tile.id}
            tile={tile}
            actions={
              editing && (
                <TileActions
                  title={tile.title}
                  onEdit={() => setOpen(tile)}
                  onMove={(by) => setTiles(moved(shown.tiles, at, by))}
                  onRemove={() => setTiles(shown.tiles.toSpliced(at, 1))}
                />
              )
            }
          />
        ))}
      </section>
      {open !== undefined && (
        <TileForm
          tile={open}
          onClose={() => setOpen(undefined)}
          onSave={(tile) => setTiles(withTile(shown.tiles, tile))}
        />
      )}
    </div>
  );
}

function withTile(tiles: readonly Tile[], tile: Tile): readonly Tile[] {
  const at = tiles.findIndex(({ id }) => id === tile.id);
  return at < 0 ? [...tiles, tile] : tiles.with(at, tile);
}

function NoDashboard(): ReactNode {
  const { data: sources, error } = useDataSources();
  return (
    <div className="page">
      <h1>Dashboards</h1>
      <ErrorNote error={error} />
      {sources !== undefined && (
        <section className="panel">
          <EmptyState title="No dashboards yet">
            <p>
              A dashboard shows live answers: lines, bars, numbers, tables. One is made for each data source as soon as
              there is data.
            </p>
            <FirstData />
          </EmptyState>
        </section>
      )}
    </div>
  );
}
