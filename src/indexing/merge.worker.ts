/** Worker-thread entry: merges the rows of a closed sequence into segment directories. */
import { join } from 'node:path';
import { compileFilter } from '../engine/filter/compile-filter.js';
import { ArenaRegistry } from '../memory/arena-registry.js';
import { inputFromBlocks } from '../segments/merge/merge-input.js';
import { mergeSegments } from '../segments/merge/merge-segments.js';
import { openBlock } from '../vectors/block-view.js';
import type { MergeJob } from './merge-job.js';
import type { BuiltSegment } from './push.js';

export default async function runMergeJob(job: MergeJob): Promise<readonly BuiltSegment[]> {
  // A registry for each job: sequences' arenas come and go.
  const arenas = new ArenaRegistry();
  arenas.register(job.arenas);
  const memory = (arena: number): SharedArrayBuffer => arenas.buffer(arena);
  const { dataSchema, maxRowsPerSegment, state } = job;
  const { dimensionsSpec, metricsSpec, granularitySpec } = dataSchema;
  const built: BuiltSegment[] = [];
  for (const [i, { interval, segments }] of job.parts.entries()) {
    const inputs = segments.map(({ columnTypes, blocks }) =>
      inputFromBlocks(
        columnTypes,
        blocks.map((block) => openBlock(block, memory)),
      ),
    );
    const written = await mergeSegments(inputs, (n) => join(job.directory, `${i}-${n}`), {
      interval,
      dimensions: dimensionsSpec.dimensions,
      metrics: metricsSpec,
      metricsSpec: dataSchema.json['metricsSpec'] as readonly unknown[],
      queryGranularity: granularitySpec.queryGranularity,
      rollup: granularitySpec.rollup,
      maxRowsPerSegment,
      state: state === undefined ? [] : [state],
      compileFilter,
    });
    for (const { directory, numRows, sizeBytes, minTimeMs, maxTimeMs, dimensions, metrics } of written) {
      const times = { intervalStartMs: interval.startMs, intervalEndMs: interval.endMs, minTimeMs, maxTimeMs };
      built.push({ directory, ...times, numRows, sizeBytes, dimensions, metrics });
    }
  }
  return built;
}
