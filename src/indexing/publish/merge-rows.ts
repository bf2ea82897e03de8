import { join } from 'node:path';
import { compileFilter } from '../../engine/filter/compile-filter.js';
import { ArenaRegistry } from '../../memory/arena-registry.js';
import type { FileSystem } from '../../platform/file-system.js';
import { inputFromBlocks } from '../../segments/merge/merge-input.js';
import { mergeSegments } from '../../segments/merge/merge-segments.js';
import { openBlock } from '../../vectors/block-view.js';
import type { RowsMerge } from './merge-job.js';
import { type BuiltSegment, builtSegment } from './push.js';

/** Makes the segments of a closed sequence, each part apart. */
export async function mergeRows(job: RowsMerge, fileSystem: FileSystem): Promise<readonly BuiltSegment[]> {
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
      timestampSpec: dataSchema.json['timestampSpec'],
      rollup: granularitySpec.rollup,
      maxRowsPerSegment,
      state: state === undefined ? [] : [state],
      compileFilter,
      writer: { fileSystem },
    });
    built.push(...written.map((segment) => builtSegment(segment, interval)));
  }
  return built;
}
