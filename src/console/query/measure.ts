import { api, send } from '../shared/api.js';
import type { NativeQuery } from './plan.js';

/** Of a step that is no groupBy, whose rows are held while they are counted. */
const MOST_ROWS = 2_000_000;

export interface Share {
  readonly read: number;
  readonly all: number;
}

/** What a step did when it was run by itself. */
export interface Measured {
  readonly rows: number;
  readonly tookMs: number;
  /** Segments that the step reads, and those of the table; undefined when it reads no table directly. */
  readonly segments: Share | undefined;
  /** Blocks that the step and those below it read, and those of their segments; undefined when they read none. */
  readonly blocks: Share | undefined;
}

/** Runs a step at the server, where its rows are counted, not sent. @throws ApiError */
export async function measure(query: NativeQuery, table: string | undefined): Promise<Measured> {
  const startedAt = performance.now();
  const answer = await send('/druid/v2', {
    body: {
      queryType: 'groupBy',
      dataSource: { type: 'query', query: { ...query, context: {} } },
      intervals: ['-146136543-09-08T08:23:32.096Z/146140482-04-24T15:36:27.903Z'],
      granularity: 'all',
      dimensions: [],
      aggregations: [{ type: 'count', name: 'rows' }],
      context: { useCache: false, populateCache: false, maxSubqueryRows: MOST_ROWS, includeProfile: true },
    },
  });
  const [bucket] = (await answer.json()) as readonly [{ readonly event: { readonly rows: number } }?];
  const tookMs = performance.now() - startedAt;
  return {
    rows: bucket?.event.rows ?? 0,
    tookMs,
    segments: table === undefined ? undefined : await pruning(query, table),
    blocks: blocksOf(answer.headers.get('x-millrace-profile')),
  };
}

function blocksOf(profile: string | null): Share | undefined {
  if (profile === null) return undefined;
  const { blocksRead, blocks } = JSON.parse(profile) as { readonly blocksRead: number; readonly blocks: number };
  return blocks === 0 ? undefined : { read: blocksRead, all: blocks };
}

async function pruning(query: NativeQuery, table: string): Promise<Share> {
  const [read, intervals] = await Promise.all([
    api<readonly unknown[]>('/druid/v2/candidates', { body: query }),
    api<Readonly<Record<string, { readonly count: number }>> | undefined>(
      `/druid/coordinator/v1/datasources/${encodeURIComponent(table)}/intervals?simple`,
    ).catch(() => undefined),
  ]);
  const all = Object.values(intervals ?? {}).reduce((sum, { count }) => sum + count, 0);
  return { read: read.length, all: Math.max(all, read.length) };
}
