import { type ReactNode, useMemo } from 'react';
import { perSecondTile, type Tile, topTile } from '../dashboards/tile.js';
import { TileView } from '../dashboards/tile-view.js';
import { useColumns } from '../shared/columns.js';

/** One data source as it moves: events per second, and the top values of its first dimensions. */
export function LiveSource({ source }: { readonly source: string }): ReactNode {
  const { data: columns } = useColumns(source);
  const tiles = useMemo((): readonly Tile[] => {
    const [first, second, third] = columns?.filter(({ type }) => type === 'VARCHAR').map(({ name }) => name) ?? [];
    const lists: Tile[] = [];
    if (third !== undefined) lists.push(topTile(source, third, `Top ${third}`, 1));
    for (const name of [first, second]) {
      if (name !== undefined) lists.push(topTile(source, name, `Top ${name}`, second === undefined ? 4 : 2));
    }
    return [perSecondTile(source, third === undefined ? 4 : 3), ...lists];
  }, [source, columns]);
  return (
    <section className="tiles" aria-label={`${source}, live`}>
      {tiles.map((tile) => (
        <TileView key={tile.id} tile={tile} />
      ))}
    </section>
  );
}
