import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { taskCountOf } from '../../../../src/metadata/stream-state.js';
import { parseBatchSpec } from '../../../../src/indexing/spec/batch-spec.js';
import {
  parseSupervisorSpec,
  supervisorSpecJson,
  withSuspended,
} from '../../../../src/indexing/spec/supervisor-spec.js';

const conformance = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../../conformance/specs/${name}.json`, import.meta.url), 'utf8'));

const DATA_SCHEMA = {
  dataSource: 'golden_kafka',
  timestampSpec: { column: 'ts', format: 'iso' },
  dimensionsSpec: { dimensions: ['a', 'b'] },
  metricsSpec: [{ type: 'count', name: 'count' }],
  granularitySpec: { type: 'uniform', segmentGranularity: 'HOUR', queryGranularity: 'NONE', rollup: false },
};
const IO_CONFIG = {
  topic: 'golden',
  inputFormat: { type: 'json' },
  consumerProperties: { 'bootstrap.servers': '127.0.0.1:1' },
  taskCount: 1,
  replicas: 1,
  taskDuration: 'PT1H',
  useEarliestOffset: true,
};

function kafka(dataSchema: object = {}, ioConfig: object = {}, tuningConfig: object = {}) {
  return {
    type: 'kafka',
    suspended: true,
    spec: {
      dataSchema: { ...DATA_SCHEMA, ...dataSchema },
      ioConfig: { ...IO_CONFIG, ...ioConfig },
      tuningConfig: { type: 'kafka', maxRowsPerSegment: 5_000_000, ...tuningConfig },
    },
  };
}

function batch(dataSchema: object = {}, ioConfig: object = {}, tuningConfig: object = {}) {
  return {
    type: 'index_parallel',
    spec: {
      dataSchema: { ...DATA_SCHEMA, ...dataSchema },
      ioConfig: {
        type: 'index_parallel',
        inputSource: { type: 'inline', data: '{}' },
        inputFormat: { type: 'json' },
        ...ioConfig,
      },
      tuningConfig: { type: 'index_parallel', ...tuningConfig },
    },
  };
}

describe('conformance specs', () => {
  it.each(['wikipedia', 'wikipedia_rollup', 'mvd', 'lineitem'])('%s is accepted as it is', (name) => {
    const json = conformance(name);
    const spec = parseBatchSpec(json);
    expect(spec.dataSchema.dataSource).toBe(name);
    expect(spec.source).toBe(json);
    expect(structuredClone(spec)).toEqual(spec);
  });

  it('lineitem is read with all of its settings', () => {
    const spec = parseBatchSpec(conformance('lineitem'));
    expect(spec.inputSource).toEqual({ type: 'local', files: ['data/lineitem.tbl'], systemFields: [] });
    expect(spec.inputFormat).toMatchObject({ type: 'tsv', delimiter: '|', findColumnsFromHeader: false });
    expect(spec.tuningConfig).toMatchObject({
      maxRowsInMemory: 500_000,
      maxRowsPerSegment: 5_000_000,
      maxTotalRows: 20_000_000,
    });
    expect(spec.dataSchema.granularitySpec.segmentGranularity).toMatchObject({ type: 'period', period: 'P1Y' });
    expect(spec.dataSchema.metricsSpec.length).toBe(4);
  });
});

describe('supervisor spec', () => {
  it('is printed as Druid 33 prints it, with every default', () => {
    // Of shared/conformance/cases/supervisor/05-spec.
    const dataSchema = {
      dataSource: 'golden_kafka',
      timestampSpec: { column: 'ts', format: 'iso', missingValue: null },
      dimensionsSpec: {
        dimensions: ['a', 'b'].map((name) => ({
          type: 'string',
          name,
          multiValueHandling: 'SORTED_ARRAY',
          createBitmapIndex: true,
        })),
        dimensionExclusions: ['__time', 'count', 'ts'],
        includeAllDimensions: false,
        useSchemaDiscovery: false,
      },
      metricsSpec: [{ type: 'count', name: 'count' }],
      granularitySpec: {
        type: 'uniform',
        segmentGranularity: 'HOUR',
        queryGranularity: { type: 'none' },
        rollup: false,
        intervals: [],
      },
      transformSpec: { filter: null, transforms: [] },
    };
    const json = supervisorSpecJson(parseSupervisorSpec(kafka()));
    expect(Object.keys(json)).toEqual([
      'type',
      'spec',
      'dataSchema',
      'tuningConfig',
      'ioConfig',
      'context',
      'suspended',
    ]);
    expect(json['dataSchema']).toEqual(dataSchema);
    expect(json['ioConfig']).toEqual({
      topic: 'golden',
      topicPattern: null,
      inputFormat: { type: 'json' },
      replicas: 1,
      taskCount: 1,
      taskDuration: 'PT3600S',
      consumerProperties: { 'bootstrap.servers': '127.0.0.1:1' },
      autoScalerConfig: null,
      pollTimeout: 100,
      startDelay: 'PT5S',
      period: 'PT30S',
      useEarliestOffset: true,
      completionTimeout: 'PT1800S',
      lateMessageRejectionPeriod: null,
      earlyMessageRejectionPeriod: null,
      lateMessageRejectionStartDateTime: null,
      configOverrides: null,
      idleConfig: null,
      stopTaskCount: null,
      emitTimeLagMetrics: false,
      stream: 'golden',
      useEarliestSequenceNumber: true,
    });
    expect(parseSupervisorSpec(json)).toMatchObject({ id: 'golden_kafka', suspended: true });
  });

  it('keeps what was submitted, and changes only suspended', () => {
    const source = { ...kafka(), context: { note: 1 } };
    const spec = parseSupervisorSpec(source);
    expect(spec.source).toBe(source);
    expect(withSuspended(spec, false)).toEqual({ ...source, suspended: false });
  });

  it('has the defaults of Druid', () => {
    const spec = parseSupervisorSpec({
      type: 'kafka',
      spec: {
        dataSchema: { dataSource: 'x' },
        ioConfig: { topic: 't', inputFormat: { type: 'json' }, consumerProperties: { 'bootstrap.servers': 'a:1' } },
      },
    });
    expect(spec.dataSchema).toMatchObject({
      timestampSpec: { column: 'timestamp', format: 'auto', missingValueMs: null },
      dimensionsSpec: { dimensions: [], discovery: 'string' },
      granularitySpec: { rollup: true, segmentGranularity: { period: 'P1D' }, queryGranularity: { type: 'none' } },
    });
    expect(spec.ioConfig).toMatchObject({
      taskDurationMs: 3_600_000,
      useEarliestOffset: false,
      taskCount: 1,
      lateMessageRejectionPeriodMs: null,
    });
    expect(spec.tuningConfig).toMatchObject({
      maxRowsInMemory: 150_000,
      maxRowsPerSegment: 5_000_000,
      maxParseExceptions: 2_147_483_647,
      intermediateHandoffPeriodMs: Number.POSITIVE_INFINITY,
    });
  });

  it('local streams and the older flat form are accepted', () => {
    const local = parseSupervisorSpec({
      type: 'local',
      dataSchema: DATA_SCHEMA,
      ioConfig: { type: 'local', stream: 'edits', inputFormat: { type: 'json' } },
    });
    expect(local.ioConfig).toMatchObject({ type: 'local', stream: 'edits' });
    expect(
      parseSupervisorSpec({
        type: 'local',
        spec: { dataSchema: DATA_SCHEMA, ioConfig: { topic: 'edits', inputFormat: { type: 'json' } } },
      }).ioConfig.stream,
    ).toBe('edits');
  });

  const KAFKA_IO =
    'Cannot construct instance of `org.apache.druid.indexing.kafka.supervisor.KafkaSupervisorIOConfig`, problem: ';
  it.each([
    [
      'no type',
      {},
      "Could not resolve subtype of [simple type, class org.apache.druid.indexing.overlord.supervisor.SupervisorSpec]: missing type id property 'type'",
    ],
    [
      'no dataSchema',
      { type: 'kafka', spec: {} },
      'Cannot construct instance of `org.apache.druid.indexing.kafka.supervisor.KafkaSupervisorSpec`, problem: dataSchema',
    ],
    [
      'no bootstrap servers',
      kafka({}, { consumerProperties: {} }),
      `${KAFKA_IO}consumerProperties must contain entry for [bootstrap.servers]`,
    ],
    ['no topic', kafka({}, { topic: undefined }), `${KAFKA_IO}Either topic or topicPattern must be specified`],
    [
      'topic and pattern',
      kafka({}, { topicPattern: 'a.*' }),
      `${KAFKA_IO}Only one of topic or topicPattern can be specified`,
    ],
    [
      'an auto-scaler without limits',
      kafka({}, { autoScalerConfig: { enableTaskAutoScaler: true, taskCountMin: 1 } }),
      'Cannot construct instance of `org.apache.druid.indexing.seekablestream.supervisor.autoscaler.LagBasedAutoScalerConfig`, ' +
        "problem: taskCountMax or taskCountMin can't be null!",
    ],
  ])("%s is answered in Druid's words", (_name, json, message) => {
    expect(() => parseSupervisorSpec(json)).toThrow(expect.objectContaining({ message, status: 400 }));
  });

  it('a pattern of topics is shown as one, and an auto-scaler decides with how many tasks it starts', () => {
    const autoScalerConfig = { enableTaskAutoScaler: true, taskCountMin: 2, taskCountMax: 6, taskCountStart: 3 };
    const json = kafka({}, { topic: undefined, topicPattern: 'shop\\..*', taskCount: 9, autoScalerConfig });
    const spec = parseSupervisorSpec(json);
    expect(spec.ioConfig).toMatchObject({ stream: 'shop\\..*', isPattern: true, taskCount: 3 });
    expect(taskCountOf(json)).toBe(3);
    expect(supervisorSpecJson(spec)['ioConfig']).toMatchObject({
      topic: null,
      topicPattern: 'shop\\..*',
      stream: 'shop\\..*',
      autoScalerConfig,
    });
    const without = kafka({}, { taskCount: 2, autoScalerConfig: { ...autoScalerConfig, enableTaskAutoScaler: false } });
    expect([parseSupervisorSpec(without).ioConfig.taskCount, taskCountOf(without)]).toEqual([2, 2]);
  });

  it('an unknown type is answered with the known ones', () => {
    expect(() => parseSupervisorSpec({ type: 'zzz' })).toThrow(
      /^Please make sure to load all the necessary extensions and jars with type 'zzz' .* known type ids = \[kafka, local\]$/,
    );
  });

  it.each([
    ['stopTaskCount', kafka({}, { stopTaskCount: 'all' }), 'java.lang.Integer` from String "all"'],
    ['chatRetries', kafka({}, {}, { chatRetries: [] }), 'java.lang.Long` from Array value'],
    ['httpTimeout', kafka({}, {}, { httpTimeout: 'ten' }), 'org.joda.time.Period` from String "ten"'],
    ['indexSpec', kafka({}, {}, { indexSpec: 'roaring' }), 'java.util.Map` from String "roaring"'],
    ['emitTimeLagMetrics', kafka({}, { emitTimeLagMetrics: 'often' }), 'java.lang.Boolean` from String "often"'],
  ])('%s, which has no use here, must be of its type', (key, json, problem) => {
    const message = `Cannot deserialize value of type \`${problem} (through reference chain: ["${key}"])`;
    expect(() => parseSupervisorSpec(json)).toThrow(expect.objectContaining({ message, status: 400 }));
  });

  it('keeps whole numbers within the 32 or 64 bits that they have', () => {
    const { tuningConfig } = parseSupervisorSpec(kafka({}, {}, { maxBytesInMemory: 2 ** 40, maxTotalRows: 2 ** 33 }));
    expect(tuningConfig).toMatchObject({ maxBytesInMemory: 2 ** 40, maxTotalRows: 2 ** 33 });
    expect(() => parseSupervisorSpec(kafka({}, {}, { maxRowsPerSegment: 99_999_999_999 }))).toThrow(
      'Numeric value (99999999999) out of range of int (-2147483648 - 2147483647) (through reference chain: ["maxRowsPerSegment"])',
    );
  });
});

describe('batch spec', () => {
  it.each([
    [
      'no type',
      {},
      "Could not resolve subtype of [simple type, class org.apache.druid.indexing.common.task.Task]: missing type id property 'type'",
    ],
    [
      'no dataSchema',
      { type: 'index_parallel', spec: {} },
      'Cannot construct instance of `org.apache.druid.indexing.common.task.batch.parallel.ParallelIndexIngestionSpec`, problem: Cannot invoke "org.apache.druid.segment.indexing.DataSchema.getParserMap()" because "dataSchema" is null',
    ],
    [
      'a repeated column',
      batch({ dimensionsSpec: { dimensions: ['a', 'count', 'a'] } }),
      'Cannot specify a column more than once: [a] seen in dimensions list (2 occurrences); [count] seen in dimensions list, metricsSpec list',
    ],
    [
      'a data source with a slash',
      batch({ dataSource: 'a/b' }),
      "Invalid value for field [dataSource]: Value [a/b] cannot contain '/'.",
    ],
    [
      'overlapping arbitrary intervals',
      batch({ granularitySpec: { type: 'arbitrary', intervals: ['2020/2022', '2021/2023'] } }),
      'Overlapping intervals: 2020-01-01T00:00:00.000Z/2022-01-01T00:00:00.000Z, 2021-01-01T00:00:00.000Z/2023-01-01T00:00:00.000Z',
    ],
  ])('%s is invalid input', (_name, json, message) => {
    expect(() => parseBatchSpec(json)).toThrow(expect.objectContaining({ message, status: 400 }));
  });

  it.each([
    ['an hdfs source', batch({}, { inputSource: { type: 'hdfs', paths: [] } })],
    ['orc', batch({}, { inputFormat: { type: 'orc' } })],
    [
      'a jq field',
      batch({}, { inputFormat: { type: 'json', flattenSpec: { fields: [{ type: 'jq', name: 'x', expr: '.a' }] } } }),
    ],
    ['a move task', { type: 'move' }],
  ])('%s is refused, not ignored', (_name, json) => {
    expect(() => parseBatchSpec(json)).toThrow(expect.objectContaining({ status: 501 }));
  });

  it('reads paths of flattenSpec', () => {
    const fields = [
      { type: 'path', name: 'x', expr: "$.a['b c'][2].d" },
      { type: 'root', name: 'y', expr: 'z' },
      'w',
      { type: 'tree', name: 't', nodes: ['a', 'b'] },
    ];
    const spec = parseBatchSpec(
      batch({}, { inputFormat: { type: 'json', flattenSpec: { useFieldDiscovery: false, fields } } }),
    );
    expect(spec.inputFormat).toEqual({
      type: 'json',
      flatten: {
        useFieldDiscovery: false,
        fields: [
          { name: 'x', steps: ['a', 'b c', 2, 'd'] },
          { name: 'y', steps: ['z'] },
          { name: 'w', steps: ['w'] },
          { name: 't', steps: ['a', 'b'] },
        ],
      },
    });
  });

  it('discovery passes over the timestamp, metrics and their inputs', () => {
    const metricsSpec = [{ type: 'longSum', name: 'sum', fieldName: 'input' }];
    const spec = parseBatchSpec(
      batch({ metricsSpec, dimensionsSpec: { useSchemaDiscovery: true, dimensionExclusions: ['secret'] } }),
    );
    expect(spec.dataSchema.dimensionsSpec).toMatchObject({
      discovery: 'auto',
      exclusions: ['__time', 'input', 'secret', 'sum', 'ts'],
    });
  });
});
