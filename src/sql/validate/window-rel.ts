import type { Rex } from '../rex/rex.js';
import { aggregateKey, allInputs, call, input, mapAggregate, mapRex, rexKey, windowKey } from '../rex/rex-tools.js';
import { project, type Rel, type WindowRel } from '../rel/rel.js';
import { makeType, withNullable } from '../types/make-type.js';

type Over = Extract<Rex, { kind: 'over' }>;

/** Windows below the expressions that use them: each call becomes a column behind those of `rel`. */
export function windowRel(
  rel: Rel,
  expressions: readonly Rex[],
): { readonly rel: Rel; readonly expressions: readonly Rex[] } {
  const computed: Rex[] = allInputs(rel.fields);
  const column = (rex: Rex): Rex => {
    if (rex.kind === 'literal') return rex;
    const known = computed.findIndex((c) => rexKey(c) === rexKey(rex));
    return input(known >= 0 ? known : computed.push(rex) - 1, rex.type);
  };
  const calls: Over[] = [];
  const keys: string[] = [];
  const add = (over: Over): number => {
    const plain: Over = {
      ...over,
      aggregate: mapAggregate(over.aggregate, column),
      window: {
        ...over.window,
        partitionBy: over.window.partitionBy.map(column),
        orderBy: over.window.orderBy.map((o) => ({ ...o, expression: column(o.expression) })),
      },
    };
    const key = `${aggregateKey(plain.aggregate)}|${windowKey(plain)}`;
    const known = keys.indexOf(key);
    if (known >= 0) return known;
    keys.push(key);
    return calls.push(plain) - 1;
  };
  // Two passes: the columns below are known only when every call was seen.
  const marked = expressions.map((rex) =>
    mapRex(rex, (node) => (node.kind === 'over' ? overValue(node, (o) => marker(add(o), o)) : undefined)),
  );
  const width = computed.length;
  const below =
    width === rel.fields.length
      ? rel
      : project(
          rel,
          computed,
          computed.map((_, i) => rel.fields[i]?.name ?? `$w${i}`),
        );
  const fields = [...below.fields, ...calls.map((c, i) => ({ name: `w${i}`, type: c.type }))];
  const windowed: WindowRel = { kind: 'window', input: below, calls, fields };
  const unmark = (rex: Rex): Rex =>
    mapRex(rex, (node) => {
      const index = markers.get(node);
      return index === undefined ? undefined : input(width + index, node.type);
    });
  return { rel: windowed, expressions: marked.map(unmark) };
}

const markers = new WeakMap<Rex, number>();

function marker(index: number, over: Over): Rex {
  const rex = call('$WINDOW', [], over.type);
  markers.set(rex, index);
  return rex;
}

/** AVG is SUM / COUNT, as Calcite reduces it. */
function overValue(over: Over, value: (over: Over) => Rex): Rex {
  if (over.aggregate.function !== 'AVG') return value(over);
  const double = makeType('DOUBLE', true);
  const bigint = makeType('BIGINT');
  const operand = over.aggregate.operands[0]!;
  const exact = ['TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT'].includes(operand.type.name);
  const sumType = exact ? makeType('BIGINT', true) : withNullable(operand.type, true);
  const of = (name: string, type: typeof double): Rex =>
    value({ ...over, type, aggregate: { ...over.aggregate, function: name, type } });
  return call('/', [call('CAST', [of('SUM', sumType)], double), of('COUNT', bigint)], double);
}
