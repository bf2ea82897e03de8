import type { Rex } from '../rex/rex.js';
import { notPlanned } from '../validate/planning-errors.js';
import type { NativeSignature } from './native-expression.js';

type Json = Readonly<Record<string, unknown>>;

const PREFIX = 'DS_TUPLE_DOUBLES_';
const DEFAULT_ENTRIES = 4096;

/** Whether it is a function of tuple sketches, which only post-aggregators know. */
export function isOfTuples(rex: Rex): rex is Extract<Rex, { kind: 'call' }> {
  return rex.kind === 'call' && rex.operator.startsWith(PREFIX);
}

/**
 * The post-aggregator of a function of tuple sketches; undefined for any other expression.
 * @throws DruidError when an operand is neither DS_TUPLE_DOUBLES nor such a function
 * @source Druid `ArrayOfDoublesSketchSetBaseOperatorConversion.java`
 */
export function tuplePostAggregator(rex: Rex, name: string, signature: NativeSignature): Json | undefined {
  if (!isOfTuples(rex)) return undefined;
  const operation = rex.operator.slice(PREFIX.length);
  const [first] = rex.operands;
  if (operation === 'METRICS_SUM_ESTIMATE') {
    const field = memberOf(first!, `${name}:field`, signature);
    return { type: 'arrayOfDoublesSketchToMetricsSumEstimate', name, field };
  }
  const hasSize = first?.kind === 'literal';
  const operands = hasSize ? rex.operands.slice(1) : rex.operands;
  return {
    type: 'arrayOfDoublesSketchSetOp',
    name,
    operation,
    nominalEntries: hasSize ? Number(first.value) : DEFAULT_ENTRIES,
    fields: operands.map((operand, i) => memberOf(operand, `${name}:${i}`, signature)),
  };
}

function memberOf(rex: Rex, name: string, signature: NativeSignature): Json {
  if (rex.kind === 'input') {
    const { name: fieldName } = signature[rex.index]!;
    return { type: 'fieldAccess', name, fieldName };
  }
  const nested = tuplePostAggregator(rex, name, signature);
  if (nested === undefined) throw notPlanned('Functions of tuple sketches take results of DS_TUPLE_DOUBLES');
  return nested;
}
