import { openIndexingLoop } from '../../src/indexing/stream/open-indexing-loop.js';
import type { IndexingLoop } from '../../src/indexing/stream/indexing-loop.js';
import type { StartTaskThread } from '../../src/indexing/stream/task-thread.js';
import type { ToTask } from '../../src/indexing/stream/task-messages.js';
import { SimulatedSource, type SimulatedTopic } from './simulated-stream.js';
import type { Clock } from '../../src/platform/clock.js';
import type { NodeClock } from './node-clock.js';
import type { World } from './world.js';

/** Runs indexing loops in the simulation's own thread; messages arrive in order, a moment later. @param limits of memory, those of the spec when absent */
export function inlineThreads(
  world: World,
  topic: SimulatedTopic,
  clock: NodeClock,
  limits: { readonly spillBytes?: number },
): StartTaskThread {
  return (config, events) => {
    let isAlive = true;
    let loop: IndexingLoop | undefined;
    const early: ToTask[] = [];
    const sources: SimulatedSource[] = [];
    const later = (run: () => void): void => {
      clock.setTimeout(() => {
        if (!isAlive) return;
        try {
          run();
        } catch (error) {
          world.bugs.push(error);
        }
      }, 0);
    };
    const opening = openIndexingLoop(config, {
      openSource: () => {
        const source = new SimulatedSource(world, topic, clock);
        sources.push(source);
        return source;
      },
      send: (message) => later(() => events.onMessage(message)),
      clock: busy(world, clock),
      // Between the slices of a batch anything may arrive.
      giveWay: () => clock.sleep(world.below(6) * 20),
      ...limits,
    });
    opening
      .then((opened) => {
        loop = opened;
        for (const message of early) later(() => opened.receive(message));
        return opened.run();
      })
      .catch((error: unknown) => later(() => events.onMessage({ kind: 'failed', message: String(error) })));
    return {
      post: (message) => (loop === undefined ? early.push(message) : later(() => loop?.receive(message))),
      terminate: async () => {
        isAlive = false;
        for (const source of sources) await source.stop();
      },
    };
  };
}

/** The clock as a thread sees it that works: time passes between two looks at it, though the simulation's stands still. */
function busy(world: World, clock: NodeClock): Clock {
  let workedMs = 0;
  return {
    nowMs: () => clock.nowMs(),
    monotonicMs: () => clock.monotonicMs() + (workedMs += world.below(4)),
    setTimeout: (run, delayMs) => clock.setTimeout(run, delayMs),
    clearTimeout: (timer) => clock.clearTimeout(timer),
    sleep: (delayMs, signal) => clock.sleep(delayMs, signal),
  };
}
