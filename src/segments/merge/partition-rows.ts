/** Which segment each row of an interval goes to. @source Druid `HashBasedNumberedPartialShardSpec.java`, `DimensionRangeShardSpec.java` */
import { DruidError } from '../../common/druid-error.js';
import { murmur3Hash32 } from '../../common/murmur3-32.js';
import { assert } from '../../common/assert.js';
import type { HashedShardSpec, RangeShardSpec } from '../../metadata/metadata-store.js';
import type { FlatColumn, NamedColumn } from './flat-column.js';
import { rankRows } from './rank.js';

export type Partitioning =
  | {
      readonly type: 'hashed';
      /** null: as many as `targetRows` makes. */
      readonly numShards: number | null;
      readonly targetRows: number;
      /** Empty: the time and all dimensions. */
      readonly dimensions: readonly string[];
    }
  | { readonly type: 'range'; readonly dimensions: readonly string[]; readonly targetRows: number };

/** Rows of one segment. `positions` are places in `rows`, ascending. */
export interface RowPartition {
  readonly positions: Uint32Array;
  readonly shardSpec: HashedShardSpec | RangeShardSpec;
}

/**
 * @param rows row numbers of the columns: the rows of the output, in its order
 * @throws DruidError INVALID_INPUT for a range over lists of values, UNSUPPORTED for one over other types than STRING
 */
export function partitionRows(
  partitioning: Partitioning,
  dimensions: readonly NamedColumn[],
  times: Float64Array,
  rows: Uint32Array,
): readonly RowPartition[] {
  return partitioning.type === 'hashed'
    ? byHash(partitioning, dimensions, times, rows)
    : byRange(partitioning, dimensions, rows);
}

function byHash(
  { numShards, targetRows, dimensions: names }: Extract<Partitioning, { type: 'hashed' }>,
  dimensions: readonly NamedColumn[],
  times: Float64Array,
  rows: Uint32Array,
): RowPartition[] {
  const numBuckets = numShards ?? Math.max(1, Math.ceil(rows.length / targetRows));
  const sorted = [...dimensions].sort((a, b) => (a.name < b.name ? -1 : 1));
  const columns = names.length === 0 ? sorted : names.map((name) => dimensions.find((one) => one.name === name));
  const buckets = new Uint32Array(rows.length);
  rows.forEach((row, i) => {
    const values = columns.map((column) => (column === undefined ? [] : textsAt(column.column, row)));
    const key =
      names.length > 0 ? values : [times[row], Object.fromEntries(sorted.map(({ name }, at) => [name, values[at]]))];
    buckets[i] = hashBucket(JSON.stringify(key), numBuckets);
  });
  return groupsOf(buckets, numBuckets).map(({ group, positions }) => ({
    positions,
    shardSpec: { type: 'hashed', bucketId: group, numBuckets, partitionDimensions: names },
  }));
}

/** The bucket of a row by the JSON of its key. */
function hashBucket(key: string, numBuckets: number): number {
  return Math.abs(murmur3Hash32(Buffer.from(key, 'utf8')) % numBuckets);
}

function byRange(
  { dimensions: names, targetRows }: Extract<Partitioning, { type: 'range' }>,
  dimensions: readonly NamedColumn[],
  rows: Uint32Array,
): RowPartition[] {
  const columns = names.map((name) => rangeColumn(name, dimensions));
  const ranks = columns.map((column) => (column === undefined ? undefined : rankRows(column, rows).ranks));
  const compare = (a: number, b: number): number => {
    for (const of of ranks) if (of !== undefined && of[a] !== of[b]) return of[a]! - of[b]!;
    return 0;
  };
  const order = Uint32Array.from(rows, (_, i) => i).sort((a, b) => compare(a, b) || a - b);
  const groups = new Uint32Array(rows.length);
  const starts: number[] = [0];
  for (let i = 1, first = 0; i < order.length; i++) {
    // Rows of equal values stay together.
    if (i - first >= targetRows && compare(order[i - 1]!, order[i]!) !== 0) {
      starts.push(order[i]!);
      first = i;
    }
    groups[order[i]!] = starts.length - 1;
  }
  const valuesAt = (position: number): (string | null)[] =>
    columns.map((column) => (column === undefined ? null : (textsAt(column, rows[position]!)[0] ?? null)));
  return groupsOf(groups, starts.length).map(({ group, positions }) => ({
    positions,
    shardSpec: {
      type: 'range',
      dimensions: names,
      start: group === 0 ? null : valuesAt(starts[group]!),
      end: group === starts.length - 1 ? null : valuesAt(starts[group + 1]!),
    },
  }));
}

/** undefined: all its values are null. */
function rangeColumn(name: string, dimensions: readonly NamedColumn[]): FlatColumn | undefined {
  const found = dimensions.find((dimension) => dimension.name === name);
  if (found === undefined || found.column.kind === 'string') return found?.column;
  if (found.column.kind === 'multiString')
    throw new DruidError(`Cannot partition on multi-value dimension [${name}]`, { category: 'INVALID_INPUT' });
  throw new DruidError(`Cannot partition by ranges of dimension [${name}] of type [${found.type}]`, {
    category: 'UNSUPPORTED',
  });
}

function groupsOf(
  groups: Uint32Array,
  numGroups: number,
): { readonly group: number; readonly positions: Uint32Array }[] {
  const counts = new Uint32Array(numGroups);
  for (const group of groups) counts[group]!++;
  const positions = Array.from(counts, (count) => new Uint32Array(count));
  const filled = new Uint32Array(numGroups);
  groups.forEach((group, position) => {
    positions[group]![filled[group]!++] = position;
  });
  return positions.map((of, group) => ({ group, positions: of })).filter((of) => of.positions.length > 0);
}

/** Values as Druid's rows give them to its hash: a list of texts. */
function textsAt(column: FlatColumn, row: number): string[] {
  switch (column.kind) {
    case 'string': {
      const id = column.ids[row]!;
      return id === 0 ? [] : [column.dictionary.value(id)];
    }
    case 'multiString': {
      const ids = column.ids.subarray(column.offsets[row], column.offsets[row + 1]);
      return Array.from(ids, (id) => (id === 0 ? 'null' : column.dictionary.value(id)));
    }
    case 'binary':
      return column.nulls?.[row] === 1
        ? []
        : [Buffer.from(column.bytes.subarray(column.offsets[row], column.offsets[row + 1])).toString('base64')];
    case 'array': {
      if (column.nulls?.[row] === 1) return [];
      const { elements, offsets } = column;
      const length = offsets[row + 1]! - offsets[row]!;
      return Array.from({ length }, (_, i) => textsAt(elements, offsets[row]! + i)[0] ?? 'null');
    }
    default: {
      assert(column.values.length > row, `Row [${row}] is not in the column`);
      return column.nulls?.[row] === 1 ? [] : [String(column.values[row])];
    }
  }
}
