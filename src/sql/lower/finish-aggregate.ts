import type { AggregateCall, Rex } from '../rex/rex.js';
import { rexKey, substitute } from '../rex/rex-tools.js';
import { notPlanned } from '../validate/planning-errors.js';
import { aggregateQueryJson } from './aggregate-query-json.js';
import type { Aggregation, Dimension } from './aggregation.js';
import { lowerWhere } from './lower-where.js';
import type { NativeColumn, NativeSignature, VirtualColumnRegistry } from './native-expression.js';
import { nativeTypeOf } from './native-type.js';
import { isOfTuples } from './tuple-post-aggregator.js';
import type { FinishedQuery, Json, PartialQuery } from './partial-query.js';
import type { RelationLowering } from './relation-lowering.js';
import { unusedPrefixForDigits } from './unused-prefix.js';

/** A grouped query. @source Druid `DruidQuery.computeGrouping` */
export function finishAggregate(partial: PartialQuery, lowering: RelationLowering): FinishedQuery {
  const { source, aggregate } = partial;
  const registry = lowering.newRegistry(source.signature);
  const prefixOf = (base: string): string => unusedPrefixForDigits(base, source.signature);
  const where = lowerWhere(partial.where, source, registry, lowering);
  const dimensions = aggregate!.groups.map((group, i) =>
    dimensionOf(group, `${prefixOf('d')}${i}`, source.signature, registry, lowering),
  );
  const aggregations: Json[] = [];
  const postAggregations: Json[] = [];
  const results = aggregate!.calls.map((call, i) =>
    addAggregate(
      call,
      `${prefixOf('a')}${i}`,
      partial,
      dimensions,
      { aggregations, postAggregations },
      registry,
      lowering,
    ),
  );
  const columns: NativeColumn[] = [...dimensions.map((d) => d.column), ...results];
  const having =
    partial.having === null ? null : lowering.expressions.lowerFilter(partial.having, columns, null, lowering.context);
  const post = new PostProjection(columns, postAggregations, lowering);
  const projected = partial.aggregateProject?.map((e) => post.column(e, prefixOf('p'))) ?? columns;
  const projection = partial.aggregateProject;
  const sortColumns = (partial.sort?.keys ?? []).map((key) =>
    post.column(projection === null ? key.expression : substitute(key.expression, projection), prefixOf('p')),
  );
  const outputs =
    partial.sortProject === null
      ? projected
      : partial.sortProject.map((e) => post.column(projection === null ? e : substitute(e, projection), prefixOf('s')));
  const parts: Aggregation = {
    where,
    virtualColumns: registry.json,
    dimensions,
    aggregations,
    postAggregations,
    having,
    sets: aggregate!.sets,
    sortColumns,
  };
  const json = aggregateQueryJson(parts, partial, lowering);
  const signature = [...columns, ...post.added];
  return { json, outputs, signature };
}

function dimensionOf(
  group: Rex,
  outputName: string,
  signature: NativeSignature,
  registry: VirtualColumnRegistry,
  lowering: RelationLowering,
): Dimension {
  const lowered = lowering.expressions.lowerExpression(group, signature, lowering.context);
  const outputType = lowered.type ?? nativeTypeOf(group.type);
  if (outputType.startsWith('COMPLEX')) {
    throw notPlanned(`SQL requires a group-by on a column with type [${outputType}] that is unsupported.`);
  }
  const column = { name: outputName, type: outputType, mayBeMultiValue: false };
  const { expression } = lowered;
  if (lowered.extractionFn !== null) {
    const { extractionFn, extractedColumn: dimension } = lowered;
    return { json: { type: 'extraction', dimension, outputName, outputType, extractionFn }, column, expression };
  }
  const dimension = lowered.column ?? registry.columnFor(lowered, group.type);
  return { json: { type: 'default', dimension, outputName, outputType }, column, expression };
}

function addAggregate(
  call: AggregateCall,
  name: string,
  partial: PartialQuery,
  dimensions: readonly Dimension[],
  into: { readonly aggregations: Json[]; readonly postAggregations: Json[] },
  registry: VirtualColumnRegistry,
  lowering: RelationLowering,
): NativeColumn {
  if (call.function === 'GROUPING') {
    const keys = partial.aggregate!.groups.map(rexKey);
    const groupings = call.operands.map((operand) => dimensions[keys.indexOf(rexKey(operand))]?.column.name ?? '');
    into.aggregations.push({ type: 'grouping', name, groupings });
    return { name, type: 'LONG', mayBeMultiValue: false };
  }
  const { signature } = partial.source;
  const folded: AggregateCall = {
    ...call,
    filter: call.filter === null ? null : lowering.expressions.fold(call.filter, lowering.context),
  };
  const lowered = lowering.expressions.lowerAggregate(
    folded,
    name,
    signature,
    registry,
    into.aggregations,
    lowering.context,
  );
  into.aggregations.push(...lowered.aggregators);
  if (lowered.postAggregator !== null) into.postAggregations.push(lowered.postAggregator);
  return { name: lowered.outputName, type: lowered.outputType, mayBeMultiValue: false };
}

/** Expressions over results of an aggregation; plain columns stay what they are. */
class PostProjection {
  readonly added: NativeColumn[] = [];
  readonly #columns: NativeSignature;
  readonly #into: Json[];
  readonly #lowering: RelationLowering;
  readonly #known = new Map<string, NativeColumn>();
  readonly #counts: Record<string, number> = {};

  constructor(columns: NativeSignature, into: Json[], lowering: RelationLowering) {
    this.#columns = columns;
    this.#into = into;
    this.#lowering = lowering;
  }

  column(rex: Rex, prefix: string): NativeColumn {
    if (rex.kind === 'input') return this.#columns[rex.index]!;
    const key = rexKey(rex);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const { expressions, context } = this.#lowering;
    let type = nativeTypeOf(rex.type);
    if (!isOfTuples(rex)) {
      const lowered = expressions.lowerExpression(rex, this.#columns, context);
      type = lowered.type ?? type;
      const direct = lowered.column === null ? undefined : this.#columns.find((c) => c.name === lowered.column);
      if (direct?.type === type) return direct;
    }
    const count = this.#counts[prefix] ?? 0;
    this.#counts[prefix] = count + 1;
    const column = { name: `${prefix}${count}`, type, mayBeMultiValue: false };
    this.#into.push(expressions.lowerPostAggregator(rex, column.name, this.#columns, context));
    this.#known.set(key, column);
    this.added.push(column);
    return column;
  }
}
