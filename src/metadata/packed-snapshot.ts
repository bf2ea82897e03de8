import { sql } from 'kysely';
import type { MetadataDatabase, Queries } from './database.js';
import type { SegmentTable } from './schema.js';
import type { SegmentColumns } from './unpack-snapshot.js';

/** Columns of used segments that a snapshot holds; `used_to_s` is null in all of them. */
const COLUMNS = [
  'id',
  'data_source',
  'start_ms',
  'end_ms',
  'version',
  'partition_num',
  'core_partitions',
  'num_rows',
  'size_bytes',
  'min_time_ms',
  'max_time_ms',
  'dimensions',
  'metrics',
  'path',
  'used_from_s',
  'created_at_ms',
  'shard_spec',
  'compaction_state',
] as const satisfies readonly (keyof SegmentTable)[];

/** The used segments as one JSON array a column, made by the database: no value of them is touched in this thread. */
export async function readUsedSegments(trx: Queries, database: MetadataDatabase): Promise<SegmentColumns> {
  const columns = COLUMNS.map((column) => sql`${database.jsonArray(column)} as ${sql.ref(column)}`);
  const { rows } = await sql<SegmentColumns>`
    select ${sql.join(columns)} from segments where used_to_s is null`.execute(trx);
  return rows[0]!;
}
