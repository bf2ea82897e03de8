import { assert } from '../../src/common/assert.js';
import type { Interval } from '../../src/common/interval.js';
import type { SegmentBlocks } from '../../src/memory/block-ref.js';
import type { ArenaHandle } from '../../src/memory/memory-ref.js';
import { ArenaRegistry } from '../../src/memory/arena-registry.js';
import { inputFromBlocks, type MergeInput } from '../../src/segments/merge/merge-input.js';
import { valueAt } from '../../src/segments/merge/vector-values.js';
import { openBlock } from '../../src/vectors/block-view.js';
import { buildSegment, type Cell, type Row, type TestSegment } from '../support/blocks.js';

export const TYPES = { __time: 'LONG', page: 'STRING', added: 'LONG', rows: 'LONG' } as const;

/** Plain rows of an input, as far as the simulation's queries look at them. */
export async function rowsOf(input: MergeInput): Promise<Row[]> {
  const numRows = input.blockRows.reduce((sum, rows) => sum + rows, 0);
  const rows: Record<string, Cell>[] = Array.from({ length: numRows }, () => ({}));
  for (const name of Object.keys(TYPES)) {
    if (input.columnTypes[name] === undefined) continue;
    let at = 0;
    const vectors = await input.column(name);
    input.blockRows.forEach((blockRows, block) => {
      const vector = vectors[block];
      for (let row = 0; row < blockRows; row++) {
        const value = vector === undefined ? null : (valueAt(vector, row) as Cell);
        rows[at++]![name] = value;
      }
    });
  }
  return rows;
}

export async function rowsOfBlocks(
  segments: readonly SegmentBlocks[],
  handles: readonly ArenaHandle[],
): Promise<Row[]> {
  const arenas = new ArenaRegistry();
  arenas.register(handles);
  const parts = segments.map(({ columnTypes, blocks }) => {
    const opened = blocks.map((block) => openBlock(block, (arena) => arenas.buffer(arena)));
    return rowsOf(inputFromBlocks(columnTypes, opened));
  });
  return (await Promise.all(parts)).flat();
}

/** Rows as a segment that the engine can run over in this thread. */
export function asSegment(rows: readonly Row[], clip: Interval | null): TestSegment {
  const inside = rows.filter((row) => {
    const time = row['__time'];
    assert(typeof time === 'number', 'A row has no time');
    return clip === null || (time >= clip.startMs && time < clip.endMs);
  });
  return buildSegment({ types: TYPES, rows: inside, unsorted: true });
}
