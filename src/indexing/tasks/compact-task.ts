import { join } from 'node:path';
import { DruidError } from '../../common/druid-error.js';
import { granularityFromJson, parseGranularityJson, toDruidGranularity } from '../../common/granularity.js';
import { condense, type Interval, overlaps } from '../../common/interval.js';
import { formatInterval } from '../../common/iso-time.js';
import type { SegmentRow, TaskRow } from '../../metadata/metadata-store.js';
import type { MetadataView, VisibleSegment } from '../../metadata/metadata-view.js';
import { inputFromSegmentDirectory } from '../../segments/merge/segment-input.js';
import { mkdir, rm } from 'node:fs/promises';
import { taskReport } from './batch-report.js';
import { type BatchServices, runWork } from './batch-runner.js';
import type { StoredInput } from '../batch/batch-job.js';
import { fetchSegment } from './compaction-runner.js';
import type { Merger } from '../publish/merge-pool.js';
import type { BuiltSegment } from '../publish/push.js';
import { parseBatchSpec } from '../spec/batch-spec.js';
import { type CompactSpec, parseCompactSpec } from '../spec/compact-spec.js';

export interface CompactServices extends BatchServices {
  readonly view: Pick<MetadataView, 'refresh' | 'visible' | 'segments' | 'supervisors' | 'streams'>;
  readonly merges: Merger;
}

/** What a compaction reads and replaces. */
interface CompactInputs {
  readonly visible: readonly VisibleSegment[];
  /** Intervals of the segments to be made. */
  readonly intervals: readonly Interval[];
  /** Every used segment there: the publish fails when others have come. */
  readonly usedIds: readonly string[];
}

/** Rows that are appended meanwhile make it begin again. */
const MAX_ATTEMPTS = 5;

/**
 * Runs a `compact` task: puts new segments, in a new version, in the place of all that are there now.
 * @returns the task's report
 * @throws DruidError CONFLICT when segments keep coming
 */
export async function runCompactTask(task: TaskRow, services: CompactServices, signal: AbortSignal): Promise<unknown> {
  const spec = parseCompactSpec(task.payload);
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted();
    const inputs = await findInputs(spec, services);
    if (inputs.visible.length === 0)
      return taskReport(task.id, { state: 'COMPLETED', segmentsRead: 0, segmentsPublished: 0 });
    try {
      const merges = spec.metricsSpec === null && spec.dimensionsSpec === null && spec.filter === null;
      return await (merges ? mergeSegments : readAgain)(task, spec, inputs, services, signal);
    } catch (error) {
      const isLate = error instanceof DruidError && error.category === 'CONFLICT';
      if (!isLate || attempt === MAX_ATTEMPTS) throw error;
      services.log('info', 'Compaction begins again', { taskId: task.id, reason: error.message });
    }
  }
}

async function findInputs(
  { dataSource, input, segmentGranularity }: CompactSpec,
  services: CompactServices,
): Promise<CompactInputs> {
  await services.view.refresh();
  const used = services.view.segments().filter((row) => row.dataSource === dataSource);
  const spanOf = (row: SegmentRow): Interval => ({ startMs: row.intervalStartMs, endMs: row.intervalEndMs });
  const chosen = used.filter((row) =>
    'interval' in input ? overlaps(spanOf(row), input.interval) : input.segmentIds.includes(row.id),
  );
  // Buckets must hold every segment that reaches into them, and those may reach into further ones.
  let area = condense(chosen.map(spanOf));
  for (;;) {
    const wider = condense([
      ...area.flatMap((interval) =>
        segmentGranularity === null ? [interval] : [aligned(interval, segmentGranularity)],
      ),
      ...used.map(spanOf).filter((span) => area.some((interval) => overlaps(interval, span))),
    ]);
    if (wider.length === area.length && wider.every((one, i) => formatInterval(one) === formatInterval(area[i]!)))
      break;
    area = wider;
  }
  const visible = area.flatMap((interval) => services.view.visible(dataSource, interval));
  const intervals =
    segmentGranularity === null
      ? distinct(visible.map(({ row, clip }) => clip ?? spanOf(row)))
      : area.flatMap((interval) => buckets(interval, segmentGranularity));
  const usedIds = used.filter((row) => area.some((interval) => overlaps(interval, spanOf(row)))).map((row) => row.id);
  return { visible, intervals, usedIds };
}

type GranularityValue = NonNullable<CompactSpec['segmentGranularity']>;

function aligned(interval: Interval, json: GranularityValue): Interval {
  const granularity = granularityFromJson(json);
  return {
    startMs: granularity.bucketStart(interval.startMs),
    endMs: granularity.bucketEnd(granularity.bucketStart(interval.endMs - 1)),
  };
}

function buckets(interval: Interval, json: GranularityValue): Interval[] {
  const granularity = granularityFromJson(json);
  const found: Interval[] = [];
  for (let startMs = granularity.bucketStart(interval.startMs); startMs < interval.endMs; ) {
    const endMs = granularity.bucketEnd(startMs);
    found.push({ startMs, endMs });
    startMs = endMs;
  }
  return found;
}

function distinct(intervals: readonly Interval[]): Interval[] {
  return [...new Map(intervals.map((interval) => [formatInterval(interval), interval])).values()];
}

async function fetchAll(inputs: CompactInputs, directory: string, services: CompactServices): Promise<StoredInput[]> {
  const stored: StoredInput[] = [];
  for (const { row, clip } of inputs.visible) {
    const at = join(directory, 'stored', String(stored.length));
    await fetchSegment(services.deepStorage, row, at);
    stored.push({ directory: at, clip });
  }
  return stored;
}

/** Rows as they are stored, in other segments. */
async function mergeSegments(
  task: TaskRow,
  spec: CompactSpec,
  inputs: CompactInputs,
  services: CompactServices,
  signal: AbortSignal,
): Promise<unknown> {
  const { store, uploads, merges } = services;
  const { dataSource, queryGranularity, rollup, tuningConfig, state } = spec;
  const directory = join(services.temporaryDirectory, `compact-${encodeURIComponent(task.id)}`);
  await mkdir(directory, { recursive: true });
  try {
    const stored = await fetchAll(inputs, directory, services);
    const segments: BuiltSegment[] = [];
    for (const [i, interval] of inputs.intervals.entries()) {
      const there = stored.filter((_, at) => {
        const { row, clip } = inputs.visible[at]!;
        return overlaps(clip ?? { startMs: row.intervalStartMs, endMs: row.intervalEndMs }, interval);
      });
      if (there.length === 0) continue;
      const built = await merges.merge(
        {
          kind: 'stored',
          directory: join(directory, 'out', String(i)),
          interval,
          inputs: there.map((input) => input.directory),
          clips: there.map((input) => input.clip),
          maxRowsPerSegment: tuningConfig.maxRowsPerSegment,
          ...(queryGranularity !== null && { queryGranularity }),
          ...(rollup !== null && { rollup }),
          ...(tuningConfig.partitioning !== null && { partitioning: tuningConfig.partitioning }),
        },
        signal,
      );
      segments.push(...built.map((segment) => ({ ...segment, compactionState: state })));
    }
    const intervals = condense(inputs.intervals);
    const request = { dataSource, append: false, intervals, inputs: inputs.usedIds };
    const outcome = await uploads.publish(dataSource, segments, (outputs) =>
      store.publishBatch({ ...request, segments: outputs }),
    );
    if (outcome.kind === 'published') {
      const segmentsPublished = segments.length;
      return taskReport(task.id, { state: 'COMPLETED', segmentsRead: stored.length, segmentsPublished });
    }
    throw new DruidError(outcome.detail, { category: 'CONFLICT' });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Rows read again: other dimensions or metrics, or fewer rows. */
async function readAgain(
  task: TaskRow,
  spec: CompactSpec,
  inputs: CompactInputs,
  services: CompactServices,
  signal: AbortSignal,
): Promise<unknown> {
  const { dataSource, segmentGranularity } = spec;
  const directory = join(services.temporaryDirectory, `compact-${encodeURIComponent(task.id)}`);
  await mkdir(directory, { recursive: true });
  try {
    const stored = await fetchAll(inputs, directory, services);
    const columns = await columnsOf(stored);
    const intervals = condense(inputs.intervals);
    const granularitySpec =
      segmentGranularity === null
        ? { type: 'arbitrary', intervals: inputs.intervals.map(formatInterval) }
        : { type: 'uniform', segmentGranularity: toDruidGranularity(segmentGranularity) };
    const batch = parseBatchSpec({
      type: 'index_parallel',
      spec: {
        dataSchema: {
          dataSource,
          timestampSpec: { column: '__time', format: 'millis' },
          dimensionsSpec: spec.dimensionsSpec ?? { dimensions: columns.dimensions },
          metricsSpec: spec.metricsSpec ?? columns.metricsSpec,
          transformSpec: { filter: spec.filter },
          granularitySpec: {
            ...granularitySpec,
            queryGranularity: toDruidGranularity(spec.queryGranularity ?? columns.queryGranularity),
            rollup: spec.rollup ?? columns.rollup,
          },
        },
        ioConfig: {
          type: 'index_parallel',
          inputSource: { type: 'druid', dataSource, interval: formatInterval(umbrella(intervals)) },
        },
        tuningConfig: spec.tuningJson,
      },
    });
    const work = {
      spec: batch,
      storedInputs: () => Promise.resolve(stored),
      publish: () => ({ intervals, inputs: inputs.usedIds }),
      compactionState: spec.state,
    };
    return await runWork(task, work, services, signal);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function umbrella(intervals: readonly Interval[]): Interval {
  return { startMs: intervals[0]!.startMs, endMs: intervals.at(-1)!.endMs };
}

interface StoredColumns {
  readonly dimensions: readonly { readonly name: string; readonly type: string }[];
  readonly metricsSpec: readonly unknown[];
  readonly queryGranularity: GranularityValue;
  readonly rollup: boolean;
}

const TYPES: Readonly<Record<string, string>> = {
  STRING: 'string',
  LONG: 'long',
  DOUBLE: 'double',
  FLOAT: 'float',
  'COMPLEX<json>': 'json',
};

/** What the segments have: dimensions in the order of the newest. */
async function columnsOf(stored: readonly StoredInput[]): Promise<StoredColumns> {
  const dimensions = new Map<string, string>();
  const metrics = new Map<string, unknown>();
  let queryGranularity = parseGranularityJson('none');
  let rollup = true;
  for (const { directory } of [...stored].reverse()) {
    const input = await inputFromSegmentDirectory(directory);
    for (const name of input.info.dimensions) {
      const type = TYPES[input.columnTypes[name] ?? 'STRING'] ?? 'auto';
      const known = dimensions.get(name);
      dimensions.set(name, known === undefined || known === type ? type : 'auto');
    }
    for (const metric of input.info.metricsSpec) metrics.set((metric as { readonly name: string }).name, metric);
    queryGranularity = parseGranularityJson(input.info.queryGranularity);
    rollup &&= input.info.rollup;
    await input.close();
  }
  return {
    dimensions: [...dimensions].filter(([name]) => !metrics.has(name)).map(([name, type]) => ({ name, type })),
    metricsSpec: [...metrics.values()].map(combining),
    queryGranularity,
    rollup,
  };
}

/** A metric over its own stored column. */
function combining(metric: unknown): unknown {
  const { type, name } = metric as { readonly type: string; readonly name: string };
  if (type === 'count') return { type: 'longSum', name, fieldName: name };
  return { ...(metric as object), fieldName: name };
}
