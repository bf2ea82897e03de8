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
      descending: true,
      aggregations: [COUNT],
      context: { skipEmptyBuckets: true },
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
    title: 'Robots, minute by minute',
    demo: true,
    query: (dataSource) => ({
      queryType: 'timeseries',
      dataSource,
      intervals: lastHour(),
      granularity: 'minute',
      descending: true,
      aggregations: [
        COUNT,
        {
          type: 'filtered',
          filter: { type: 'equals', column: 'isRobot', matchValueType: 'STRING', matchValue: 'true' },
          aggregator: { type: 'count', name: 'by robots' },
        },
      ],
      postAggregations: [
        {
          type: 'arithmetic',
          name: 'share',
          fn: '/',
          fields: [
            { type: 'fieldAccess', fieldName: 'by robots' },
            { type: 'fieldAccess', fieldName: 'events' },
          ],
        },
      ],
      context: { skipEmptyBuckets: true },
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
  const minute = (hours: number): string => `${new Date(Date.now() + hours * 3_600_000).toISOString().slice(0, 16)}Z`;
  return `${minute(-1)}/${minute(1)}`;
}
