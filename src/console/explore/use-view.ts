import { useCallback, useMemo } from 'react';
import type { Column } from '../shared/column.js';
import { replaceParams, useRoute } from '../shared/route.js';
import { DEFAULT_LAST_MS, type View, viewOf, viewParams } from './view.js';

type Change = (change: Partial<View>) => void;

/** The view of the address, completed for the data source; undefined while there is none, or its columns are not known. */
export function useView(
  sources: readonly string[] | undefined,
  columns: (source: string) => readonly Column[] | undefined,
): readonly [view: View | undefined, change: Change] {
  const { params } = useRoute();
  const said = useMemo(() => viewOf(params), [params]);
  const source = said.source ?? sources?.[0];
  const dimensions = source === undefined ? undefined : columns(source);
  const view = useMemo((): View | undefined => {
    if (source === undefined || dimensions === undefined) return undefined;
    const first = dimensions.find((column) => column.type === 'VARCHAR')?.name ?? '__time';
    return {
      source,
      splits: said.splits?.[0] === undefined ? [first] : said.splits,
      measures: said.measures?.[0] === undefined ? [{ kind: 'count' }] : said.measures,
      filters: said.filters ?? [],
      search: said.search ?? '',
      range: said.range ?? { lastMs: DEFAULT_LAST_MS },
      step: said.step ?? null,
      compares: said.compares ?? false,
      chart: said.chart ?? 'line',
    };
  }, [said, source, dimensions]);
  const change = useCallback(
    (part: Partial<View>) => {
      if (view !== undefined) replaceParams('explore', viewParams({ ...view, ...part }));
      else if (part.source !== undefined) replaceParams('explore', { view: JSON.stringify(part) });
    },
    [view],
  );
  return [view, change];
}
