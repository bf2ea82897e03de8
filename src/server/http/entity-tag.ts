import { createHash } from 'node:crypto';
import type { MetadataView } from '../../metadata/metadata-view.js';
import { canonicalQueryKey } from '../../plan/canonical-query-key.js';
import type { NativeQuery } from '../../query/native-query.js';

type View = Pick<MetadataView, 's' | 'visible' | 'streams'>;

export interface EntityTag {
  /** With quotes, as in the header. */
  readonly tag: string;
  /** The state of the metadata that it is true of. */
  readonly s: number;
}

/** Changes when the same answer is written in another way. */
const ENCODING_VERSION = 2;

/**
 * Names the answer of a query: equal tags mean equal answers. Only of what published segments alone decide: undefined when a stream
 * feeds a table, when a lookup may be read (its contents can change), or when the query reads other things than tables.
 * @param form type of the answer and how it is laid out
 * @source Druid `client/CachingClusteredClient.java` (which tags answers of historicals alone)
 */
export function entityTag(query: NativeQuery, form: string, view: View): EntityTag | undefined {
  const { s } = view;
  if (query.dataSource.type !== 'tables') return undefined;
  const plan = canonicalQueryKey(query);
  if (/lookup/i.test(plan)) return undefined;
  const hash = createHash('sha256').update(`${ENCODING_VERSION}|${form}|${plan}`);
  for (const dataSource of query.dataSources) {
    if (view.streams(dataSource).length > 0) return undefined;
    hash.update(`|${dataSource}`);
    for (const interval of query.intervals) {
      for (const { row, clip } of view.visible(dataSource, interval)) {
        hash.update(`|${row.id}@${clip?.startMs}-${clip?.endMs}`);
      }
    }
  }
  return { tag: `"${hash.digest('base64url')}"`, s };
}

/** True when the header names the tag; `*` would be true of every answer, but nobody could know which one they have. */
export function matchesTag(ifNoneMatch: string, tag: string): boolean {
  return ifNoneMatch.split(',').some((one) => {
    const text = one.trim().replace(/^W\//, '');
    // Druid's own tags have no quotes.
    return text === tag || `"${text}"` === tag;
  });
}
