import { expect } from 'vitest';
import { EventOracle } from './event-oracle.js';
import { eventually, type MillraceProcess } from './millrace-process.js';
import { Pusher, superviseEvents } from './pusher.js';

/** A table of pushed events that SQL knows, and what is in it. */
export interface PushedTable {
  readonly name: string;
  readonly isRollup: boolean;
  readonly oracle: EventOracle;
  readonly pusher: Pusher;
}

/** Makes a table that hands off every two seconds, with some events in it. */
export async function pushedTable(
  server: MillraceProcess,
  { name, seed, events, isRollup = false }: { name: string; seed: number; events: number; isRollup?: boolean },
): Promise<PushedTable> {
  await superviseEvents(server, name, 'PT2S', isRollup);
  const oracle = new EventOracle(seed);
  const pusher = new Pusher(server, name, oracle);
  await pusher.push(events);
  // A data source without rows is no table of SQL yet.
  await eventually(async () => {
    const { status } = await server.post('/druid/v2/sql', { query: `SELECT COUNT(*) FROM ${name}` });
    return status === 200 || undefined;
  });
  return { name, isRollup, oracle, pusher };
}

/** Submits a compaction of all of it. @returns the task's id */
export async function compact(server: MillraceProcess, { name, oracle }: PushedTable): Promise<string> {
  const ioConfig = { type: 'compact', inputSpec: { type: 'interval', interval: oracle.interval } };
  const { status, text } = await server.post('/druid/indexer/v1/task', { type: 'compact', dataSource: name, ioConfig });
  expect(status, text).toBe(200);
  return (JSON.parse(text) as { readonly task: string }).task;
}
