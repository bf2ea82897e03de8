import type { BumpArena } from '../../../../src/memory/bump-arena.js';
import type { SegmentBlocks } from '../../../../src/memory/block-ref.js';
import type { Block, ColumnVector } from '../../../../src/vectors/block.js';
import { openBlock } from '../../../../src/vectors/block-view.js';

export type PlainRow = Readonly<Record<string, unknown>>;

/** All rows of a view as plain objects, as the engine would see them. Longs are bigint. */
export function readView(view: SegmentBlocks, arena: BumpArena): PlainRow[] {
  const rows: PlainRow[] = [];
  for (const ref of view.blocks) {
    rows.push(
      ...readBlock(
        openBlock(ref, () => arena.buffer),
        Object.keys(view.columnTypes),
      ),
    );
  }
  return rows;
}

export function readBlock(block: Block, names: readonly string[]): PlainRow[] {
  const rows: Record<string, unknown>[] = [];
  for (let row = 0; row < block.numRows; row++) {
    rows.push(Object.fromEntries(names.map((name) => [name, cell(block.column(name), row)])));
  }
  return rows;
}

export function cell(vector: ColumnVector | undefined, row: number): unknown {
  if (vector === undefined) return null;
  if ('nulls' in vector && vector.nulls?.[row] === 1) return null;
  switch (vector.kind) {
    case 'string': {
      const id = vector.ids[row]!;
      return id === 0 ? null : vector.dictionary.value(id);
    }
    case 'multiString': {
      const ids = Array.from(vector.ids.subarray(vector.offsets[row], vector.offsets[row + 1]));
      const values = ids.map((id) => (id === 0 ? null : vector.dictionary.value(id)));
      return values.length === 0 ? null : values.length === 1 ? values[0] : values;
    }
    case 'long':
      return BigInt(vector.base) + BigInt(vector.values[row]!);
    case 'double':
    case 'float':
      return vector.values[row];
    case 'binary':
      return Buffer.from(vector.bytes.subarray(vector.offsets[row], vector.offsets[row + 1])).toString('utf8');
    case 'array': {
      const values: unknown[] = [];
      for (let i = vector.offsets[row]!; i < vector.offsets[row + 1]!; i++) values.push(cell(vector.elements, i));
      return values;
    }
  }
}
