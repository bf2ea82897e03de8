import { DruidError } from '../common/druid-error.js';
import { type LookupSource, NO_LOOKUPS } from '../lookups/lookup-source.js';
import type { HeldPublishes } from '../metadata/held-publishes.js';
import type { MetadataView } from '../metadata/metadata-view.js';
import type { Clock } from '../platform/clock.js';
import type { NativeQuery } from '../query/native-query.js';
import { parseNativeQuery } from '../query/parse-native-query.js';
import type { AnswerBody, AnswerForm, QueryAnswer, StreamedBody } from './answer.js';
import type { ClusterView } from './cluster-view.js';
import { answerState } from './fixed-state.js';
import { StateUnavailable } from './gathering.js';
import { PartialCache } from './partial-cache.js';
import { QueryControl } from './query-control.js';
import { QueryRun } from './query-run.js';
import { covers } from './read-your-writes.js';
import { type ClientOf, Scatter } from './scatter.js';
import { fixSources } from './sources/fixed-sources.js';
import { WindowThreads } from './window-threads.js';

/** How long a query waits for a state that cannot be served yet (an owner that restarts), before it is a 503. */
const WAIT_FOR_STATE_MS = 15_000;
const RETRY_PAUSE_MS = 100;
/** How often a query that waits for offsets looks whether they are reached. */
const OFFSETS_PAUSE_MS = 20;

export interface BrokerOptions {
  readonly view: MetadataView;
  readonly cluster: ClusterView;
  readonly clientOf: ClientOf;
  readonly clock: Clock;
  readonly cacheBytes: number;
  /** None when absent. */
  readonly lookups?: LookupSource;
}

/** Answers native queries: fixes a state, scatters the leaf, merges the partials, finishes. Complete, or an error. */
export class Broker {
  readonly #view: MetadataView;
  readonly #cluster: ClusterView;
  readonly #scatter: Scatter;
  readonly #clock: Clock;
  readonly #lookups: LookupSource;
  readonly cache: PartialCache;
  readonly #windowThreads = new WindowThreads();
  readonly #running = new Map<string, Set<QueryControl>>();
  /** S of every query under way: indexers keep what they published after the smallest. */
  readonly #held = new Map<symbol, number>();

  constructor(options: BrokerOptions) {
    this.#view = options.view;
    this.#cluster = options.cluster;
    this.#scatter = new Scatter(options.cluster, options.clientOf);
    this.#clock = options.clock;
    this.#lookups = options.lookups ?? NO_LOOKUPS;
    this.cache = new PartialCache(options.cacheBytes);
  }

  /** The smallest S that a running or future query of this broker may use. */
  get minS(): number {
    let minS = this.#view.held?.minS(this.#view.s) ?? this.#view.s;
    for (const s of this.#held.values()) minS = Math.min(minS, s);
    return minS;
  }

  get runningQueries(): number {
    let count = 0;
    for (const controls of this.#running.values()) count += controls.size;
    return count;
  }

  /** Ends its threads. */
  close(): Promise<void> {
    return this.#windowThreads.close();
  }

  /** Stops every running query of this id. */
  cancel(queryId: string): void {
    for (const control of this.#running.get(queryId) ?? []) control.cancel();
  }

  /**
   * Runs a query. `clientGone` aborts when nobody waits for the answer any more.
   * @throws DruidError TIMEOUT, CANCELED, SERVICE_UNAVAILABLE, or what the engine reports
   */
  async run(query: NativeQuery, clientGone?: AbortSignal, form: AnswerForm = {}): Promise<QueryAnswer> {
    const control = new QueryControl(query.context.queryId, query.context.timeoutMs, this.#clock.nowMs());
    const cancel = (): void => control.cancel();
    clientGone?.addEventListener('abort', cancel, { once: true });
    this.#register(control);
    const over = (): void => {
      clientGone?.removeEventListener('abort', cancel);
      this.#unregister(control);
    };
    try {
      const answer = await unlessStopped(this.#untilAvailable(query, control, form, over), control.signal);
      if (!isStreamed(answer.body)) over();
      return answer;
    } catch (error) {
      over();
      throw control.signal.aborted ? control.signal.reason : error;
    }
  }

  async #untilAvailable(
    query: NativeQuery,
    control: QueryControl,
    form: AnswerForm,
    over: () => void,
  ): Promise<QueryAnswer> {
    const giveUpAtMs = this.#clock.nowMs() + WAIT_FOR_STATE_MS;
    let { held } = this.#view;
    for (;;) {
      await this.#reach(query, control);
      control.signal.throwIfAborted();
      let isWanted = true;
      const outcome = await this.#attempt(query, control, form, held, () => isWanted && over());
      if ('body' in outcome) {
        if (isFarEnough(outcome)) return outcome;
        // An owner died since the offsets were reached, and the next one is not there yet.
        isWanted = false;
        await discard(outcome.body);
        continue;
      }
      // The owner of held rows may have gone: what it published is there.
      held = null;
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

  /** Waits, until the query's timeout, for the offsets that it wants covered; asks for little meanwhile. */
  async #reach({ context, dataSources }: NativeQuery, control: QueryControl): Promise<void> {
    if (context.minOffsets === null) return;
    const probe = parseNativeQuery(
      { queryType: 'dataSourceMetadata', dataSource: { type: 'union', dataSources } },
      () => context.queryId,
    );
    for (;;) {
      const outcome = await this.#attempt(probe, control, {}, null, () => {});
      if ('body' in outcome && covers(outcome.state, context.minOffsets)) return;
      await this.#clock.sleep(OFFSETS_PAUSE_MS, control.signal);
      if (!('body' in outcome)) await Promise.all([this.#view.refresh(), this.#cluster.refresh()]);
    }
  }

  async #attempt(
    query: NativeQuery,
    control: QueryControl,
    form: AnswerForm,
    held: HeldPublishes | null,
    over: () => void,
  ): Promise<QueryAnswer | { readonly reason: string }> {
    const sources = fixSources(this.#view, query, held);
    const hold = Symbol(query.context.queryId);
    this.#held.set(hold, held?.minS(this.#view.s) ?? this.#view.s);
    const release = (): void => {
      this.#held.delete(hold);
    };
    const [scatter, cache, lookups] = [this.#scatter, this.cache, this.#lookups];
    const run = new QueryRun(query, { scatter, cache, lookups, sources, control, windowThreads: this.#windowThreads });
    try {
      const found = await run.answer(query, form);
      const body = isStreamed(found) ? await begun(found, () => [release(), over()]) : found;
      if (!isStreamed(body)) release();
      const { reached, rowsScanned, blocks } = run.gathering;
      const state = answerState(sources.all, reached, new Date(this.#clock.nowMs()).toISOString());
      return { query, state, body, rowsScanned, blocks };
    } catch (error) {
      release();
      if (error instanceof StateUnavailable) return { reason: error.message };
      throw error;
    }
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

function isFarEnough({ query: { context }, state }: QueryAnswer): boolean {
  return context.minOffsets === null || covers(state, context.minOffsets);
}

/** What is under way when the query is stopped ends at its next look at the signal; the client is answered at once. */
async function unlessStopped(work: Promise<QueryAnswer>, signal: AbortSignal): Promise<QueryAnswer> {
  const stopped = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  try {
    return await Promise.race([work, stopped]);
  } catch (error) {
    void work.then(({ body }) => discard(body)).catch(() => undefined);
    throw error;
  }
}

/** Lets a stream that nobody reads clean up: one that was never begun would not. */
async function discard(body: AnswerBody): Promise<void> {
  if (!isStreamed(body)) return;
  for await (const _ of body.kind === 'scan' ? body.batches : body.bodies) return;
}

function isStreamed(body: AnswerBody): body is StreamedBody {
  return body.kind === 'scan' || body.kind === 'union';
}

/** A stream whose first part is there, so that what goes wrong at its begin is an error and no broken answer. `over` is called once at its end. */
async function begun(body: StreamedBody, over: () => void): Promise<AnswerBody> {
  if (body.kind === 'scan') return { ...body, batches: await started(body.batches, over) };
  return { ...body, bodies: await started(body.bodies, over) };
}

async function started<T>(parts: AsyncIterable<T>, over: () => void): Promise<AsyncGenerator<T, void>> {
  const rest = parts[Symbol.asyncIterator]();
  return resume(await rest.next(), rest, over);
}

async function* resume<T>(
  first: IteratorResult<T, unknown>,
  rest: AsyncIterator<T, unknown>,
  over: () => void,
): AsyncGenerator<T, void> {
  try {
    for (let next = first; next.done !== true; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
    over();
  }
}
