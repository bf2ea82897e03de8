/** Queries to start from; `demo` ones read columns that only the demo stream has. */
export interface ExampleQuery {
  readonly title: string;
  readonly demo: boolean;
  readonly query: (dataSource: string) => object;
}

const COUNT = { type: 'count', name: 'events' };

export const EXAMPLES: readonly ExampleQuery[] = [
  {
    title: 'Events per minute',
    demo: false,
    query: (dataSource) => ({
      queryType: 'timeseries',
      dataSource,
      intervals: lastHour(),
      granularity: 'minute',
      aggregations: [COUNT],
    }),
  },
  {
    title: 'Newest rows',
    demo: false,
    query: (dataSource) => ({ queryType: 'scan', dataSource, intervals: lastHour(), order: 'descending', limit: 20 }),
  },
  {
    title: 'Countries by bytes added',
    demo: true,
    query: (dataSource) => ({
      queryType: 'groupBy',
      dataSource,
      intervals: lastHour(),
      granularity: 'all',
      dimensions: ['country'],
      filter: { type: 'not', field: { type: 'null', column: 'country' } },
      aggregations: [COUNT, { type: 'longSum', name: 'added', fieldName: 'added' }],
      postAggregations: [
        {
          type: 'arithmetic',
          name: 'added per event',
          fn: '/',
          fields: [
            { type: 'fieldAccess', fieldName: 'added' },
            { type: 'fieldAccess', fieldName: 'events' },
          ],
        },
      ],
      limitSpec: {
        type: 'default',
        limit: 10,
        columns: [{ dimension: 'added', direction: 'descending', dimensionOrder: 'numeric' }],
      },
    }),
  },
  {
    title: 'Tags (multi-value)',
    demo: true,
    query: (dataSource) => ({
      queryType: 'topN',
      dataSource,
      intervals: lastHour(),
      granularity: 'all',
      dimension: 'tags',
      metric: 'events',
      threshold: 10,
      aggregations: [COUNT],
    }),
  },
];

/** From an hour ago to an hour ahead, so that the query stays useful while it is edited. */
function lastHour(): string {
  const nowMs = Math.floor(Date.now() / 60_000) * 60_000;
  return `${new Date(nowMs - 3_600_000).toISOString()}/${new Date(nowMs + 3_600_000).toISOString()}`;
}
