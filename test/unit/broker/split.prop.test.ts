/**
 * An answer does not depend on how rows are split into segments, blocks, threads and nodes, nor on whether their dictionaries are sorted (stored)
 * or grow (real-time). Through the real broker, with nodes that run their leaves in this process. Doubles are quarters, whose sums are exact
 * in any order, so that whole answers are compared as text. (Rows that a stream's owner holds are part of test/diff.)
 */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Broker } from '../../../src/broker/broker.js';
import { ClusterView } from '../../../src/broker/cluster-view.js';
import type { SqlMetadataStore } from '../../../src/metadata/sql-metadata-store.js';
import { MetadataView } from '../../../src/metadata/metadata-view.js';
import { systemClock } from '../../../src/platform/clock.js';
import type { LeafPlan, NodeLeaf } from '../../../src/plan/leaf-plan.js';
import type { LeafClient } from '../../../src/protocol/leaf.js';
import { parseNativeQuery } from '../../../src/query/parse-native-query.js';
import { encodeAnswer, wholeText } from '../../../src/server/http/encode/answer-body.js';
import { GRANULARITIES } from '../../diff/granularities.js';
import { nativeQuery } from '../../diff/native-json.js';
import {
  FIRST_MS,
  LAST_MS,
  queriesOver,
  type RandomQuery,
  type RandomTable,
  type Row,
  tables,
} from '../../diff/random-case.js';
import { buildSegment, type Cell, type TestSegment } from '../../support/blocks.js';
import { runLeaf } from '../../support/run-leaf.js';
import { openMemoryStore } from '../coordination/memory-store.js';
import { noting } from '../../support/noting.js';

const TYPES = { string: 'STRING', long: 'LONG', double: 'DOUBLE' } as const;
const NODES = ['one', 'two'];

/** How rows are laid out: for each row its segment, and of each segment its form. */
interface Split {
  readonly segmentOf: readonly number[];
  readonly forms: readonly { readonly blockRows: number; readonly unsorted: boolean }[];
  readonly threads: number;
}

const WHOLE: Split = { segmentOf: [0], forms: [{ blockRows: 65_536, unsorted: false }], threads: 1 };

const splits: fc.Arbitrary<Split> = fc
  .array(fc.record({ blockRows: fc.integer({ min: 1, max: 100 }), unsorted: fc.boolean() }), {
    minLength: 1,
    maxLength: 6,
  })
  .chain((forms) =>
    fc.record({
      forms: fc.constant(forms),
      segmentOf: fc.array(fc.nat(forms.length - 1), { minLength: 1, maxLength: 40 }),
      threads: fc.integer({ min: 1, max: 3 }),
    }),
  );

/** By id of the published segment. */
const held = new Map<string, { readonly segment: TestSegment; readonly threads: number }>();
let store: SqlMetadataStore;
let view: MetadataView;
let broker: Broker;
let numSources = 0;

beforeAll(async () => {
  store = await openMemoryStore(systemClock);
  view = new MetadataView(store);
  for (const id of NODES) {
    await store.heartbeat({ id, roles: ['historical'], host: id, port: 1, startedAtMs: 1, viewS: 0 });
  }
  const cluster = new ClusterView(store);
  await cluster.refresh();
  broker = new Broker({ view, cluster, clientOf: () => node, clock: systemClock, cacheBytes: 2 ** 20 });
});

afterAll(() => store.close());

/** Runs leaves over what it is asked for; which segments those are, the broker has decided. */
const node: LeafClient<NodeLeaf> = {
  run({ plan, target }) {
    if (target.kind !== 'segments') throw new Error('There are no streams here');
    const found = target.segments.map(({ id }) => held.get(id)!);
    const threads = Math.max(...found.map((one) => one.threads));
    const table = runLeaf(
      plan as LeafPlan,
      found.map(({ segment }) => segment),
      threads,
    );
    return Promise.resolve({ kind: 'partial', table, rowsScanned: 0 });
  },
};

test('an answer does not depend on segments, blocks, threads, nodes and kinds of dictionaries', async () => {
  const cases = fc
    .tuple(tables, splits)
    .chain(([table, split]) =>
      fc
        .array(queriesOver(table.columns, GRANULARITIES.length), { minLength: 1, maxLength: 12, size: 'max' })
        .map((queries) => ({ table: inQuarters(table), split, queries })),
    );
  await fc.assert(
    fc.asyncProperty(cases, async ({ table, split, queries }) => {
      const whole = await publish(table, WHOLE);
      const parts = await publish(table, split);
      for (const query of queries) {
        expect(await answer(query, parts), JSON.stringify(query)).toEqual(await answer(query, whole));
      }
    }),
    { numRuns: 60 },
  );
});

function inQuarters({ columns, rows }: RandomTable): RandomTable {
  const doubles = columns.filter(({ kind }) => kind === 'double').map(({ name }) => name);
  const quarters = (row: Row): Row => {
    const changed = doubles.map((name) => {
      const value = row[name] ?? null;
      return [name, value === null ? null : Math.round(Number(value) * 4) / 4] as const;
    });
    return { ...row, ...Object.fromEntries(changed) };
  };
  return { columns, rows: rows.map(quarters) };
}

/** @returns the data source */
async function publish(table: RandomTable, { segmentOf, forms, threads }: Split): Promise<string> {
  const dataSource = `t${++numSources}`;
  const parts = forms.map((): Row[] => []);
  table.rows.forEach((row, i) => parts[segmentOf[i % segmentOf.length]!]!.push(row));
  const types = Object.fromEntries(table.columns.map(({ name, kind }) => [name, TYPES[kind]]));
  for (const [i, part] of parts.entries()) {
    if (part.length === 0) continue;
    const sorted = part.toSorted((a, b) => a.timeMs - b.timeMs);
    const rows = sorted.map((row) => cells(table, row));
    const outcome = await noting(store).publishBatch({
      dataSource,
      append: true,
      intervals: [{ startMs: FIRST_MS, endMs: LAST_MS }],
      segments: [
        {
          intervalStartMs: FIRST_MS,
          intervalEndMs: LAST_MS,
          numRows: rows.length,
          sizeBytes: 1,
          minTimeMs: sorted[0]!.timeMs,
          maxTimeMs: sorted.at(-1)!.timeMs,
          dimensions: table.columns.map(({ name }) => name),
          metrics: [],
          path: `${dataSource}/${i}`,
        },
      ],
    });
    if (outcome.kind !== 'published') throw new Error(outcome.detail);
    const { id } = outcome.segments[0]!;
    const segment = buildSegment({ types: { __time: 'LONG', ...types }, rows, segmentId: id, ...forms[i]! });
    held.set(id, { segment, threads });
  }
  await view.refresh();
  return dataSource;
}

function cells({ columns }: RandomTable, row: Row): Readonly<Record<string, Cell>> {
  const values = columns.map(({ name, kind }): [string, Cell] => {
    const value = row[name] ?? null;
    return [name, value !== null && kind === 'long' ? BigInt(value) : value];
  });
  return { __time: BigInt(row.timeMs), ...Object.fromEntries(values) };
}

/** The JSON that a client gets. */
async function answer(query: RandomQuery, dataSource: string): Promise<unknown> {
  const json = { ...nativeQuery(query, dataSource), context: { skipEmptyBuckets: true, useCache: false } };
  const { body } = await broker.run(parseNativeQuery(json, () => 'split'));
  if (body.kind !== 'scan') return comparable(query, await wholeText(body));
  let text = '';
  for await (const part of encodeAnswer(body)) text += part;
  const batches = JSON.parse(text) as { readonly events: readonly unknown[] }[];
  // Rows of equal times have no order.
  return batches.flatMap(({ events }) => events.map((event) => JSON.stringify(event))).toSorted();
}

/** Without what does depend on segments, as in Druid: the time of a bucket over all time, and whether it is shown when empty. */
function comparable(query: RandomQuery, text: string): unknown {
  const rows = JSON.parse(text) as { readonly timestamp: string; readonly result?: unknown }[];
  if (query.type === 'groupBy') return query.hasSubtotals ? rows.map((row) => JSON.stringify(row)).toSorted() : text;
  const isAll = query.type !== 'scan' && GRANULARITIES[query.granularity]!.floor === null;
  if (!isAll) return text;
  return rows.filter(({ result }) => !Array.isArray(result) || result.length > 0).map(({ result }) => result);
}
