/** The spec of the simulated stream: sequences close every few seconds. */
export function supervisorSpec(parts: { readonly taskCount: number; readonly rollup: boolean }): object {
  const dimensions = parts.rollup ? ['page'] : ['page', { type: 'long', name: 'added' }];
  const metricsSpec = [
    { type: 'count', name: 'rows' },
    { type: 'longSum', name: 'added', fieldName: 'added' },
  ];
  return {
    type: 'kafka',
    spec: {
      dataSchema: {
        dataSource: 'events',
        timestampSpec: { column: 'time', format: 'millis' },
        dimensionsSpec: { dimensions },
        metricsSpec: parts.rollup ? metricsSpec : [],
        granularitySpec: {
          segmentGranularity: 'HOUR',
          queryGranularity: parts.rollup ? 'MINUTE' : 'NONE',
          rollup: parts.rollup,
        },
      },
      ioConfig: {
        topic: 'events',
        inputFormat: { type: 'json' },
        consumerProperties: { 'bootstrap.servers': 'simulated:1' },
        useEarliestOffset: true,
        taskCount: parts.taskCount,
        taskDuration: 'PT1H',
      },
      tuningConfig: {
        type: 'kafka',
        maxBytesInMemory: 8_388_608,
        intermediateHandoffPeriod: 'PT5S',
        handoffConditionTimeout: 20_000,
      },
    },
  };
}
