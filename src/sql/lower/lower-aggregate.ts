import { DruidError } from '../../common/druid-error.js';
import type { AggregateCall, Rex } from '../rex/rex.js';
import { notPlanned } from '../validate/planning-errors.js';
import { lowerExpression } from './lower-expression.js';
import { lowerFilter } from './lower-filter.js';
import type { LoweredAggregate, LoweringContext, NativeSignature, VirtualColumnRegistry } from './native-expression.js';
import { nativeTypeOf } from './native-type.js';
import type { Json } from './partial-query.js';

interface At {
  readonly signature: NativeSignature;
  readonly registry: VirtualColumnRegistry;
  readonly context: LoweringContext;
}

/** An aggregate as native aggregators and a post-aggregator. @source Druid `aggregation/builtin/*SqlAggregator.java` */
export function lowerAggregate(
  call: AggregateCall,
  name: string,
  signature: NativeSignature,
  registry: VirtualColumnRegistry,
  context: LoweringContext,
): LoweredAggregate {
  const at = { signature, registry, context };
  const filter = call.filter === null ? null : lowerFilter(call.filter, signature, registry, context);
  const lowered = plain(call, name, at);
  if (filter === null) return lowered;
  const aggregators = lowered.aggregators.map((aggregator) => filtered(aggregator, filter));
  return { ...lowered, aggregators };
}

function filtered(aggregator: Json, filter: Json): Json {
  if (aggregator['type'] !== 'filtered') return { type: 'filtered', aggregator, filter, name: aggregator['name'] };
  return { ...aggregator, filter: { type: 'and', fields: [aggregator['filter'] as Json, filter] } };
}

function plain(call: AggregateCall, name: string, at: At): LoweredAggregate {
  const only = (aggregator: Json, outputType = nativeTypeOf(call.type)): LoweredAggregate => ({
    aggregators: [aggregator],
    postAggregator: null,
    outputName: name,
    outputType,
  });
  switch (call.function) {
    case 'COUNT':
      if (call.distinct) return only(cardinality(call, name, at), 'LONG');
      return only(count(call.operands, name, at), 'LONG');
    case 'APPROX_COUNT_DISTINCT':
      return only(cardinality(call, name, at), 'LONG');
    case 'SUM':
    case 'MIN':
    case 'MAX':
      return simple(call, name, at);
    case 'AVG':
      return average(call, name, at);
    case 'ANY_VALUE':
    case 'EARLIEST':
    case 'LATEST':
    case 'EARLIEST_BY':
    case 'LATEST_BY':
      return only(firstLast(call, name, at));
    case 'SINGLE_VALUE':
      return only({
        type: 'singleValue',
        name,
        fieldName: column(call.operands[0]!, at),
        columnType: nativeTypeOf(call.type),
      });
    default:
      throw notPlanned(`SQL requires aggregation function [${call.function}] that is not supported.`);
  }
}

function column(rex: Rex, at: At): string {
  return at.registry.columnFor(lowerExpression(rex, at.signature, at.context), rex.type);
}

function count(operands: readonly Rex[], name: string, at: At): Json {
  const aggregator = { type: 'count', name };
  const nullable = operands.filter((o) => o.type.nullable || (o.kind === 'literal' && o.value === null));
  if (nullable.length === 0) return aggregator;
  const fields = nullable.map((o): Json => ({ type: 'not', field: { type: 'null', column: column(o, at) } }));
  return { type: 'filtered', aggregator, filter: fields.length === 1 ? fields[0]! : { type: 'and', fields }, name };
}

function cardinality(call: AggregateCall, name: string, at: At): Json {
  const [operand] = call.operands as readonly [Rex];
  const lowered = lowerExpression(operand, at.signature, at.context);
  if (lowered.type === 'COMPLEX<hyperUnique>') {
    return { type: 'hyperUnique', name, fieldName: lowered.column, isInputHyperUnique: false, round: true };
  }
  if (lowered.type?.startsWith('COMPLEX')) {
    throw notPlanned(
      `Using APPROX_COUNT_DISTINCT() or enabling approximation with COUNT(DISTINCT) is not supported for column type [${lowered.type}]. You can disable approximation by setting [useApproximateCountDistinct: false] in the query context.`,
    );
  }
  const dimension = column(operand, at);
  const outputType = lowered.type ?? nativeTypeOf(operand.type);
  return {
    type: 'cardinality',
    name,
    fields: [{ type: 'default', dimension, outputName: dimension, outputType }],
    byRow: false,
    round: true,
  };
}

const NAMES: Readonly<Record<string, string>> = { SUM: 'Sum', MIN: 'Min', MAX: 'Max' };

function simple(call: AggregateCall, name: string, at: At): LoweredAggregate {
  const [operand] = call.operands as readonly [Rex];
  const lowered = lowerExpression(operand, at.signature, at.context);
  const type = call.function === 'SUM' ? nativeTypeOf(call.type) : (lowered.type ?? nativeTypeOf(operand.type));
  if (type === 'STRING' && call.function !== 'SUM') {
    throw new DruidError(
      `Aggregation [${call.function}] does not support type [STRING], column [${lowered.column === null ? 'v0' : 'v0'}]`,
      { category: 'INVALID_INPUT', context: { sourceType: 'sql' } },
    );
  }
  if (type.startsWith('COMPLEX') || type.startsWith('ARRAY')) {
    throw notPlanned(`Aggregation [${call.function}] does not support type [${type}]`);
  }
  const prefix = type === 'LONG' ? 'long' : type === 'FLOAT' ? 'float' : 'double';
  const aggregator = { type: `${prefix}${NAMES[call.function]}`, name, fieldName: column(operand, at) };
  return { aggregators: [aggregator], postAggregator: null, outputName: name, outputType: type };
}

function average(call: AggregateCall, name: string, at: At): LoweredAggregate {
  const [operand] = call.operands as readonly [Rex];
  const lowered = lowerExpression(operand, at.signature, at.context);
  const fieldName = column(operand, at);
  const prefix = lowered.type === 'LONG' ? 'long' : 'double';
  const sum = { type: `${prefix}Sum`, name: `${name}:sum`, fieldName };
  const counted = count([operand], `${name}:count`, at);
  const postAggregator = {
    type: 'arithmetic',
    name,
    fn: 'quotient',
    fields: [
      { type: 'fieldAccess', fieldName: `${name}:sum` },
      { type: 'fieldAccess', fieldName: `${name}:count` },
    ],
  };
  return { aggregators: [sum, counted], postAggregator, outputName: name, outputType: 'DOUBLE' };
}

const KINDS: Readonly<Record<string, string>> = {
  ANY_VALUE: 'Any',
  EARLIEST: 'First',
  EARLIEST_BY: 'First',
  LATEST: 'Last',
  LATEST_BY: 'Last',
};

function firstLast(call: AggregateCall, name: string, at: At): Json {
  const [operand, second, third] = call.operands as readonly [Rex, Rex | undefined, Rex | undefined];
  const lowered = lowerExpression(operand, at.signature, at.context);
  const type = lowered.type ?? nativeTypeOf(operand.type);
  const by = call.function.endsWith('_BY');
  const bytes = by ? third : second;
  const prefix = type === 'LONG' ? 'long' : type === 'DOUBLE' ? 'double' : type === 'FLOAT' ? 'float' : 'string';
  const kind = KINDS[call.function]!;
  const timeColumn = kind === 'Any' ? null : by ? column(second!, at) : '__time';
  return {
    type: `${prefix}${kind}`,
    name,
    fieldName: column(operand, at),
    ...(timeColumn !== null && { timeColumn }),
    ...(prefix === 'string' && { maxStringBytes: bytes?.kind === 'literal' ? Number(bytes.value) : 1024 }),
    ...(prefix === 'string' && kind === 'Any' && { aggregateMultipleValues: true }),
  };
}
