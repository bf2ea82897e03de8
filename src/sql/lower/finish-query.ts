import type { Rex } from '../rex/rex.js';
import { rexKey, substitute } from '../rex/rex-tools.js';
import { makeType } from '../types/make-type.js';
import { notPlanned } from '../validate/planning-errors.js';
import { finishAggregate } from './finish-aggregate.js';
import { offsetLimit, windowJson } from './finish-query-parts.js';
import { finishWindow } from './finish-window.js';
import type { NativeSignature, VirtualColumnRegistry } from './native-expression.js';
import { lowerWhere } from './lower-where.js';
import { nativeTypeOf } from './native-type.js';
import type { FinishedQuery, Json, PartialQuery } from './partial-query.js';
import type { RelationLowering } from './relation-lowering.js';

/**
 * The native query, chosen in Druid's order: windows, time boundary, timeseries, topN, groupBy, scan.
 * @throws DruidError `Query could not be planned` when no kind of query can do it
 */
export function finishQuery(partial: PartialQuery, lowering: RelationLowering): FinishedQuery {
  if (partial.window !== null) return finishWindow(partial, lowering);
  if (partial.aggregate !== null) return finishAggregate(partial, lowering);
  return finishScan(partial, lowering);
}

interface ScanColumns {
  readonly signature: NativeSignature;
  readonly json: readonly Json[];
  /** By expression. */
  readonly outputs: NativeSignature;
}

function finishScan(partial: PartialQuery, lowering: RelationLowering): FinishedQuery {
  const { source, sort } = partial;
  const registry = lowering.newRegistry(source.signature);
  const base = partial.project ?? sourceColumns(partial);
  const outputs = partial.sortProject === null ? base : partial.sortProject.map((e) => substitute(e, base));
  const keys = (sort?.keys ?? []).map((k) => substitute(k.expression, base));
  const none: Rex = { kind: 'literal', value: false, type: makeType('BOOLEAN') };
  const where = lowerWhere(sort?.limit === 0 ? none : partial.where, source, registry, lowering);
  const columns = scanColumns([...outputs, ...keys], partial, registry, lowering);
  const sortColumns = keys.map((_, i) => columns.outputs[outputs.length + i]!.name);
  const byTime =
    sortColumns.length === 0 || (sortColumns.length === 1 && sortColumns[0] === '__time' && source.dataSource);
  const needsSort = !byTime && sort !== null;
  if (needsSort && !canSort(partial)) {
    throw notPlanned(
      `SQL query requires ordering a table by non-time column [[${sortColumns.join(', ')}]], which is not supported.`,
    );
  }
  const time = sort?.keys[0];
  const unbounded = needsSort || sort === null;
  const json: Json = {
    queryType: 'scan',
    dataSource: where.source.json,
    intervals: { type: 'intervals', intervals: where.intervals },
    ...(registry.json.length > 0 && { virtualColumns: registry.json }),
    resultFormat: 'compactedList',
    ...(!unbounded && sort.offset > 0 && { offset: sort.offset }),
    ...(!unbounded && sort.limit !== null && sort.limit > 0 && { limit: sort.limit }),
    ...(!needsSort && time !== undefined && { order: time.descending ? 'descending' : 'ascending' }),
    ...(where.filter !== null && { filter: where.filter }),
    columns: columns.signature.map((c) => c.name),
    context: lowering.queryContext,
    columnTypes: columns.signature.map((c) => c.type),
    granularity: { type: 'all' },
    legacy: false,
  };
  const finished: FinishedQuery = {
    json,
    outputs: columns.outputs.slice(0, outputs.length),
    signature: columns.signature,
  };
  if (!needsSort) return finished;
  return sortedBy(finished, sortColumns, sort, lowering);
}

/** Rows that come to the broker can be sorted by anything; a scan of a data source (Druid: a concrete one) cannot. */
function canSort(partial: PartialQuery): boolean {
  return partial.source.metadata || !isConcrete(partial.source.json);
}

function isConcrete(dataSource: Json): boolean {
  if (dataSource['type'] === 'unnest') return isConcrete(dataSource['base'] as Json);
  return dataSource['type'] !== 'query' && dataSource['type'] !== 'join';
}

/** A window query that does nothing but sort. */
function sortedBy(
  scan: FinishedQuery,
  columns: readonly string[],
  sort: NonNullable<PartialQuery['sort']>,
  lowering: RelationLowering,
): FinishedQuery {
  const operators: Json[] = [
    {
      type: 'naiveSort',
      columns: columns.map((column, i) => ({ column, direction: sort.keys[i]!.descending ? 'DESC' : 'ASC' })),
    },
  ];
  if (sort.offset > 0 || sort.limit !== null) operators.push(offsetLimit(sort));
  return { ...scan, json: windowJson({ type: 'query', query: scan.json }, scan.signature, operators, lowering) };
}

/** Before anything is projected, the fields are the source's columns (a `sortProject` counts in them too). */
function sourceColumns(partial: PartialQuery): readonly Rex[] {
  const type = partial.fields[0]?.type;
  return partial.source.signature.flatMap((_, i): Rex[] => {
    const own = partial.sortProject === null ? partial.fields[i]?.type : type;
    return own === undefined ? [] : [{ kind: 'input', index: i, type: own }];
  });
}

/** Plain columns as they are, everything else as virtual columns. */
function scanColumns(
  expressions: readonly Rex[],
  partial: PartialQuery,
  registry: VirtualColumnRegistry,
  lowering: RelationLowering,
): ScanColumns {
  const { signature } = partial.source;
  const seen = new Map<string, NativeSignature[number]>();
  const names = new Map<string, NativeSignature[number]>();
  const outputs = expressions.map((rex) => {
    const key = rexKey(rex);
    const known = seen.get(key);
    if (known !== undefined) return known;
    let column: NativeSignature[number];
    if (rex.kind === 'input') {
      column = signature[rex.index]!;
    } else {
      const lowered = lowering.expressions.lowerExpression(rex, signature, lowering.context);
      const direct = lowered.column === null ? undefined : signature.find((c) => c.name === lowered.column);
      const type = lowered.type ?? nativeTypeOf(rex.type);
      column =
        direct !== undefined && direct.type === type ? direct : { name: registry.columnFor(lowered, rex.type), type };
    }
    seen.set(key, column);
    names.set(column.name, column);
    return column;
  });
  return { signature: [...names.values()], json: registry.json, outputs };
}
