import { AssertionFailure } from '../common/assert.js';
import type { Block, ColumnVector } from './block.js';

/**
 * A block of vectors on the heap of one thread, for aggregators that run over plain vectors (rollup and its merging). It has
 * no pointers: `stored` of a column that exists is a bug of the caller, and throws.
 * @param column undefined for a column that the block lacks
 */
export function heapBlock(numRows: number, column: (name: string) => ColumnVector | undefined): Block {
  return {
    numRows,
    firstRow: 0,
    // No bounds are known: filters must look at the times.
    minTimeMs: Number.MIN_SAFE_INTEGER,
    maxTimeMs: Number.MAX_SAFE_INTEGER,
    sortedByTime: false,
    column,
    stored(name) {
      if (column(name) === undefined) return undefined;
      throw new AssertionFailure(`Column [${name}] lies on the heap, where no kernel reads it`);
    },
    zone: () => undefined,
  };
}
