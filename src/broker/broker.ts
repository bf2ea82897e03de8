import { DruidError } from '../common/druid-error.js';
import { finishAggregate } from '../engine/finish.js';
import { mergePartials } from '../engine/merge.js';
import type { MetadataView, VisibleSegment } from '../metadata/metadata-view.js';
import type { OffsetVector } from '../metadata/offset-vector.js';
import { lowerNativeQuery } from '../plan/lower-native.js';
import type { GroupedLeaf, LeafPlan, NodeLeaf } from '../plan/leaf-plan.js';
import type { Clock } from '../platform/clock.js';
import type { NativeQuery, ScanQuery, SegmentMetadataQuery } from '../query/native-query.js';
import type { Table } from '../vectors/table.js';
import type { AnswerBody, QueryAnswer } from './answer.js';
import type { ClusterView } from './cluster-view.js';
import { answerState, type FixedState, fixState } from './fixed-state.js';
import { PartialCache } from './partial-cache.js';
import { QueryControl } from './query-control.js';
import { type LeafCall, type Gathered, Scatter, type ClientOf } from './scatter.js';
import { scanBatches } from './scan-batches.js';
import { mergeAnalyses } from './segment-metadata.js';
import { boundaryAnswer } from './time-boundary.js';

/** How long a query waits for a state that cannot be served yet (an owner that restarts), before it is a 503. */
const WAIT_FOR_STATE_MS = 15_000;
const RETRY_PAUSE_MS = 100;

export interface BrokerOptions {
  readonly view: MetadataView;
  readonly cluster: ClusterView;
  readonly clientOf: ClientOf;
  readonly clock: Clock;
  readonly cacheBytes: number;
}

/** Answers native queries: fixes a state, scatters the leaf, merges the partials, finishes. Complete, or an error. */
export class Broker {
  readonly #view: MetadataView;
  readonly #cluster: ClusterView;
  readonly #scatter: Scatter;
  readonly #clock: Clock;
  readonly cache: PartialCache;
  readonly #running = new Map<string, Set<QueryControl>>();
  /** S of every query under way: indexers keep what they published after the smallest. */
  readonly #held = new Map<symbol, number>();

  constructor(options: BrokerOptions) {
    this.#view = options.view;
    this.#cluster = options.cluster;
    this.#scatter = new Scatter(options.cluster, options.clientOf);
    this.#clock = options.clock;
    this.cache = new PartialCache(options.cacheBytes);
  }

  /** The smallest S that a running or future query of this broker may use. */
  get minS(): number {
    let minS = this.#view.s;
    for (const s of this.#held.values()) minS = Math.min(minS, s);
    return minS;
  }

  get runningQueries(): number {
    let count = 0;
    for (const controls of this.#running.values()) count += controls.size;
    return count;
  }

  /** Stops every running query of this id. */
  cancel(queryId: string): void {
    for (const control of this.#running.get(queryId) ?? []) control.cancel();
  }

  /**
   * Runs a query. `clientGone` aborts when nobody waits for the answer any more.
   * @throws DruidError TIMEOUT, CANCELED, SERVICE_UNAVAILABLE, or what the engine reports
   */
  async run(query: NativeQuery, clientGone?: AbortSignal): Promise<QueryAnswer> {
    const control = new QueryControl(query.context.queryId, query.context.timeoutMs, this.#clock.nowMs());
    const cancel = (): void => control.cancel();
    clientGone?.addEventListener('abort', cancel, { once: true });
    this.#register(control);
    const over = (): void => {
      clientGone?.removeEventListener('abort', cancel);
      this.#unregister(control);
    };
    try {
      const answer = await this.#untilAvailable(query, control, over);
      if (answer.body.kind !== 'scan') over();
      return answer;
    } catch (error) {
      over();
      throw control.signal.aborted ? control.signal.reason : error;
    }
  }

  async #untilAvailable(query: NativeQuery, control: QueryControl, over: () => void): Promise<QueryAnswer> {
    const giveUpAtMs = this.#clock.nowMs() + WAIT_FOR_STATE_MS;
    for (;;) {
      control.signal.throwIfAborted();
      const outcome = await this.#attempt(query, control, over);
      if ('body' in outcome) return outcome;
      if (this.#clock.nowMs() >= giveUpAtMs) {
        throw new DruidError(
          `State of data source [${query.dataSources.join(', ')}] cannot be served: ${outcome.reason}`,
          {
            category: 'SERVICE_UNAVAILABLE',
            persona: 'OPERATOR',
            errorCode: 'stateUnavailable',
          },
        );
      }
      await this.#clock.sleep(RETRY_PAUSE_MS, control.signal);
      await Promise.all([this.#view.refresh(), this.#cluster.refresh()]);
    }
  }

  async #attempt(
    query: NativeQuery,
    control: QueryControl,
    over: () => void,
  ): Promise<QueryAnswer | { readonly reason: string }> {
    const fixed = fixState(this.#view, query.dataSources, query.intervals);
    const hold = Symbol(query.context.queryId);
    this.#held.set(hold, fixed.s);
    const release = (): void => {
      this.#held.delete(hold);
    };
    if (query.queryType === 'scan') return this.#scan(query, fixed, control, () => [release(), over()]);
    try {
      const plan = query.queryType === 'segmentMetadata' ? analyzeLeaf(query) : lowerNativeQuery(query);
      const gathered = await this.#gather(query, plan, fixed, control);
      if (gathered.kind === 'unavailable') return gathered;
      const state = answerState(fixed, gathered.reached, new Date(this.#clock.nowMs()).toISOString());
      return {
        query,
        state,
        body: finish(query, plan, gathered.tables, dataStart(query, fixed)),
        rowsScanned: gathered.rowsScanned,
      };
    } finally {
      release();
    }
  }

  async #gather(query: NativeQuery, plan: NodeLeaf, fixed: FixedState, control: QueryControl): Promise<Gathered> {
    const call = leafCall(query, plan, control);
    const parts = await Promise.all(
      [...fixed.segments].flatMap(([dataSource, segments]) => [
        this.#stored(query, call, dataSource, segments, control.signal),
        this.#scatter.streams(call, dataSource, fixed.streams.get(dataSource) ?? [], control.signal),
      ]),
    );
    return join(parts);
  }

  /** Stored segments never change: the merged partial of an equal plan over an equal set is taken from the cache. */
  async #stored(
    query: NativeQuery,
    call: LeafCall,
    dataSource: string,
    segments: readonly VisibleSegment[],
    signal: AbortSignal,
  ): Promise<Gathered> {
    if (call.plan.kind !== 'grouped' || segments.length === 0) {
      return this.#scatter.segments(call, dataSource, segments, signal);
    }
    const key = cacheKey(call.plan, segments);
    const cached = query.context.useCache ? this.cache.get(key) : undefined;
    if (cached !== undefined) return { kind: 'complete', tables: [cached], rowsScanned: 0, reached: new Map() };
    const gathered = await this.#scatter.segments(call, dataSource, segments, signal);
    if (gathered.kind === 'unavailable') return gathered;
    const merged = mergePartials(call.plan, gathered.tables);
    if (query.context.populateCache) this.cache.put(key, merged);
    return { ...gathered, tables: [merged] };
  }

  async #scan(
    query: ScanQuery,
    fixed: FixedState,
    control: QueryControl,
    over: () => void,
  ): Promise<QueryAnswer | { readonly reason: string }> {
    const call = leafCall(query, lowerNativeQuery(query), control);
    const streams: Gathered[] = await Promise.all(
      [...fixed.streams].map(([dataSource, of]) => this.#scatter.streams(call, dataSource, of, control.signal)),
    );
    const realtime = join(streams);
    if (realtime.kind === 'unavailable') return realtime;
    const batches = scanBatches(query, call, fixed, realtime.tables, this.#scatter, control, over);
    const first = await batches.next();
    const state = answerState(fixed, realtime.reached, new Date(this.#clock.nowMs()).toISOString());
    return {
      query,
      state,
      body: { kind: 'scan', query, batches: resume(first, batches) },
      rowsScanned: realtime.rowsScanned,
    };
  }

  #register(control: QueryControl): void {
    const controls = this.#running.get(control.queryId);
    if (controls === undefined) this.#running.set(control.queryId, new Set([control]));
    else controls.add(control);
  }

  #unregister(control: QueryControl): void {
    control.finish();
    const controls = this.#running.get(control.queryId);
    controls?.delete(control);
    if (controls?.size === 0) this.#running.delete(control.queryId);
  }
}

function leafCall(query: NativeQuery, plan: NodeLeaf, control: QueryControl): LeafCall {
  const { priority, useCache, populateCache } = query.context;
  const cache = { use: useCache, populate: populateCache };
  return { queryId: control.queryId, plan, deadlineMs: control.deadlineMs, priority, cache };
}

function analyzeLeaf(query: SegmentMetadataQuery): NodeLeaf {
  return {
    kind: 'analyze',
    intervals: query.intervals,
    analysisTypes: query.analysisTypes,
    toInclude: query.toInclude,
  };
}

function cacheKey(plan: GroupedLeaf, segments: readonly VisibleSegment[]): string {
  const ids = segments.map(({ row, clip }) => (clip === null ? row.id : `${row.id}@${clip.startMs}-${clip.endMs}`));
  return `${JSON.stringify(plan)}|${ids.sort().join('|')}`;
}

function join(parts: readonly Gathered[]): Gathered {
  const tables: Table[] = [];
  const reached = new Map<string, OffsetVector>();
  let rowsScanned = 0;
  for (const part of parts) {
    if (part.kind === 'unavailable') return part;
    tables.push(...part.tables);
    rowsScanned += part.rowsScanned;
    for (const [supervisorId, vector] of part.reached) reached.set(supervisorId, vector);
  }
  return { kind: 'complete', tables, rowsScanned, reached };
}

/** Earliest time of the segments that the query looked at, cut to its intervals; null without segments. */
function dataStart(query: NativeQuery, fixed: FixedState): number | null {
  const times = [...fixed.segments.values()].flatMap((segments) => segments.map(({ row }) => row.minTimeMs));
  if (times.length === 0) return null;
  const firstMs = times.reduce((min, time) => Math.min(min, time));
  return Math.max(firstMs, query.intervals[0]?.startMs ?? firstMs);
}

function finish(
  query: Exclude<NativeQuery, ScanQuery>,
  plan: NodeLeaf,
  tables: readonly Table[],
  dataStartMs: number | null,
): AnswerBody {
  if (query.queryType === 'segmentMetadata') {
    return { kind: 'segmentMetadata', query, analyses: mergeAnalyses(query, tables) };
  }
  const merged = mergePartials(plan as LeafPlan, tables);
  switch (query.queryType) {
    case 'timeseries':
    case 'topN':
    case 'groupBy':
      return { kind: 'aggregate', query, table: finishAggregate(query, merged), dataStartMs };
    case 'timeBoundary':
    case 'dataSourceMetadata':
      return boundaryAnswer(query, plan as LeafPlan, merged);
  }
}

async function* resume(
  first: IteratorResult<Table, void>,
  rest: AsyncGenerator<Table, void>,
): AsyncGenerator<Table, void> {
  try {
    if (first.done === true) return;
    yield first.value;
    yield* rest;
  } finally {
    await rest.return();
  }
}
