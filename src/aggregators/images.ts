import type { BinaryVector } from '../vectors/block.js';
import type { TableColumn } from '../vectors/table.js';

type BinaryColumn = TableColumn & { readonly type: 'BINARY' };

/** A column of images, one per group; undefined is null. */
export function imageColumn(images: readonly (Uint8Array | undefined)[]): BinaryColumn {
  const offsets = new Uint32Array(images.length + 1);
  images.forEach((image, i) => {
    offsets[i + 1] = offsets[i]! + (image?.length ?? 0);
  });
  const bytes = new Uint8Array(offsets[images.length]!);
  images.forEach((image, i) => {
    if (image !== undefined) bytes.set(image, offsets[i]!);
  });
  const hasNull = images.includes(undefined);
  const nulls = hasNull ? Uint8Array.from(images, (image) => (image === undefined ? 1 : 0)) : null;
  return { type: 'BINARY', offsets, bytes, nulls };
}

/** The image of a row, as a view; undefined when it is null or empty. */
export function imageAt(column: BinaryColumn | BinaryVector, row: number): Uint8Array | undefined {
  const [from, to] = [column.offsets[row]!, column.offsets[row + 1]!];
  return from === to || column.nulls?.[row] === 1 ? undefined : column.bytes.subarray(from, to);
}

/** Images as base64 text, as Druid shows a sketch that is not finished. */
export function base64Column(column: BinaryColumn): TableColumn {
  const numbers = new Map<string, number>();
  const ids = new Int32Array(column.offsets.length - 1).fill(-1);
  for (let row = 0; row < ids.length; row++) {
    if (column.nulls?.[row] === 1) continue;
    const text = Buffer.from(column.bytes.subarray(column.offsets[row], column.offsets[row + 1])).toString('base64');
    const id = numbers.get(text) ?? numbers.size;
    numbers.set(text, id);
    ids[row] = id;
  }
  return { type: 'STRING', ids, dictionary: [...numbers.keys()] };
}

/** Bytes of base64 text; characters outside of its alphabet are skipped, as Java's decoder of Druid does. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(text, 'base64'));
}
