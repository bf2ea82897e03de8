import type { Rex, RexBound } from '../rex/rex.js';
import { rexKey, substitute, windowKey } from '../rex/rex-tools.js';
import { notPlanned } from '../validate/planning-errors.js';
import { offsetLimit, windowJson } from './finish-query-parts.js';
import type { NativeColumn, NativeSignature } from './native-expression.js';
import { nativeTypeOf } from './native-type.js';
import type { FinishedQuery, Json, PartialQuery } from './partial-query.js';
import type { RelationLowering } from './relation-lowering.js';
import { unusedPrefixForDigits } from './unused-prefix.js';

type Over = Extract<Rex, { kind: 'over' }>;

/** Windows over a subquery: sort, partition and window operators for each kind of window. @source Druid `Windowing.java` */
export function finishWindow(partial: PartialQuery, lowering: RelationLowering): FinishedQuery {
  const { source } = partial;
  const { calls } = partial.window!;
  const prefix = unusedPrefixForDigits('w', source.signature);
  const operators: Json[] = [];
  const columns: NativeColumn[] = [...source.signature];
  const outputs = new Map<number, NativeColumn>();
  let order: readonly string[] = [];
  let partition: string | null = null;
  for (const group of grouped(calls)) {
    const { window } = calls[group[0]!]!;
    const partitionBy = window.partitionBy.map((p) => columnOf(p, columns));
    const sortBy = [
      ...partitionBy.map((column) => ({ column, direction: 'ASC' })),
      ...window.orderBy.map((o) => ({
        column: columnOf(o.expression, columns),
        direction: o.descending ? 'DESC' : 'ASC',
      })),
    ].filter((c, i, all) => all.findIndex((other) => other.column === c.column) === i);
    const wanted = sortBy.map((c) => `${c.column} ${c.direction}`);
    if (sortBy.length > 0 && !wanted.every((w, i) => order[i] === w)) {
      operators.push({ type: 'naiveSort', columns: sortBy });
      order = wanted;
      partition = null;
    }
    const key = partitionBy.join('\u0000');
    if (partition !== key) operators.push({ type: 'naivePartition', partitionColumns: partitionBy });
    partition = key;
    const processors = group.map((index) => {
      const call = calls[index]!;
      const output = { name: `${prefix}${index}`, type: nativeTypeOf(call.type), mayBeMultiValue: false };
      outputs.set(index, output);
      return processorOf(call, output, source.signature, lowering);
    });
    const processor = processors.length === 1 ? processors[0]! : { type: 'composing', processors };
    operators.push({ type: 'window', processor });
  }
  calls.forEach((_, i) => columns.push(outputs.get(i)!));
  return finishOutputs(partial, columns, operators, lowering);
}

/** Calls of one partitioning and order run together; the order of first use stays. */
function grouped(calls: readonly Over[]): readonly (readonly number[])[] {
  const groups = new Map<string, number[]>();
  calls.forEach((call, i) => {
    const { partitionBy, orderBy } = call.window;
    const key = windowKey({
      ...call,
      window: {
        ...call.window,
        partitionBy,
        orderBy,
        unit: 'ROWS',
        start: { type: 'currentRow' },
        end: { type: 'currentRow' },
      },
    });
    groups.set(key, [...(groups.get(key) ?? []), i]);
  });
  return [...groups.values()];
}

function columnOf(rex: Rex, columns: NativeSignature): string {
  if (rex.kind !== 'input') throw notPlanned('SQL requires windows over plain columns.');
  return columns[rex.index]!.name;
}

function processorOf(call: Over, output: NativeColumn, signature: NativeSignature, lowering: RelationLowering): Json {
  const { function: name, operands } = call.aggregate;
  const group = call.window.orderBy.map((o) => columnOf(o.expression, signature));
  const outputColumn = output.name;
  switch (name) {
    case 'ROW_NUMBER':
      return { type: 'rowNumber', outputColumn };
    case 'RANK':
      return { type: 'rank', group, outputColumn, asPercent: false };
    case 'PERCENT_RANK':
      return { type: 'rank', group, outputColumn, asPercent: true };
    case 'DENSE_RANK':
      return { type: 'denseRank', group, outputColumn };
    case 'CUME_DIST':
      return { type: 'cumeDist', group, outputColumn };
    case 'NTILE':
      return { type: 'percentile', outputColumn, numBuckets: literalNumber(operands[0], 1) };
    case 'LAG':
    case 'LEAD': {
      if (operands.length > 2) throw notPlanned(`SQL requires a default value for ${name}, which is not supported.`);
      const offset = literalNumber(operands[1], 1) * (name === 'LAG' ? -1 : 1);
      return { type: 'offset', inputColumn: columnOf(operands[0]!, signature), outputColumn, offset };
    }
    case 'FIRST_VALUE':
      return {
        type: 'first',
        inputColumn: columnOf(operands[0]!, signature),
        outputColumn,
        ...framed(call, signature),
      };
    case 'LAST_VALUE':
      return { type: 'last', inputColumn: columnOf(operands[0]!, signature), outputColumn, ...framed(call, signature) };
    default:
      return aggregateProcessor(call, output, signature, lowering);
  }
}

function literalNumber(rex: Rex | undefined, otherwise: number): number {
  if (rex === undefined) return otherwise;
  if (rex.kind !== 'literal') throw notPlanned('SQL requires a literal here, as an argument of a window function.');
  return Number(rex.value);
}

function framed(call: Over, signature: NativeSignature): Json {
  return { frame: frameOf(call, signature) };
}

function aggregateProcessor(
  call: Over,
  output: NativeColumn,
  signature: NativeSignature,
  lowering: RelationLowering,
): Json {
  const { expressions, context } = lowering;
  const registry = lowering.newRegistry(signature);
  const lowered = expressions.lowerAggregate(call.aggregate, output.name, signature, registry, [], context);
  if (lowered.postAggregator !== null || registry.json.length > 0) {
    throw notPlanned(`SQL requires ${call.aggregate.function} as a window function, which is not supported.`);
  }
  return { type: 'framedAgg', frame: frameOf(call, signature), aggregations: lowered.aggregators };
}

function frameOf(call: Over, signature: NativeSignature): Json {
  const { window } = call;
  const bounds: Json = {
    ...boundOf('lowerOffset', window.start),
    ...boundOf('upperOffset', window.end),
  };
  if (window.unit === 'ROWS') return { type: 'rows', ...bounds };
  const columns = window.orderBy.map((o) => columnOf(o.expression, signature));
  const whole = columns.length === 0 || (bounds['lowerOffset'] === undefined && bounds['upperOffset'] === undefined);
  if (whole) return { type: 'rows' };
  if (
    window.unit === 'RANGE' &&
    [window.start, window.end].some((b) => b.type === 'preceding' || b.type === 'following')
  ) {
    throw notPlanned('Order by value bounds of RANGE windows are not supported.');
  }
  return { type: 'groups', ...bounds, orderByColumns: columns };
}

function boundOf(key: string, bound: RexBound): Json {
  switch (bound.type) {
    case 'unboundedPreceding':
    case 'unboundedFollowing':
      return {};
    case 'currentRow':
      return { [key]: 0 };
    case 'preceding':
      return { [key]: -bound.offset };
    case 'following':
      return { [key]: bound.offset };
  }
}

/** What stands above the windows: filter (QUALIFY), projection, order, limit. */
function finishOutputs(
  partial: PartialQuery,
  columns: readonly NativeColumn[],
  operators: Json[],
  lowering: RelationLowering,
): FinishedQuery {
  const all = [...columns];
  const known = new Map<string, NativeColumn>();
  const registry = lowering.newRegistry(columns);
  const resolve = (rex: Rex): NativeColumn => {
    if (rex.kind === 'input') return columns[rex.index]!;
    const key = rexKey(rex);
    const found = known.get(key);
    if (found !== undefined) return found;
    const lowered = lowering.expressions.lowerExpression(rex, columns, lowering.context);
    const type = lowered.type ?? nativeTypeOf(rex.type);
    const direct = columns.find((c) => c.name === lowered.column && c.type === type);
    const column = direct ?? { name: registry.columnFor(lowered, rex.type), type, mayBeMultiValue: false };
    if (direct === undefined) all.push(column);
    known.set(key, column);
    return column;
  };
  const base = partial.windowProject;
  const projected = base?.map(resolve) ?? columns;
  const { sort } = partial;
  const sortBy = (sort?.keys ?? []).map((key) => ({
    column: resolve(base === null ? key.expression : substitute(key.expression, base)).name,
    direction: key.descending ? 'DESC' : 'ASC',
  }));
  const outputs =
    partial.sortProject === null
      ? projected
      : partial.sortProject.map((e) => resolve(base === null ? e : substitute(e, base)));
  if (registry.json.length > 0) {
    operators.push({ type: 'scan', virtualColumns: registry.json, projectedColumns: all.map((c) => c.name) });
  }
  if (sortBy.length > 0) operators.push({ type: 'naiveSort', columns: sortBy });
  if (sort !== null && (sort.offset > 0 || sort.limit !== null)) operators.push(offsetLimit(sort));
  const dataSource = partial.source.json;
  return { json: windowJson(dataSource, all, operators, lowering), outputs, signature: all };
}
