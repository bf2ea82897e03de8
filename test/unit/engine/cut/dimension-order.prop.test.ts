import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DimensionOrder } from '../../../../src/engine/cut/dimension-order.js';
import { Utf8Space } from '../../../../src/engine/spaces/utf8-space.js';
import type { Utf8Values } from '../../../../src/vectors/block.js';
import type { Table, TableColumn } from '../../../../src/vectors/table.js';

/** Values in no order, as the space of a node has them. */
class ListSpace extends Utf8Space {
  readonly isShared = true;
  readonly #texts: readonly string[];

  constructor(texts: readonly string[]) {
    super('list');
    this.#texts = texts;
  }

  get size(): number {
    return this.#texts.length;
  }

  protected get sorted(): boolean {
    return false;
  }

  protected utf8(): Utf8Values {
    const parts = this.#texts.map((text) => Buffer.from(text));
    const offsets = new Uint32Array(parts.length + 1);
    parts.forEach((part, i) => {
      offsets[i + 1] = offsets[i]! + part.length;
    });
    return { offsets, bytes: Buffer.concat(parts) };
  }
}

function table(column: TableColumn, numRows: number): Table {
  const times: TableColumn = { type: 'DOUBLE', values: new Float64Array(numRows), nulls: null };
  return { numRows, names: ['t', 'd0'], columns: [times, column] };
}

const unit = fc.constantFrom('a', 'b', 'B', 'é', '\u{1F600}', '\uFFFD', '9', '10');

test('groups have the order of their values, nulls first, whether these are ids of a space or text', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.string({ unit, maxLength: 10 }), { minLength: 1, maxLength: 12 }),
      fc.nat(12),
      (texts, split) => {
        const space = new ListSpace(texts);
        const ids = Uint32Array.from({ length: texts.length + 1 }, (_, i) => texts.length - i);
        const parts = [ids.subarray(0, split), new Uint32Array(0), ids.subarray(split)];
        const asIds = parts.map((part) => table({ type: 'IDS', ids: part, space }, part.length));
        const asText = parts.map((part) =>
          table({ type: 'STRING', ids: Int32Array.from(part, (id) => id - 1), dictionary: texts }, part.length),
        );
        const groups = Uint32Array.from(ids.keys());
        const order = (tables: readonly Table[]): number[] => {
          const by = new DimensionOrder(tables, groups);
          return Array.from(groups).toSorted((a, b) => by.compare(a, b));
        };
        const expected = Array.from(groups).toSorted((a, b) => {
          const [x, y] = [ids[a]!, ids[b]!].map((id) => (id === 0 ? null : texts[id - 1]!));
          if (x === null || y === null) return x === null ? -1 : 1;
          return x! < y! ? -1 : 1;
        });
        expect(order(asIds)).toEqual(expected);
        expect(order(asText)).toEqual(expected);
      },
    ),
  );
});
