import { setImmediate as nextTurn } from 'node:timers/promises';
import { TIME_COLUMN } from '../../common/column-type.js';
import { filterBatch } from '../../engine/heap/filter-batch.js';
import { type RowBatch, typesOfTable } from '../../engine/heap/row-batch.js';
import { HashJoin } from '../../engine/join/hash-join.js';
import { joinKeys } from '../../engine/join/join-condition.js';
import { unnestBatch } from '../../engine/unnest/unnest-batch.js';
import type { LookupSource } from '../../lookups/lookup-source.js';
import type { DataSource } from '../../query/data-source.js';
import type { NativeQuery } from '../../query/native-query.js';
import { failedToRun } from '../../query/query-errors.js';
import { concatTables } from '../../vectors/concat-tables.js';
import type { AnswerBody } from '../answer.js';
import { inlineRows, lookupRows } from './constant-rows.js';
import { lookupContext } from './lookup-context.js';
import { belowFilter, belowJoin, belowUnnest, type Needs } from './needs.js';
import type { SubqueryLimit } from './subquery-limit.js';
import { subqueryRows } from './subquery-rows.js';

export interface RowSourceParts {
  readonly lookups: LookupSource;
  readonly limit: SubqueryLimit;
  readonly signal: AbortSignal;
  /** Rows of tables, segment by segment, filtered. */
  tables(tables: DataSource, needs: Needs): AsyncIterable<RowBatch>;
  /** Answers a subquery. */
  answer(query: NativeQuery): Promise<AnswerBody>;
}

/** Data sources that are no tables: their rows come to the broker part by part, and the engine runs over them here. */
export class RowSource {
  readonly #parts: RowSourceParts;
  readonly #rights = new Map<DataSource, Promise<RowBatch>>();

  constructor(parts: RowSourceParts) {
    this.#parts = parts;
  }

  /** The rows of a data source. `needs.filter` is applied where that saves rows, not always. */
  async *rows(dataSource: DataSource, needs: Needs, of: NativeQuery): AsyncGenerator<RowBatch, void> {
    switch (dataSource.type) {
      case 'tables':
        yield* this.#parts.tables(dataSource, needs);
        return;
      case 'union':
        for (const member of dataSource.dataSources) yield* this.rows(member, needs, of);
        return;
      case 'inline':
        yield inlineRows(dataSource);
        return;
      case 'lookup': {
        const found = this.#parts.lookups.get(dataSource.lookup);
        if (found !== undefined) yield lookupRows(dataSource.lookup, found);
        return;
      }
      case 'query':
        yield await this.#subquery(dataSource.query, of);
        return;
      case 'filter':
        yield* this.#filtered(dataSource, needs, of);
        return;
      case 'unnest':
        yield* this.#unnested(dataSource, needs, of);
        return;
      case 'join':
        yield* this.#joined(dataSource, needs, of);
    }
  }

  /** All rows of the right side of a join of a query, read once. */
  right(dataSource: DataSource & { type: 'join' }, of: NativeQuery): Promise<RowBatch> {
    let rows = this.#rights.get(dataSource);
    if (rows === undefined) {
      this.#assertJoinable(dataSource.right);
      rows = this.#collected(
        dataSource.right,
        { columns: null, intervals: of.intervals, filter: null, virtualColumns: [] },
        of,
      );
      this.#rights.set(dataSource, rows);
    }
    return rows;
  }

  /** @throws DruidError RUNTIME_FAILURE for a lookup that is not there @source Druid `segment/join/JoinableFactoryWrapper.java` */
  #assertJoinable(right: DataSource): void {
    if (right.type !== 'lookup' || this.#parts.lookups.get(right.lookup) !== undefined) return;
    throw failedToRun(
      `dataSource is not joinable: LookupDataSource{lookupName='${right.lookup}'}`,
      'org.apache.druid.java.util.common.ISE',
    );
  }

  async #subquery(query: NativeQuery, of: NativeQuery): Promise<RowBatch> {
    const isNestedGroupBy =
      query.queryType === 'groupBy' && of.queryType === 'groupBy' && of.dataSource.type === 'query';
    const context = isNestedGroupBy ? { ...query.context, finalize: query.context.finalize ?? false } : query.context;
    const body = await this.#parts.answer({ ...query, context });
    return subqueryRows(body, isNestedGroupBy ? null : this.#parts.limit, isNestedGroupBy);
  }

  async *#filtered(
    dataSource: DataSource & { type: 'filter' },
    needs: Needs,
    of: NativeQuery,
  ): AsyncGenerator<RowBatch, void> {
    const { base, filter, virtualColumns } = dataSource;
    const below = belowFilter(dataSource, needs);
    for await (const batch of this.rows(base, below, of)) {
      yield base.type === 'tables' ? batch : filterBatch(batch, filter, virtualColumns);
    }
  }

  async *#unnested(
    dataSource: DataSource & { type: 'unnest' },
    needs: Needs,
    of: NativeQuery,
  ): AsyncGenerator<RowBatch, void> {
    const { base, virtualColumn, unnestFilter, virtualColumns } = dataSource;
    const below = belowUnnest(dataSource, needs);
    const context = lookupContext(this.#parts.lookups);
    for await (const batch of this.rows(base, below, of)) {
      const unnested = unnestBatch(batch, virtualColumn, context);
      yield filterBatch(unnested, unnestFilter, virtualColumns);
    }
  }

  async *#joined(
    dataSource: DataSource & { type: 'join' },
    needs: Needs,
    of: NativeQuery,
  ): AsyncGenerator<RowBatch, void> {
    const { left, rightPrefix, joinType, leftFilter, virtualColumns } = dataSource;
    const context = lookupContext(this.#parts.lookups);
    const { keys, never } = joinKeys(dataSource.condition, rightPrefix, context);
    const rows = await this.right(dataSource, of);
    const join = new HashJoin({ keys, never, joinType, rightPrefix, right: rows });
    const below = belowJoin(dataSource, keys, needs);
    let last: RowBatch = EMPTY;
    for await (const batch of this.rows(left, below, of)) {
      const wanted = left.type === 'tables' ? batch : filterBatch(batch, leftFilter, virtualColumns);
      for (const joined of join.join(wanted)) {
        yield joined;
        await nextTurn();
        this.#parts.signal.throwIfAborted();
      }
      last = { ...wanted, segmentId: wanted.segmentId };
    }
    const unmatched = join.unmatched(last);
    if (unmatched !== null) yield timedRows(unmatched, needs);
  }

  /** All rows of the right side of a join, which must fit into memory. */
  async #collected(dataSource: DataSource, needs: Needs, of: NativeQuery): Promise<RowBatch> {
    const batches: RowBatch[] = [];
    for await (const batch of this.rows(dataSource, needs, of)) {
      if (dataSource.type !== 'query') this.#parts.limit.add(batch.table);
      batches.push(batch);
    }
    const [first] = batches;
    if (first === undefined) return EMPTY_LOOKUP;
    if (batches.length === 1) return first;
    const table = concatTables(batches.map((batch) => batch.table));
    return { ...first, table, types: typesOfTable(table) };
  }
}

const EMPTY: RowBatch = { table: { numRows: 0, names: [], columns: [] }, types: {}, segmentId: 'join', range: null };

/** A lookup that does not exist is one without keys. */
const EMPTY_LOOKUP: RowBatch = {
  table: {
    numRows: 0,
    names: ['k', 'v'],
    columns: ['k', 'v'].map(() => ({ type: 'STRING', ids: new Int32Array(0), dictionary: [] })),
  },
  types: { k: 'STRING', v: 'STRING' },
  segmentId: 'lookup',
  range: null,
};

/** Rows without a left side have no time of their own: they belong to every interval, so the first one's start is taken. */
function timedRows(batch: RowBatch, { intervals }: Needs): RowBatch {
  const { table } = batch;
  const at = table.names.indexOf(TIME_COLUMN);
  const isInEpoch = intervals.some(({ startMs, endMs }) => startMs <= 0 && endMs > 0);
  if (isInEpoch && at < 0) return batch;
  const time = BigInt(isInEpoch ? 0 : (intervals[0]?.startMs ?? 0));
  const column = { type: 'LONG', values: new BigInt64Array(table.numRows).fill(time), nulls: null } as const;
  const others = table.names.flatMap((_, i) => (i === at ? [] : [i]));
  return {
    ...batch,
    table: {
      numRows: table.numRows,
      names: [TIME_COLUMN, ...others.map((i) => table.names[i]!)],
      columns: [column, ...others.map((i) => table.columns[i]!)],
    },
    types: { ...batch.types, [TIME_COLUMN]: 'LONG' },
  };
}
