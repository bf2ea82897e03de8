/** Data source and stream of the built-in demo. */
export const DEMO_DATA_SOURCE = 'wikipedia';

/** A supervisor spec as a user would submit it, over the embedded local log. */
export const DEMO_SUPERVISOR_SPEC = {
  type: 'local',
  spec: {
    dataSchema: {
      dataSource: DEMO_DATA_SOURCE,
      timestampSpec: { column: 'time', format: 'iso' },
      dimensionsSpec: {
        dimensions: [
          'channel',
          'page',
          'user',
          'namespace',
          'country',
          'city',
          'isRobot',
          'isNew',
          'tags',
          'comment',
          { type: 'long', name: 'added' },
          { type: 'long', name: 'deleted' },
          { type: 'long', name: 'delta' },
          { type: 'double', name: 'score' },
        ],
      },
      metricsSpec: [],
      granularitySpec: { type: 'uniform', segmentGranularity: 'HOUR', queryGranularity: 'NONE', rollup: false },
    },
    ioConfig: {
      type: 'local',
      stream: DEMO_DATA_SOURCE,
      inputFormat: { type: 'json' },
      useEarliestOffset: true,
      taskCount: 1,
      taskDuration: 'PT5M',
    },
    tuningConfig: { type: 'local' },
  },
} as const;
