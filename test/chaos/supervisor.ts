/** A supervisor of the chaos tests: many small sequences, plain rows. */
export function supervisorSpec(
  source:
    | { readonly type: 'local' }
    | {
        readonly type: 'kafka';
        readonly topic: string;
        readonly brokers: readonly string[];
        readonly taskCount: number;
      },
): object {
  const { type } = source;
  const stream =
    type === 'local'
      ? { stream: 'edits' }
      : {
          topic: source.topic,
          taskCount: source.taskCount,
          consumerProperties: { 'bootstrap.servers': source.brokers.join(',') },
        };
  return {
    type,
    spec: {
      dataSchema: {
        dataSource: 'edits',
        timestampSpec: { column: 'time', format: 'iso' },
        dimensionsSpec: { dimensions: ['page', { type: 'long', name: 'added' }] },
        granularitySpec: { segmentGranularity: 'HOUR', queryGranularity: 'NONE', rollup: false },
      },
      ioConfig: {
        type,
        ...stream,
        inputFormat: { type: 'json' },
        useEarliestOffset: true,
        taskDuration: 'PT1S',
      },
      tuningConfig: { type },
    },
  };
}
