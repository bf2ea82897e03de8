import { invalidInput } from '../../common/druid-error.js';
import type { AggregateCall, Rex } from '../rex/rex.js';
import { notPlanned } from '../validate/planning-errors.js';
import { expressionAggregator } from './expression-aggregators.js';
import { lowerExpression } from './lower-expression.js';
import { lowerFilter } from './lower-filter.js';
import type { LoweredAggregate, LoweringContext, NativeSignature, VirtualColumnRegistry } from './native-expression.js';
import { nativeTypeOf } from './native-type.js';
import { statisticAggregate } from './statistic-aggregates.js';

type Json = Readonly<Record<string, unknown>>;

/** Native aggregators of an aggregate call. @source Druid `sql/calcite/aggregation/builtin` */
export function lowerAggregate(
  call: AggregateCall,
  name: string,
  signature: NativeSignature,
  registry: VirtualColumnRegistry,
  existing: readonly Json[],
  context: LoweringContext,
): LoweredAggregate {
  const lowered = new AggregateLowering(call, name, signature, registry, context).lower();
  const filtered = lowered.aggregators.map((aggregator) =>
    withFilter(aggregator, call.filter, signature, registry, context),
  );
  // An equal one that is there already is used again.
  const [only] = filtered;
  if (filtered.length === 1 && lowered.postAggregator === null) {
    const same = existing.find((known) => isSame(known, only!));
    if (same !== undefined) return { ...lowered, aggregators: [], outputName: String(same['name']) };
  }
  return { ...lowered, aggregators: filtered };
}

function isSame(a: Json, b: Json): boolean {
  const unnamed = (aggregator: Json): string =>
    JSON.stringify(aggregator, (key, value: unknown) =>
      key === 'name' ? undefined : typeof value === 'bigint' ? `${value}` : value,
    );
  return a['type'] !== 'expression' && unnamed(a) === unnamed(b);
}

function withFilter(
  aggregator: Json,
  filter: Rex | null,
  signature: NativeSignature,
  registry: VirtualColumnRegistry,
  context: LoweringContext,
): Json {
  if (filter === null || (filter.kind === 'literal' && filter.value === true)) return aggregator;
  const condition = lowerFilter(filter, signature, registry, context);
  if (aggregator['type'] !== 'filtered') {
    return { type: 'filtered', aggregator, filter: condition, name: aggregator['name'] };
  }
  const fields = [condition, aggregator['filter']];
  return { ...aggregator, filter: { type: 'and', fields } };
}

class AggregateLowering {
  readonly #call: AggregateCall;
  readonly #name: string;
  readonly #signature: NativeSignature;
  readonly #registry: VirtualColumnRegistry;
  readonly #context: LoweringContext;

  constructor(
    call: AggregateCall,
    name: string,
    signature: NativeSignature,
    registry: VirtualColumnRegistry,
    context: LoweringContext,
  ) {
    this.#call = call;
    this.#name = name;
    this.#signature = signature;
    this.#registry = registry;
    this.#context = context;
  }

  lower(): LoweredAggregate {
    const { function: fn, distinct } = this.#call;
    switch (fn) {
      case 'COUNT':
        return distinct ? this.#countDistinct() : this.#one(this.#count(this.#name));
      case 'SUM':
      case 'SUM0':
        return this.#one(this.#numeric('Sum'));
      case 'MIN':
        return this.#one(this.#numeric('Min'));
      case 'MAX':
        return this.#one(this.#numeric('Max'));
      case 'AVG':
        return this.#average();
      case 'APPROX_COUNT_DISTINCT':
      case 'APPROX_COUNT_DISTINCT_BUILTIN':
        return this.#countDistinct();
      case 'EARLIEST':
      case 'EARLIEST_BY':
        return this.#one(this.#first('First'));
      case 'LATEST':
      case 'LATEST_BY':
        return this.#one(this.#first('Last'));
      case 'ANY_VALUE':
        return this.#one(this.#any());
      case 'SINGLE_VALUE': {
        const columnType = nativeTypeOf(this.#call.type);
        return this.#one({ type: 'singleValue', name: this.#name, fieldName: this.#field(0), columnType });
      }
      default:
        return this.#sketch() ?? this.#one(this.#expression());
    }
  }

  #one(aggregator: Json): LoweredAggregate {
    return {
      aggregators: [aggregator],
      postAggregator: null,
      outputName: this.#name,
      outputType: nativeTypeOf(this.#call.type),
    };
  }

  #operand(i: number): Rex {
    const operand = this.#call.operands[i];
    if (operand === undefined) throw notPlanned(`Aggregation [${this.#call.function}] needs an operand`);
    return operand;
  }

  #field(i: number): string {
    const operand = this.#operand(i);
    return this.#registry.columnFor(lowerExpression(operand, this.#signature, this.#context), operand.type);
  }

  /** A constant operand; undefined when it is left out. @throws DruidError when it is none */
  #constant(i: number): unknown {
    const operand = this.#call.operands[i];
    if (operand === undefined) return undefined;
    if (operand.kind !== 'literal')
      throw notPlanned(`Argument [${i + 1}] of [${this.#call.function}] must be a literal`);
    return typeof operand.value === 'bigint' ? Number(operand.value) : operand.value;
  }

  /** COUNT(x) counts rows that have it. */
  #count(name: string): Json {
    const count = { type: 'count', name };
    const [operand] = this.#call.operands;
    if (operand === undefined || (operand.kind === 'literal' && operand.value !== null) || !operand.type.nullable)
      return count;
    const filter = { type: 'not', field: { type: 'null', column: this.#field(0) } };
    return { type: 'filtered', aggregator: count, filter, name };
  }

  /** @throws DruidError for extremes of texts, in Druid's words */
  #numeric(operation: 'Sum' | 'Min' | 'Max'): Json {
    const native = nativeTypeOf(operation === 'Sum' ? this.#call.type : this.#operand(0).type);
    if (native === 'STRING') {
      throw invalidInput(`Aggregation [${this.#call.function}] does not support type [STRING], column [v0]`, {
        sourceType: 'sql',
      });
    }
    return { type: `${numericKind(native)}${operation}`, name: this.#name, fieldName: this.#field(0) };
  }

  #average(): LoweredAggregate {
    const [sum, count] = [`${this.#name}:sum`, `${this.#name}:count`];
    const native = nativeTypeOf(this.#operand(0).type);
    const kind = native === 'LONG' ? 'long' : 'double';
    const fields = [sum, count].map((fieldName) => ({ type: 'fieldAccess', fieldName }));
    return {
      aggregators: [{ type: `${kind}Sum`, name: sum, fieldName: this.#field(0) }, this.#count(count)],
      postAggregator: { type: 'arithmetic', name: this.#name, fn: 'quotient', fields },
      outputName: this.#name,
      outputType: 'DOUBLE',
    };
  }

  #countDistinct(): LoweredAggregate {
    if (this.#call.operands.length !== 1) throw notPlanned('COUNT(DISTINCT) of several columns is not supported');
    const operand = lowerExpression(this.#operand(0), this.#signature, this.#context);
    const type = operand.type ?? nativeTypeOf(this.#operand(0).type);
    const name = this.#name;
    if (type === 'COMPLEX<hyperUnique>') {
      return this.#one({
        type: 'hyperUnique',
        name,
        fieldName: this.#field(0),
        isInputHyperUnique: false,
        round: true,
      });
    }
    if (type === 'COMPLEX<HLLSketch>' || type === 'COMPLEX<HLLSketchBuild>') {
      return this.#one(this.#hll('HLLSketchMerge'));
    }
    if (type.startsWith('COMPLEX')) {
      throw notPlanned(
        `Using APPROX_COUNT_DISTINCT() or enabling approximation with COUNT(DISTINCT) is not supported for column type [${type}]. You can disable approximation by setting [useApproximateCountDistinct: false] in the query context.`,
      );
    }
    const dimension = this.#field(0);
    const fields = [{ type: 'default', dimension, outputName: dimension, outputType: type }];
    return this.#one({ type: 'cardinality', name, fields, byRow: false, round: true });
  }

  #first(end: 'First' | 'Last'): Json {
    const isBy = this.#call.function.endsWith('_BY');
    const kind = valueKind(nativeTypeOf(this.#call.type));
    const maxStringBytes = this.#constant(isBy ? 2 : 1);
    return {
      type: `${kind}${end}`,
      name: this.#name,
      fieldName: this.#field(0),
      timeColumn: isBy ? this.#field(1) : '__time',
      ...(kind === 'string' && { maxStringBytes: maxStringBytes ?? 1024 }),
    };
  }

  #any(): Json {
    const kind = valueKind(nativeTypeOf(this.#call.type));
    const text = { maxStringBytes: this.#constant(1) ?? 1024, aggregateMultipleValues: this.#constant(2) ?? true };
    return { type: `${kind}Any`, name: this.#name, fieldName: this.#field(0), ...(kind === 'string' && text) };
  }

  #hll(type: 'HLLSketchBuild' | 'HLLSketchMerge'): Json {
    return {
      type,
      name: this.#name,
      fieldName: this.#field(0),
      lgK: this.#constant(1) ?? 12,
      tgtHllType: this.#constant(2) ?? 'HLL_4',
      ...(type === 'HLLSketchBuild' && { stringEncoding: this.#call.function.endsWith('UTF8') ? 'utf8' : 'utf16le' }),
      shouldFinalize: this.#call.function !== 'DS_HLL',
      round: true,
    };
  }

  #sketch(): LoweredAggregate | undefined {
    const { function: fn } = this.#call;
    const name = this.#name;
    switch (fn) {
      case 'DS_HLL':
      case 'APPROX_COUNT_DISTINCT_DS_HLL':
      case 'APPROX_COUNT_DISTINCT_DS_HLL_UTF8': {
        const isSketch = nativeTypeOf(this.#operand(0).type).startsWith('COMPLEX');
        return this.#one(this.#hll(isSketch ? 'HLLSketchMerge' : 'HLLSketchBuild'));
      }
      case 'DS_THETA':
      case 'APPROX_COUNT_DISTINCT_DS_THETA': {
        const size = this.#constant(1) ?? 16_384;
        const shouldFinalize = fn !== 'DS_THETA';
        const members = { shouldFinalize, isInputThetaSketch: false };
        return this.#one({ type: 'thetaSketch', name, fieldName: this.#field(0), size, ...members });
      }
      case 'DS_QUANTILES_SKETCH':
        return this.#one({
          type: 'quantilesDoublesSketch',
          name,
          fieldName: this.#field(0),
          k: this.#constant(1) ?? 128,
          shouldFinalize: false,
        });
      case 'APPROX_QUANTILE_DS': {
        const inner = `${name}:agg`;
        const sketch = {
          type: 'quantilesDoublesSketch',
          name: inner,
          fieldName: this.#field(0),
          k: this.#constant(2) ?? 128,
        };
        const field = { type: 'fieldAccess', fieldName: inner };
        const quantile = { type: 'quantilesDoublesSketchToQuantile', name, field, fraction: this.#constant(1) };
        return { aggregators: [sketch], postAggregator: quantile, outputName: name, outputType: 'DOUBLE' };
      }
      case 'APPROX_QUANTILE': {
        const inner = `${name}:agg`;
        const histogram = {
          type: 'approxHistogram',
          name: inner,
          fieldName: this.#field(0),
          resolution: this.#constant(2) ?? 50,
        };
        const quantile = { type: 'quantile', name, fieldName: inner, probability: this.#constant(1) };
        return { aggregators: [histogram], postAggregator: quantile, outputName: name, outputType: 'FLOAT' };
      }
      default:
        return statisticAggregate(this.#call, name, {
          field: (i) => this.#field(i),
          nativeType: (i) => nativeTypeOf(this.#operand(i).type),
          constant: (i) => this.#constant(i),
        });
    }
  }

  #expression(): Json {
    const operand = this.#operand(0);
    const column = this.#field(0);
    const type = lowerExpression(operand, this.#signature, this.#context).type ?? nativeTypeOf(operand.type);
    const aggregator = expressionAggregator(this.#call, this.#name, column, type, (i) => this.#constant(i));
    if (aggregator === undefined) throw notPlanned(`Aggregation [${this.#call.function}] is not supported`);
    return aggregator;
  }
}

function numericKind(type: string): 'long' | 'double' | 'float' {
  return type === 'LONG' ? 'long' : type === 'FLOAT' ? 'float' : 'double';
}

function valueKind(type: string): 'long' | 'double' | 'float' | 'string' {
  return type === 'LONG' || type === 'FLOAT' || type === 'DOUBLE' ? numericKind(type) : 'string';
}
