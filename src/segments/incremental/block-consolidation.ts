import { BLOCK_ROWS } from '../../memory/block-ref.js';
import type { BlockInfo } from './column-set.js';

const MAX_BLOCKS = 32;
const AT_ONCE = 16;

/**
 * Which small blocks to write again as one, none while there are few. Always the smallest, so that a row is copied about once for each
 * sixteenfold growth of the index.
 */
export function chooseBlocks(blocks: readonly BlockInfo[]): readonly BlockInfo[] {
  const small = blocks.filter((block) => block.numRows <= BLOCK_ROWS / 2).sort((a, b) => a.numRows - b.numRows);
  if (small.length <= MAX_BLOCKS) return [];
  const chosen: BlockInfo[] = [];
  let numRows = 0;
  for (const block of small) {
    if (chosen.length === AT_ONCE || numRows + block.numRows > BLOCK_ROWS) break;
    chosen.push(block);
    numRows += block.numRows;
  }
  return chosen;
}
