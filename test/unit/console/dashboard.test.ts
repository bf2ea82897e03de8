import { describe, expect, test } from 'vitest';
import { dashboardText, moved, parseDashboard } from '../../../src/console/dashboards/dashboard.js';
import { starterFor } from '../../../src/console/dashboards/starters.js';
import { perSecondTile, topTile } from '../../../src/console/dashboards/tile.js';
import { previous, spanOf, stepOf, stepsFor, timeseries, topValues } from '../../../src/console/explore/queries.js';
import { narrowed, toggled, type View, viewOf, viewParams } from '../../../src/console/explore/view.js';

describe('dashboards', () => {
  test('what an address holds is the dashboard that was shared', () => {
    const columns = [{ name: 'a "b"', type: 'VARCHAR' }];
    const dashboard = starterFor('my "events"', columns);
    const params = new URLSearchParams({ d: dashboardText(dashboard) });
    const back = parseDashboard(new URLSearchParams(params.toString()).get('d')!);
    const plain = (tiles: typeof dashboard.tiles): unknown => tiles.map((tile) => ({ ...tile, id: '' }));
    expect(back?.name).toBe(dashboard.name);
    expect(plain(back!.tiles)).toEqual(plain(dashboard.tiles));
  });

  test('what is no dashboard is none, and a tile that is none is left out', () => {
    expect(parseDashboard('')).toBeUndefined();
    expect(parseDashboard('{"name":"x"}')).toBeUndefined();
    expect(
      parseDashboard('{"name":"x","tiles":[{"kind":"pie","sql":"SELECT 1"},null,{"kind":"bar","sql":"SELECT 1"}]}')
        ?.tiles,
    ).toEqual([{ id: 'tile-2', title: 'Untitled', kind: 'bar', sql: 'SELECT 1', periodMs: 1000, span: 2 }]);
  });

  test('a tile moves by one place and not over the ends', () => {
    const tiles = [perSecondTile('s', 1), topTile('s', 'a', 'A', 1)];
    expect(moved(tiles, 0, 1)).toEqual([tiles[1], tiles[0]]);
    expect(moved(tiles, 0, -1)).toEqual(tiles);
    expect(moved(tiles, 1, 1)).toEqual(tiles);
  });

  test('names of data sources and columns are quoted', () => {
    expect(topTile('my "s"', 'a"b', 'A', 1).sql).toMatch(/^SELECT "a""b", COUNT\(\*\) AS events\nFROM "my ""s"""/);
  });
});

describe('explore', () => {
  const view: View = {
    source: 's',
    splits: ['a', 'b'],
    measures: [{ kind: 'count' }, { kind: 'avg', column: 'n' }],
    filters: [],
    search: '',
    step: null,
    range: { lastMs: 3_600_000 },
    compares: false,
    chart: 'line',
  };

  test('an address brings the view back', () => {
    const params = new URLSearchParams(viewParams(view));
    expect(viewOf(new URLSearchParams(params.toString()))).toEqual(view);
    expect(viewOf(new URLSearchParams('view=nonsense'))).toEqual({});
  });

  test('the span ends with the newest event, and the period before ends where it begins', () => {
    const span = spanOf(view.range, 7_200_000);
    expect(span).toEqual({ fromMs: 3_600_001, toMs: 7_200_001 });
    expect(previous(span)).toEqual({ fromMs: 1, toMs: 3_600_001 });
    expect(stepOf(span, null)).toMatchObject({ ms: 60_000, period: 'PT1M' });
  });

  test('values of one column are alternatives, columns are conditions, and the excluded are none of them', () => {
    const filters = [
      { column: 'a', value: 'x', excluded: false },
      { column: 'a', value: null, excluded: false },
      { column: 'b', value: 'y', excluded: true },
    ];
    const query = timeseries({ ...view, filters }, { fromMs: 0, toMs: 1000 });
    expect((query as { filter: unknown }).filter).toEqual({
      type: 'and',
      fields: [
        {
          type: 'or',
          fields: [
            { type: 'equals', column: 'a', matchValueType: 'STRING', matchValue: 'x' },
            { type: 'null', column: 'a' },
          ],
        },
        { type: 'not', field: { type: 'equals', column: 'b', matchValueType: 'STRING', matchValue: 'y' } },
      ],
    });
  });

  test('a second click takes the filter away', () => {
    const filter = { column: 'a', value: 'x', excluded: false };
    expect(toggled(toggled([], filter), { ...filter, excluded: true })).toEqual([]);
  });

  test('a step that was chosen is kept while the span has room for it', () => {
    const hour = { fromMs: 0, toMs: 3_600_000 };
    expect(stepOf(hour, 'PT5M').period).toBe('PT5M');
    expect(stepOf({ fromMs: 0, toMs: 30 * 86_400_000 }, 'PT1S').period).toBe('PT6H');
    expect(stepsFor(3_600_000).map(({ period }) => period)).toEqual(['PT5S', 'PT15S', 'PT1M', 'PT5M', 'PT15M']);
  });

  test('values within others are of their rows only, whatever is filtered', () => {
    const filters = [
      { column: 'a', value: 'x', excluded: false },
      { column: 'a', value: 'y', excluded: false },
    ];
    const query = topValues({ ...view, filters, search: 'ignored below' }, { fromMs: 0, toMs: 1000 }, ['x']);
    const equals = (matchValue: string): object => ({
      type: 'equals',
      column: 'a',
      matchValueType: 'STRING',
      matchValue,
    });
    expect(query).toMatchObject({
      dimension: { dimension: 'b' },
      metric: 'm0',
      filter: { type: 'and', fields: [{ type: 'or', fields: [equals('x'), equals('y')] }, equals('x')] },
    });
    expect(topValues({ ...view, search: 'Ab' }, { fromMs: 0, toMs: 1000 })).toMatchObject({
      filter: { fields: [{ type: 'search', dimension: 'a', query: { type: 'insensitive_contains', value: 'Ab' } }] },
    });
  });

  test('a click on a value within others asks for all of them, and leaves what is there', () => {
    const [a, b] = ['a', 'b'].map((column) => ({ column, value: 'x', excluded: false }));
    expect(narrowed([a!], [a!, b!])).toEqual([a, b]);
    expect(narrowed([a!], [a!])).toEqual([]);
  });
});
