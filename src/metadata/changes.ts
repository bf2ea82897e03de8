import type { MetadataChanges, SegmentRow } from './metadata-store.js';
import type { MetadataDatabase, Queries } from './database.js';
import { readUsedSegments } from './packed-snapshot.js';
import { leaseRow, offsetsRow, segmentRow, supervisorRow } from './rows.js';
import type { ChangeKind } from './schema.js';
import type { PackedSnapshot } from './unpack-snapshot.js';

/** Reads of what a view needs at one S. Both run in a transaction whose statements see one state. */

export async function readSnapshot(trx: Queries, database: MetadataDatabase): Promise<PackedSnapshot> {
  const { s } = await readState(trx);
  const segments = await readUsedSegments(trx, database);
  const offsets = await trx.selectFrom('offsets').selectAll().execute();
  const leases = await trx.selectFrom('leases').selectAll().execute();
  const supervisors = await trx.selectFrom('supervisors').selectAll().execute();
  return {
    s,
    segments,
    offsets: offsets.map(offsetsRow),
    leases: leases.map(leaseRow),
    supervisors: supervisors.map(supervisorRow),
  };
}

/** undefined when the change log does not reach back to `fromS`, or the store never was there. */
export async function readChanges(trx: Queries, fromS: number): Promise<MetadataChanges | undefined> {
  const { s, trimmed_to_s: trimmedToS } = await readState(trx);
  if (fromS < trimmedToS || fromS > s) return undefined;
  const nothing = { segmentsAdded: [], segmentsRetired: [], offsets: [], offsetsRemoved: [], leases: [] };
  if (fromS === s) return { fromS, toS: s, ...nothing, supervisors: [], supervisorsRemoved: [] };

  const changed = (kind: ChangeKind) =>
    trx.selectFrom('changes').select('key').distinct().where('s', '>', fromS).where('kind', '=', kind);
  const keysOf = async (kind: ChangeKind): Promise<string[]> => (await changed(kind).execute()).map((row) => row.key);

  const segmentRows = await trx.selectFrom('segments').selectAll().where('id', 'in', changed('segment')).execute();
  const segments = segmentRows.map(segmentRow);
  const presentSegments = new Set(segments.map((row) => row.id));
  const offsets = await trx
    .selectFrom('offsets')
    .selectAll()
    .where('supervisor_id', 'in', changed('offsets'))
    .execute();
  const leases = await trx.selectFrom('leases').selectAll().where('name', 'in', changed('lease')).execute();
  const supervisors = await trx
    .selectFrom('supervisors')
    .selectAll()
    .where('id', 'in', changed('supervisor'))
    .execute();
  const withOffsets = new Set(offsets.map((row) => row.supervisor_id));
  const present = new Set(supervisors.map((row) => row.id));
  return {
    fromS,
    toS: s,
    segmentsAdded: segments.filter((row) => row.usedToS === null && row.usedFromS > fromS),
    segmentsRetired: [
      ...segments.filter((row) => isRetiredSince(row, fromS)).map((row) => row.id),
      // Killed: the row is gone.
      ...(await keysOf('segment')).filter((id) => !presentSegments.has(id)),
    ],
    offsets: offsets.map(offsetsRow),
    offsetsRemoved: (await keysOf('offsets')).filter((key) => !withOffsets.has(key)),
    leases: leases.map(leaseRow),
    supervisors: supervisors.map(supervisorRow),
    supervisorsRemoved: (await keysOf('supervisor')).filter((key) => !present.has(key)),
  };
}

export async function readState(trx: Queries): Promise<{ readonly s: number; readonly trimmed_to_s: number }> {
  return trx.selectFrom('state').select(['s', 'trimmed_to_s']).where('id', '=', 1).executeTakeFirstOrThrow();
}

/** Segments that came and went within the range were never seen by the reader. */
function isRetiredSince(row: SegmentRow, fromS: number): boolean {
  return row.usedToS !== null && row.usedToS > fromS && row.usedFromS <= fromS;
}
