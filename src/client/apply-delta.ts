/** How one array of rows becomes another; docs/live-queries.md says it in words. */
export interface Delta {
  /** Indexes in the old array, ascending. */
  readonly removed?: readonly number[];
  /** Rows by their index in the new array, ascending. */
  readonly added?: readonly (readonly [at: number, row: unknown])[];
  /** New values of rows, by their index in the new array. */
  readonly changed?: readonly (readonly [at: number, row: unknown])[];
  /** What changed in the array `result` of rows, by their index in the new array. */
  readonly within?: readonly (readonly [at: number, delta: Delta])[];
}

/** The new array. Rows that did not change are the same objects. */
export function applyDelta(rows: readonly unknown[], delta: Delta): readonly unknown[] {
  const removed = new Set(delta.removed);
  const kept = removed.size === 0 ? rows : rows.filter((_, i) => !removed.has(i));
  const added = new Map(delta.added);
  const result: unknown[] = [];
  for (let next = 0; result.length < kept.length + added.size; ) {
    const at = result.length;
    result.push(added.has(at) ? added.get(at) : kept[next++]);
  }
  for (const [at, row] of delta.changed ?? []) result[at] = row;
  for (const [at, inner] of delta.within ?? []) {
    const row = result[at] as { readonly result: readonly unknown[] };
    result[at] = { ...row, result: applyDelta(row.result, inner) };
  }
  return result;
}
