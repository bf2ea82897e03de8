/** Worker-thread entry: runs one leaf plan over the blocks that it draws from the query's shared counter. */
import Piscina from 'piscina';
import { createLeafRun } from '../engine/leaf-run.js';
import { ArenaRegistry } from '../memory/arena-registry.js';
import type { BlockRef, SegmentBlocks } from '../memory/block-ref.js';
import type { SegmentContext } from '../vectors/block.js';
import { openBlock } from '../vectors/block-view.js';
import type { EngineTask, EngineTaskResult } from './engine-task.js';
import { ScatterControl } from './scatter-control.js';
import { tableBuffers } from './transfer-table.js';

const arenas = new ArenaRegistry();
const memory = (arena: number): SharedArrayBuffer => arenas.buffer(arena);

export default function runEngineTask(task: EngineTask): EngineTaskResult {
  arenas.register(task.arenas);
  const control = new ScatterControl(task.control);
  const run = createLeafRun(task.plan);
  const morsels = flatten(task.segments);
  while (!control.stopped) {
    const morsel = morsels[control.takeBlock()];
    if (morsel === undefined) break;
    run.add(morsel.segment, openBlock(morsel.block, memory));
    control.addRows(morsel.block.numRows);
    if (run.done) break;
  }
  const table = run.finish();
  const result: EngineTaskResult = { table };
  return Piscina.move({
    [Piscina.transferableSymbol]: tableBuffers(table),
    [Piscina.valueSymbol]: result,
  } as never) as unknown as EngineTaskResult;
}

interface Morsel {
  readonly segment: SegmentContext;
  readonly block: BlockRef;
}

function flatten(segments: readonly SegmentBlocks[]): Morsel[] {
  const morsels: Morsel[] = [];
  for (const segment of segments) {
    for (const block of segment.blocks) morsels.push({ segment, block });
  }
  return morsels;
}
