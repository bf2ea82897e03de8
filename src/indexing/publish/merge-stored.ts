import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { parseGranularityJson } from '../../common/granularity.js';
import { compileFilter } from '../../engine/filter/compile-filter.js';
import type { FileSystem } from '../../platform/file-system.js';
import { parseAggregator } from '../../query/parse-aggregator.js';
import type { SegmentInfo, StreamState } from '../../segments/format/segment-schema.js';
import type { Interval } from '../../common/interval.js';
import type { MergeInput } from '../../segments/merge/merge-input.js';
import { mergeSegments } from '../../segments/merge/merge-segments.js';
import { inputFromSegmentDirectory, type SegmentInput } from '../../segments/merge/segment-input.js';
import type { StoredMerge } from './merge-job.js';
import { type BuiltSegment, builtSegment } from './push.js';

/**
 * Makes few segments of many that are stored. Rows are combined only when all inputs were rolled up alike; inputs of different
 * schemas are put together row by row.
 */
export async function mergeStored(job: StoredMerge, fileSystem: FileSystem): Promise<readonly BuiltSegment[]> {
  const inputs: SegmentInput[] = [];
  try {
    for (const directory of job.inputs) inputs.push(await inputFromSegmentDirectory(directory, fileSystem));
    const infos = inputs.map((input) => input.info);
    const { metricsSpec, queryGranularity, rollup } = commonSchema(infos);
    const [timestampSpec] = infos.map((info) => info.timestampSpec);
    const isSameTime = infos.every((info) => isDeepStrictEqual(info.timestampSpec, timestampSpec));
    const metrics = metricsSpec.map((metric) => parseAggregator(metric));
    const dimensions = new Set(infos.flatMap((info) => info.dimensions));
    for (const { name } of metrics) dimensions.delete(name);
    const clipped = inputs.map((input, i) => clippedInput(input, job.clips?.[i] ?? null));
    const written = await mergeSegments(clipped, (n) => join(job.directory, String(n)), {
      interval: job.interval,
      dimensions: [...dimensions].map((name) => ({ name, createBitmapIndex: true })),
      metrics,
      metricsSpec,
      queryGranularity: job.queryGranularity ?? parseGranularityJson(queryGranularity),
      ...(isSameTime && timestampSpec !== undefined && { timestampSpec }),
      rollup: job.rollup ?? rollup,
      maxRowsPerSegment: job.maxRowsPerSegment,
      state: condensed(infos.flatMap((info) => info.state)),
      compileFilter,
      writer: { fileSystem },
      ...(job.partitioning && { partitioning: job.partitioning }),
    });
    return written.map((segment) => builtSegment(segment, job.interval));
  } finally {
    await Promise.all(inputs.map((input) => input.close()));
  }
}

function clippedInput(input: SegmentInput, clip: Interval | null): MergeInput {
  return clip === null ? input : { ...input, clip };
}

function commonSchema(infos: readonly SegmentInfo[]): Pick<SegmentInfo, 'metricsSpec' | 'queryGranularity' | 'rollup'> {
  const { metricsSpec, queryGranularity, rollup } = infos[0]!;
  const alike = infos.every(
    (info) =>
      info.rollup === rollup &&
      isDeepStrictEqual(info.metricsSpec, metricsSpec) &&
      isDeepStrictEqual(info.queryGranularity, queryGranularity),
  );
  if (alike) return { metricsSpec, queryGranularity, rollup };
  const byName = new Map<unknown, unknown>();
  for (const info of infos)
    for (const metric of info.metricsSpec) byName.set((metric as { readonly name: unknown }).name, metric);
  return { metricsSpec: [...byName.values()], queryGranularity: 'none', rollup: false };
}

/** Ranges of one stream that follow one another become one. */
function condensed(states: readonly StreamState[]): StreamState[] {
  const result: StreamState[] = [];
  const firstOffset = (state: StreamState): number => Math.min(...Object.values(state.from));
  for (const state of [...states].sort((a, b) => firstOffset(a) - firstOffset(b))) {
    const at = result.findIndex(
      ({ stream, incarnation, to }) =>
        stream === state.stream && incarnation === state.incarnation && isDeepStrictEqual(to, state.from),
    );
    if (at < 0) result.push(state);
    else result[at] = { ...result[at]!, to: state.to };
  }
  return result;
}
