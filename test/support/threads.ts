import type { RunContext, RunSegment } from '../../src/engine/run.js';
import type { KernelSet } from '../../src/vectors/kernels/kernel-set.js';
import { TestArena, testContext } from './run-context.js';

/** An arena that knows what is in use: freed pieces are used again, and freeing twice fails. */
export class TrackedArena extends TestArena {
  readonly #used = new Map<number, number>();
  readonly #free = new Map<number, number[]>();

  get piecesInUse(): number {
    return this.#used.size;
  }

  override allocate(bytes: number): number {
    const size = Math.max(64, 2 ** Math.ceil(Math.log2(bytes)));
    const known = this.#free.get(size)?.pop();
    const pointer = known ?? super.allocate(size);
    if (known !== undefined) new Uint8Array(this.memory.buffer, pointer, size).fill(0xa5);
    this.#used.set(pointer, size);
    return pointer;
  }

  override free(pointer?: number): void {
    const size = this.#used.get(pointer ?? -1);
    if (pointer === undefined || size === undefined) throw new Error(`[${pointer}] is not in use`);
    this.#used.delete(pointer);
    this.#free.set(size, [...(this.#free.get(size) ?? []), pointer]);
  }

  freeAll(): void {
    for (const pointer of this.#used.keys()) this.free(pointer);
  }
}

export interface ThreadContext extends RunContext {
  /** Segments whose rows this thread alone has had. */
  readonly complete: Set<number>;
}

/** Contexts of threads that work on one query in arenas, the first of which is home. */
export function threadContexts(
  arenas: readonly TestArena[],
  segments: readonly RunSegment[],
  threads: number,
  kernels?: (arena: TestArena) => KernelSet,
): ThreadContext[] {
  let lying: number | undefined;
  const exchange = {
    take(): number | undefined {
      const taken = lying;
      lying = undefined;
      return taken;
    },
    offer(state: number): boolean {
      if (lying !== undefined) return false;
      lying = state;
      return true;
    },
  };
  const context = testContext(arenas, segments);
  return Array.from({ length: threads }, () => {
    const complete = new Set<number>();
    return {
      ...context,
      ...(kernels && { kernels: (id: number) => kernels(arenas.find(({ arena }) => arena === id)!) }),
      exchange,
      complete,
      isComplete: (segment) => complete.has(segment),
    };
  });
}
