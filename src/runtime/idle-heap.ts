import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Collecting less than this is not worth the while. */
const MIN_GROWTH_BYTES = 32 * 1024 ** 2;

let collect: (() => void) | undefined;

/**
 * Gives back the heap that a thread used for work it has ended. V8 collects when something is allocated, which an idle thread does not do:
 * it would keep its largest heap for good.
 */
export class IdleHeap {
  /** As small as it was after the last collection. */
  #baseBytes = getHeapStatistics().total_heap_size;

  /** Collects when the heap has grown much since the last time; takes milliseconds then. */
  shrink(): void {
    if (getHeapStatistics().total_heap_size < this.#baseBytes + MIN_GROWTH_BYTES) return;
    collect ??= collector();
    collect();
    this.#baseBytes = getHeapStatistics().total_heap_size;
  }
}

/** V8's own function, which only contexts made under this flag have. */
function collector(): () => void {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  setFlagsFromString('--no-expose-gc');
  return gc;
}
