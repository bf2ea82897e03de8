import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ClusterView } from '../../../src/broker/cluster-view.js';
import { NodeUnreachable } from '../../../src/broker/http-leaf-client.js';
import { type LeafCall, Scatter } from '../../../src/broker/scatter.js';
import type { VisibleSegment } from '../../../src/metadata/metadata-view.js';
import type { MetadataStore } from '../../../src/metadata/metadata-store.js';
import { openMetadataStore } from '../../../src/metadata/open-metadata-store.js';
import type { StreamState } from '../../../src/metadata/stream-state.js';
import type { LeafResponse } from '../../../src/protocol/leaf.js';

const IDS = Array.from({ length: 20 }, (_, i) => `segment ${i}`);
const SEGMENTS = IDS.map((id) => ({ row: { id } })) as unknown as readonly VisibleSegment[];
const CALL = { plan: { kind: 'scan', skipRows: 0 } } as unknown as LeafCall;
const PARTIAL = { kind: 'partial', table: {}, rowsScanned: 1 } as unknown as LeafResponse;
const { signal } = new AbortController();

let directory: string;
let store: MetadataStore;
let cluster: ClusterView;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-scatter-'));
  store = await openMetadataStore(join(directory, 'metadata.sqlite'));
  for (const id of ['a', 'b'])
    await store.heartbeat({ id, roles: ['historical', 'indexer'], host: id, port: 1, startedAtMs: 0, viewS: 0 });
  cluster = new ClusterView(store);
  await cluster.refresh();
});
afterEach(async () => {
  await store.close();
  await rm(directory, { recursive: true, force: true });
});

test('segments of a historical that cannot be reached are asked of the other one', async () => {
  const answered: string[] = [];
  const scatter = new Scatter(cluster, ({ id }) => ({
    run: async ({ target }) => {
      if (id === 'a') throw new NodeUnreachable('a');
      if (target.kind === 'segments') answered.push(...target.segments.map((segment) => segment.id));
      return PARTIAL;
    },
  }));
  expect(await scatter.segments(CALL, 'edits', SEGMENTS, signal)).toMatchObject({ kind: 'complete' });
  expect(answered.toSorted()).toEqual(IDS.toSorted());
});

test('one refusal among the historicals makes the whole state unavailable', async () => {
  const scatter = new Scatter(cluster, ({ id }) => ({
    run: async () => (id === 'a' ? { kind: 'refused', reason: 'gone' } : PARTIAL),
  }));
  expect(await scatter.segments(CALL, 'edits', SEGMENTS, signal)).toEqual({ kind: 'unavailable', reason: 'gone' });
});

test('one task group that refuses makes the whole state unavailable', async () => {
  const group = (number: number, holder: string): object => ({
    group: number,
    lease: { holder, epoch: 1 },
    committed: {},
  });
  const stream = { supervisorId: 'edits', former: [], groups: [group(0, 'a'), group(1, 'b')] };
  const scatter = new Scatter(cluster, ({ id }) => ({
    run: async () => (id === 'a' ? { kind: 'refused', reason: 'gone' } : PARTIAL),
  }));
  const streams = [stream] as unknown as readonly StreamState[];
  expect(await scatter.streams(CALL, 'edits', streams, signal)).toEqual({ kind: 'unavailable', reason: 'gone' });
});
