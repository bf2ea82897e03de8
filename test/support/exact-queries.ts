import { expect } from 'vitest';
import type { EventOracle } from './event-oracle.js';
import type { Answer, MillraceProcess } from './millrace-process.js';

export interface CheckedState {
  readonly s: number;
  readonly count: number;
  readonly vector: Readonly<Record<string, number>>;
}

/**
 * Asks for count, sum and a list of groups, and compares with the oracle at the state that each answer reports.
 * @returns undefined when the server answered 503: complete, or an error
 */
export async function checkExact(
  server: MillraceProcess,
  dataSource: string,
  oracle: EventOracle,
): Promise<CheckedState | undefined> {
  const totals = await server.post('/druid/v2', {
    queryType: 'timeseries',
    dataSource,
    intervals: oracle.interval,
    granularity: 'all',
    aggregations: [
      { type: 'count', name: 'count' },
      { type: 'longSum', name: 'added', fieldName: 'added' },
    ],
    context: { includeState: true },
  });
  if (totals.status === 503) return undefined;
  const state = stateOf(totals);
  const expected = oracle.at(state.vector);
  const [row] = JSON.parse(totals.text) as [{ result: { count: number; added: number | null } }];
  expect({ at: state, ...row.result }).toEqual({
    at: state,
    count: expected.count,
    added: expected.count === 0 ? null : expected.added,
  });
  await checkGroups(server, dataSource, oracle);
  return { ...state, count: expected.count };
}

async function checkGroups(server: MillraceProcess, dataSource: string, oracle: EventOracle): Promise<void> {
  const groups = await server.post('/druid/v2', {
    queryType: 'groupBy',
    dataSource,
    intervals: oracle.interval,
    granularity: 'all',
    dimensions: ['page'],
    aggregations: [{ type: 'count', name: 'count' }],
    context: { includeState: true },
  });
  if (groups.status === 503) return;
  const state = stateOf(groups);
  const rows = JSON.parse(groups.text) as { event: { page: string; count: number } }[];
  const got = Object.fromEntries(rows.map(({ event }) => [event.page, event.count]));
  expect({ at: state, pages: got }).toEqual({ at: state, pages: Object.fromEntries(oracle.at(state.vector).pages) });
}

function stateOf(answer: Answer): { s: number; vector: Record<string, number> } {
  expect(`${answer.status} ${answer.status === 200 ? '' : answer.text}`).toBe('200 ');
  const state = JSON.parse(answer.headers.get('x-millrace-state') ?? 'null') as {
    s: number;
    offsets: Record<string, { partitions: Record<string, number> }>;
  };
  const vector = Object.assign({}, ...Object.values(state.offsets).map((stream) => stream.partitions)) as Record<
    string,
    number
  >;
  return { s: state.s, vector };
}
