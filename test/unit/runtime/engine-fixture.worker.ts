/** An engine thread that writes down each block before it runs it, and fails where a test asks for that by the plan's tag. */
import { getHeapStatistics } from 'node:v8';
import { DruidError } from '../../../src/common/druid-error.js';
import { checkStop } from '../../../src/common/stop-check.js';
import { createLeafRun } from '../../../src/engine/leaf-run.js';
import type { LeafRun, RunContext } from '../../../src/engine/run.js';
import type { LeafPlan } from '../../../src/plan/leaf-plan.js';
import { engineJobs, type JobHandler } from '../../../src/runtime/engine-jobs.js';
import { serveEngine } from '../../../src/runtime/serve-engine.js';
import type { ThreadTask } from '../../../src/runtime/thread-messages.js';
import { Probe } from './probe.js';
import { TAG, tagOf } from './tags.js';

const jobs: Readonly<Record<string, JobHandler>> = {
  ...engineJobs,
  mark: ({ arena, tag }: { readonly arena: number; readonly tag: number }, memory) => {
    new Probe(memory.buffer(arena)).enter(tag);
    return tag;
  },
  echo: (payload: unknown) => payload,
  print: (text: string) => {
    for (let line = 0; line < 3; line++) console.log(`${text} ${line}`);
  },
  garbage: () => Array.from({ length: 2_000_000 }, (_, i) => [i]).length,
  heapBytes: () => getHeapStatistics().total_heap_size,
  exit: () => process.exit(3),
  stray: () => {
    setImmediate(() => {
      throw new Error('stray');
    });
  },
  fail: () => {
    throw new DruidError('No room', { category: 'CAPACITY_EXCEEDED', context: { host: 'here' } });
  },
};

function makeRun(plan: LeafPlan, context: RunContext): LeafRun {
  const run = createLeafRun(plan, context);
  const tag = tagOf(plan);
  const probe = new Probe(context.buffer(context.home));
  return {
    get done() {
      return run.done;
    },
    add(segment, block) {
      if (tag >= TAG.allocating) context.scratch(context.home).allocate(100_000);
      probe.enter(tag);
      if (tag === TAG.exiting) process.exit(3);
      if (tag === TAG.failing) throw new DruidError('No room', { category: 'CAPACITY_EXCEEDED' });
      while (tag === TAG.endless) checkStop();
      run.add(segment, block);
    },
    leave: () => run.leave(),
    finish: () => run.finish(),
  };
}

export default function runEngineThread(task: ThreadTask): Promise<void> {
  return serveEngine(task, { makeRun, jobs });
}
