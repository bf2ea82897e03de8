/** Work in steps, each about a block's worth. */
export interface Workload {
  /** Higher goes first. */
  readonly priority: number;
  /** Nobody wants the result any more: one step is left, which lets go of what the work holds. */
  readonly isCancelled: boolean;
  /** True when it was the last step. */
  step(): boolean;
}

/** Service up to this counts as none; each doubling is a level. */
const FIRST_LEVEL_MS = 4;
/** Each such step goes to the one that has waited longest, so that a stream of small queries does not starve a big one. */
const OLDEST_EVERY = 8;

interface Entry<W extends Workload> {
  readonly work: W;
  serviceMs: number;
}

/**
 * What one thread works on, a step at a time: the highest priority first, among equals what has had least of the thread's time so far,
 * so that a small query overtakes a big one. Time counts in doubling levels: two big queries take turns rarely, which keeps few of them
 * half done at a time.
 * @source Nuyens and Wierman, The Foreground-Background queue: a survey, 2008
 */
export class RunQueue<W extends Workload> {
  readonly #clock: () => number;
  /** In order of arrival. */
  readonly #entries: Entry<W>[] = [];
  #steps = 0;

  /** @param clock milliseconds that never go back */
  constructor(clock: () => number) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#entries.length;
  }

  /** The highest priority in the queue; -Infinity when it is empty. */
  get priority(): number {
    return this.#entries.reduce((most, { work }) => Math.max(most, work.priority), Number.NEGATIVE_INFINITY);
  }

  add(work: W): void {
    this.#entries.push({ work, serviceMs: 0 });
  }

  /** Does one step of the work whose turn it is; returns the milliseconds that it took. The queue is not empty. */
  step(): number {
    const index = this.#choose();
    const entry = this.#entries[index]!;
    const start = this.#clock();
    const isOver = entry.work.step();
    const ms = this.#clock() - start;
    entry.serviceMs += ms;
    if (isOver) this.#entries.splice(index, 1);
    return ms;
  }

  #choose(): number {
    const wantsOldest = ++this.#steps % OLDEST_EVERY === 0;
    if (this.#entries.length === 1) return 0;
    const { priority } = this;
    let best = -1;
    let least = Number.POSITIVE_INFINITY;
    for (const [i, { work, serviceMs }] of this.#entries.entries()) {
      if (work.isCancelled) return i;
      if (work.priority !== priority) continue;
      const level = wantsOldest ? 0 : levelOf(serviceMs);
      if (level >= least) continue;
      least = level;
      best = i;
    }
    return best;
  }
}

function levelOf(serviceMs: number): number {
  return serviceMs < FIRST_LEVEL_MS ? 0 : Math.floor(Math.log2(serviceMs / FIRST_LEVEL_MS)) + 1;
}
