import { writeSync } from 'node:fs';
import { getEnvironmentData } from 'node:worker_threads';

/** A moment at which a crash is most telling: what is on the disk, in deep storage or committed changes here. */
export type KillPoint = 'fsync' | 'rename' | 'put' | 'commit';

/** Set for all threads of a process by the crash tests, which load a module of their own before the program. */
interface KillPlan {
  /** Only points of this kind count; all when absent. */
  readonly kind?: KillPoint;
  /** Counts the points of all threads. Int32Array[1]. */
  readonly reached: Int32Array;
  /** The process dies at this one, counted from 1. */
  readonly dieAt: number;
  /** Before the work of the point, or when it is done and nobody knows it yet. */
  readonly when: 'before' | 'after';
}

const STDERR = 2;
const KILL_PLAN = 'millrace.killPlan';

const plan = getEnvironmentData(KILL_PLAN) as KillPlan | undefined;

/** Does the work of a point; where a crash test says so, the process is killed right before it or right after. */
export async function atKillPoint<T>(point: KillPoint, work: () => Promise<T>): Promise<T> {
  if (plan === undefined || (plan.kind ?? point) !== point) return work();
  const isLast = Atomics.add(plan.reached, 0, 1) + 1 === plan.dieAt;
  if (isLast && plan.when === 'before') die(point, 'before');
  const result = await work();
  if (isLast) die(point, 'after');
  return result;
}

function die(point: KillPoint, when: KillPlan['when']): void {
  writeSync(STDERR, `Killed ${when} a ${point}\n`);
  process.kill(process.pid, 'SIGKILL');
}
