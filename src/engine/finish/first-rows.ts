import type { RowOrder } from './row-order.js';

/** Below this share of all rows a heap of the kept ones is cheaper than a full sort. */
const HEAP_SHARE = 8;

/** The first `limit` of `rows` in an order, sorted; rows that compare equal keep the order of their numbers. */
export function firstRows(rows: Uint32Array, order: RowOrder, limit: number): Uint32Array {
  const total: RowOrder = (a, b) => order(a, b) || a - b;
  if (limit * HEAP_SHARE >= rows.length) return rows.slice().sort(total).slice(0, Math.min(limit, rows.length));
  if (limit === 0) return new Uint32Array(0);
  const heap = rows.slice(0, limit);
  for (let i = (limit >>> 1) - 1; i >= 0; i--) sink(heap, i, total);
  for (let i = limit; i < rows.length; i++) {
    if (total(rows[i]!, heap[0]!) >= 0) continue;
    heap[0] = rows[i]!;
    sink(heap, 0, total);
  }
  return heap.sort(total);
}

/** All row numbers of a table. */
export function everyRow(numRows: number): Uint32Array {
  return Uint32Array.from({ length: numRows }, (_, row) => row);
}

/** Restores the heap (last in order on top) below an entry. */
function sink(heap: Uint32Array, from: number, order: RowOrder): void {
  let at = from;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) return;
    if (child + 1 < heap.length && order(heap[child + 1]!, heap[child]!) > 0) child++;
    if (order(heap[child]!, heap[at]!) <= 0) return;
    const moved = heap[at]!;
    heap[at] = heap[child]!;
    heap[child] = moved;
    at = child;
  }
}
