import { failedToRun } from '../../query/query-errors.js';
import type { Block, MultiStringVector } from '../../vectors/block.js';
import type { Selection } from '../../vectors/selection.js';

/** A multi-value dimension's dictionary ids, one per entry of an exploded selection; a row without value has one id 0, or no entry. */
export interface ExplodedIds {
  readonly vector: MultiStringVector;
  readonly ids: Uint32Array;
}

/** A selection in which a row comes once for each combination of its multi-value dimensions. */
export interface Exploded {
  readonly selection: Selection;
  /** By place in the columns asked for; undefined where the block has no multi-value column. */
  readonly columns: readonly (ExplodedIds | undefined)[];
}

/**
 * Explodes the multi-value columns among `columns` (one that comes twice multiplies twice); undefined when there is none.
 * @param fewest entries of a row without values: 1, or 0 where such rows do not count
 */
export function explode(
  block: Block,
  selection: Selection,
  columns: readonly string[],
  fewest: 0 | 1,
): Exploded | undefined {
  const vectors = columns.map((column) => {
    const vector = block.column(column);
    return vector?.kind === 'multiString' ? vector : undefined;
  });
  if (vectors.every((vector) => vector === undefined)) return undefined;
  let current = selection;
  let exploded: (ExplodedIds | undefined)[] = [];
  for (const vector of vectors) {
    if (vector === undefined) {
      exploded.push(undefined);
      continue;
    }
    const count = explodedCount(vector, current, fewest);
    const rows = new Uint16Array(count);
    const from = new Uint32Array(count);
    const ids = new Uint32Array(count);
    explodeColumn(vector, current, rows, from, ids, fewest);
    exploded = exploded.map((before) => before && { vector: before.vector, ids: pick(before.ids, from) });
    exploded.push({ vector, ids });
    current = { rows, count };
  }
  return { selection: current, columns: exploded };
}

/** @throws DruidError RUNTIME_FAILURE, in Druid's words, when a selected row has several values in one of the columns */
export function assertSingleValues(block: Block, selection: Selection, columns: readonly string[]): void {
  for (const column of columns) {
    const vector = block.column(column);
    if (vector?.kind !== 'multiString' || isSingle(vector, selection)) continue;
    const key = "'groupByEnableMultiValueUnnesting'";
    const problem = `Encountered multi-value dimension [${column}] that cannot be processed with ${key} set to false. Consider setting ${key} to true in your query context.`;
    const cause = 'org.apache.druid.query.groupby.epinephelinae.UnexpectedMultiValueDimensionException';
    throw failedToRun(`java.util.concurrent.ExecutionException: ${cause}: ${problem}`, 'java.lang.RuntimeException');
  }
}

function isSingle(vector: MultiStringVector, selection: Selection): boolean {
  for (let i = 0; i < selection.count; i++) {
    const row = selection.rows === null ? i : selection.rows[i]!;
    if (vector.offsets[row + 1]! - vector.offsets[row]! > 1) return false;
  }
  return true;
}

function explodedCount(vector: MultiStringVector, selection: Selection, fewest: 0 | 1): number {
  let count = 0;
  for (let i = 0; i < selection.count; i++) {
    const row = selection.rows === null ? i : selection.rows[i]!;
    count += Math.max(fewest, vector.offsets[row + 1]! - vector.offsets[row]!);
  }
  return count;
}

function explodeColumn(
  vector: MultiStringVector,
  selection: Selection,
  rows: Uint16Array,
  from: Uint32Array,
  ids: Uint32Array,
  fewest: 0 | 1,
): void {
  let n = 0;
  for (let i = 0; i < selection.count; i++) {
    const row = selection.rows === null ? i : selection.rows[i]!;
    const end = vector.offsets[row + 1]!;
    const start = vector.offsets[row]!;
    for (let at = start; at < Math.max(end, start + fewest); at++) {
      rows[n] = row;
      from[n] = i;
      ids[n++] = at < end ? vector.ids[at]! : 0;
    }
  }
}

function pick(ids: Uint32Array, from: Uint32Array): Uint32Array {
  const picked = new Uint32Array(from.length);
  for (let i = 0; i < from.length; i++) picked[i] = ids[from[i]!]!;
  return picked;
}
