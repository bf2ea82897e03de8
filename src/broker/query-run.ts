import { DruidError } from '../common/druid-error.js';
import { finishAggregate } from '../engine/finish.js';
import { mergeSegments } from '../engine/cut/merge-segments.js';
import { mergePartials } from '../engine/merge.js';
import type { LookupSource } from '../lookups/lookup-source.js';
import type { VisibleSegment } from '../metadata/metadata-view.js';
import type { GroupedLeaf, LeafPlan, NodeLeaf, ScanLeaf } from '../plan/leaf-plan.js';
import { type LeafQuery, lowerNativeQuery } from '../plan/lower-native.js';
import { forPart } from '../plan/whole-cut.js';
import type {
  NativeQuery,
  ScanQuery,
  SearchQuery,
  SegmentMetadataQuery,
  UnionQuery,
  WindowOperatorQuery,
} from '../query/native-query.js';
import type { Table } from '../vectors/table.js';
import type { AnswerBody, AnswerForm, WholeBody } from './answer.js';
import type { FixedState } from './fixed-state.js';
import { Gathering } from './gathering.js';
import type { PartialCache } from './partial-cache.js';
import type { QueryControl } from './query-control.js';
import { type LeafCall, type Scatter } from './scatter.js';
import { scanBatches } from './scan-batches.js';
import { answerSearch, type StreamedColumns, streamedColumns } from './search.js';
import { analysesOf, mergeAnalyses } from './segment-metadata.js';
import { answerBySegment, ofOneSegment } from './by-segment.js';
import type { FixedSources } from './sources/fixed-sources.js';
import { joinBeside } from './sources/join-beside.js';
import { withLookups, withQueryLookups } from './sources/plan-lookups.js';
import { hasExtractedDimension, unextracted } from './one-to-one-dimensions.js';
import { countPartial, groupCount, type GroupCount } from './sources/group-count.js';
import { overBase } from './sources/over-base.js';
import { RowSource } from './sources/row-source.js';
import { groupRows, needsOf, scanRows } from './sources/run-rows.js';
import { stepsBeside } from './sources/steps-beside.js';
import { SubqueryLimit } from './sources/subquery-limit.js';
import { tableRows } from './sources/table-rows.js';
import { boundaryAnswer } from './time-boundary.js';
import { answerWindow } from './window.js';
import type { WindowThreads } from './window-threads.js';

export interface QueryRunParts {
  readonly scatter: Scatter;
  readonly cache: PartialCache;
  readonly lookups: LookupSource;
  readonly sources: FixedSources;
  readonly control: QueryControl;
  readonly windowThreads: WindowThreads;
}

/** One query with its subqueries, at one state. */
export class QueryRun {
  readonly gathering: Gathering;
  readonly #parts: QueryRunParts;
  readonly #rows: RowSource;

  constructor(query: NativeQuery, parts: QueryRunParts) {
    this.#parts = parts;
    this.gathering = new Gathering(query.context);
    const { scatter, sources, control, lookups } = parts;
    this.#rows = new RowSource({
      lookups,
      limit: new SubqueryLimit(query.context),
      signal: control.signal,
      tables: (dataSource, needs) => {
        const call = this.#call(query, {
          kind: 'analyze',
          intervals: [],
          analysisTypes: [],
          toInclude: { type: 'none' },
        });
        return tableRows(scatter, call, sources.of(dataSource), needs, this.gathering, control.signal);
      },
      answer: (subquery) => this.answer(subquery),
    });
  }

  /** @throws StateUnavailable when the state cannot be served now; DruidError for what the engine reports */
  async answer(asked: NativeQuery, form: AnswerForm = {}): Promise<AnswerBody> {
    if (hasExtractedDimension(asked) && !asked.context.bySegment) {
      const plain = unextracted(asked, this.#parts.lookups);
      const body = plain && (await this.#answer(plain.query, {}));
      if (body?.kind === 'aggregate') return { ...body, query: asked, table: plain!.extract(body.table) };
    }
    return this.#answer(asked, form);
  }

  async #answer(asked: NativeQuery, form: AnswerForm): Promise<AnswerBody> {
    const query = withQueryLookups(overBase(asked), this.#parts.lookups);
    if (query.dataSource.type === 'join' && isLeafQuery(query)) {
      const beside = await joinBeside(query, this.#rows, this.#parts.lookups);
      if (beside !== null) return this.#answer(beside, form);
    }
    if (query.queryType === 'search') return this.#search(query);
    const counting = groupCount(query);
    if (counting !== undefined) return this.#countGroups(counting);
    if (query.queryType === 'windowOperator') return this.#window(query);
    if (query.queryType === 'union') return { kind: 'union', bodies: this.#union(query) };
    if (query.dataSource.type !== 'tables') return this.#overRows(query);
    const fixed = this.#parts.sources.of(query.dataSource);
    if (query.queryType === 'scan') return this.#scan(query, this.#lower(query) as ScanLeaf, fixed, form);
    if (query.context.bySegment) return this.#bySegment(query, fixed);
    const plan = query.queryType === 'segmentMetadata' ? analyzeLeaf(query) : this.#lower(query);
    return finish(query, plan, await this.#gather(query, plan, fixed), dataStart(query, fixed));
  }

  async #gather(query: NativeQuery, plan: NodeLeaf, fixed: FixedState): Promise<readonly Table[]> {
    const { scatter, control } = this.#parts;
    const isSplit = fixed.segments.size > 1 || [...fixed.streams.values()].some((streams) => streams.length > 0);
    const call = this.#call(query, isSplit ? forPart(plan) : plan);
    const parts = await Promise.all(
      [...fixed.segments].flatMap(([dataSource, segments]) => [
        this.#stored(query, call, dataSource, segments),
        scatter
          .streams(call, dataSource, fixed.streams.get(dataSource) ?? [], control.signal)
          .then((part) => this.gathering.tablesOf(part)),
      ]),
    );
    return parts.flat();
  }

  /** Stored segments never change: the merged partial of an equal plan over an equal set is taken from the cache. */
  async #stored(
    query: NativeQuery,
    call: LeafCall,
    dataSource: string,
    segments: readonly VisibleSegment[],
  ): Promise<readonly Table[]> {
    const { scatter, cache, control } = this.#parts;
    const ask = async (): Promise<readonly Table[]> =>
      this.gathering.tablesOf(await scatter.segments(call, dataSource, segments, control.signal));
    if (call.plan.kind !== 'grouped' || segments.length === 0) return ask();
    const key = cacheKey(call.plan, segments);
    const cached = query.context.useCache ? cache.get(key) : undefined;
    if (cached !== undefined) return [cached];
    const merged = mergeSegments(call.plan, await ask());
    if (query.context.populateCache) cache.put(key, merged);
    return [merged];
  }

  async #scan(query: ScanQuery, plan: ScanLeaf, fixed: FixedState, form: AnswerForm): Promise<AnswerBody> {
    const { scatter, control } = this.#parts;
    const isText = form.scanText === true && plan.over === undefined && canBeText(query);
    const call = this.#call(query, isText ? { ...plan, rowText: query.resultFormat } : plan);
    const realtime = await Promise.all(
      [...fixed.streams].map(async ([dataSource, of]) =>
        this.gathering.tablesOf(await scatter.streams(call, dataSource, of, control.signal)),
      ),
    );
    return { kind: 'scan', query, batches: scanBatches(query, call, fixed, realtime.flat(), scatter, control) };
  }

  async #overRows(query: LeafQuery | SegmentMetadataQuery): Promise<AnswerBody> {
    if (query.queryType === 'segmentMetadata' || query.queryType === 'dataSourceMetadata') {
      throw new DruidError(
        `Query type [${query.queryType}] is for tables, not for a data source of type [${query.dataSource.type}]`,
        {
          category: 'INVALID_INPUT',
        },
      );
    }
    const plan = this.#lower(query);
    const beside = await stepsBeside(query, needsOf(plan), this.#rows, this.#parts.lookups);
    if (beside !== null) {
      const fixed = this.#parts.sources.of(beside.tables);
      const over = withLookups({ ...plan, over: beside.over }, this.#parts.lookups);
      if (query.queryType === 'scan') return this.#scan(query, over as ScanLeaf, fixed, {});
      return finish(query, over, await this.#gather(query, over, fixed), dataStart(query, fixed));
    }
    const { signal } = this.#parts.control;
    if (query.queryType === 'scan') {
      return { kind: 'scan', query, batches: scanRows(query, plan, this.#rows, signal) };
    }
    const partials = await groupRows(query, plan, this.#rows, signal);
    return finish(query, plan, partials, query.intervals[0]?.startMs ?? null);
  }

  async #countGroups(counting: GroupCount): Promise<AnswerBody> {
    const { query, groups } = counting;
    const plan = this.#lower(groups);
    const fixed = this.#parts.sources.of(groups.dataSource);
    const merged = mergePartials(plan, await this.#gather(groups, plan, fixed));
    return finish(query, this.#lower(query), [countPartial(counting, merged)], query.intervals[0]?.startMs ?? null);
  }

  async #search(query: SearchQuery): Promise<AnswerBody> {
    const isTables = query.dataSource.type === 'tables';
    const search = async (fixed: FixedState): ReturnType<typeof answerSearch> =>
      answerSearch(query, {
        fixed,
        streamed: await this.#streamed(query, fixed),
        over: async (asked, of) => {
          const plan = withLookups(asked, this.#parts.lookups);
          return isTables
            ? this.#gather(query, plan, of)
            : groupRows(query, plan, this.#rows, this.#parts.control.signal);
        },
      });
    const fixed = this.#parts.sources.of(query.dataSource);
    if (!query.context.bySegment || !isTables) return search(fixed);
    return answerBySegment(query, fixed, async (only) => {
      const body = await search(only);
      return { isEmpty: body.results.every(({ hits }) => hits.length === 0), body };
    });
  }

  async #streamed(query: SearchQuery, fixed: FixedState): Promise<StreamedColumns> {
    const { scatter, control } = this.#parts;
    const call = this.#call(query, {
      kind: 'analyze',
      intervals: query.intervals,
      analysisTypes: ['interval', 'aggregators'],
      toInclude: { type: 'all' },
    });
    const found = await Promise.all(
      [...fixed.streams].map(async ([dataSource, streams]) =>
        streams.length === 0
          ? []
          : this.gathering.tablesOf(await scatter.streams(call, dataSource, streams, control.signal)),
      ),
    );
    return streamedColumns(found.flat().flatMap(analysesOf));
  }

  async *#union({ queries, context: { finalize } }: UnionQuery): AsyncGenerator<AnswerBody> {
    for (const one of queries) yield await this.answer({ ...one, context: { ...one.context, finalize } });
  }

  #window(query: WindowOperatorQuery): Promise<AnswerBody> {
    const { lookups, control, windowThreads: threads } = this.#parts;
    const { signal } = control;
    return answerWindow(query, { lookups, signal, threads, rows: this.#rows, answer: (scan) => this.answer(scan) });
  }

  #bySegment(asked: Exclude<LeafQuery, ScanQuery> | SegmentMetadataQuery, fixed: FixedState): Promise<AnswerBody> {
    const query = ofOneSegment(asked);
    const plan = query.queryType === 'segmentMetadata' ? analyzeLeaf(query) : this.#lower(query);
    return answerBySegment(query, fixed, async (only) => {
      const tables = await this.#gather(query, plan, only);
      const isEmpty = tables.every(({ numRows }) => numRows === 0);
      return { isEmpty, body: finish(query, plan, tables, dataStart(query, only)) };
    });
  }

  #lower(query: LeafQuery): LeafPlan {
    return withLookups(lowerNativeQuery(query), this.#parts.lookups);
  }

  #call(query: NativeQuery, plan: NodeLeaf): LeafCall {
    const { priority, useCache, populateCache } = query.context;
    const { queryId, deadlineMs } = this.#parts.control;
    return { queryId, plan, deadlineMs, priority, cache: { use: useCache, populate: populateCache } };
  }
}

/** Columns that are named are the same in every segment. */
function canBeText({ columns, order }: ScanQuery): boolean {
  return order === 'none' && columns.length > 0 && new Set(columns).size === columns.length;
}

function isLeafQuery(query: NativeQuery): query is LeafQuery {
  return !['segmentMetadata', 'search', 'windowOperator', 'union'].includes(query.queryType);
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

/** Earliest time of the segments that the query looked at, cut to its intervals; null without segments. */
function dataStart(query: NativeQuery, fixed: FixedState): number | null {
  const times = [...fixed.segments.values()].flatMap((segments) => segments.map(({ row }) => row.minTimeMs));
  if (times.length === 0) return null;
  const firstMs = times.reduce((min, time) => Math.min(min, time));
  return Math.max(firstMs, query.intervals[0]?.startMs ?? firstMs);
}

function finish(
  query: Exclude<LeafQuery, ScanQuery> | SegmentMetadataQuery,
  plan: NodeLeaf,
  tables: readonly Table[],
  dataStartMs: number | null,
): WholeBody {
  if (query.queryType === 'segmentMetadata') {
    return { kind: 'segmentMetadata', query, analyses: mergeAnalyses(query, tables) };
  }
  const merged = mergeSegments(plan as LeafPlan, tables);
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
