import type { Rex } from '../rex/rex.js';
import { allInputs, call, input, nullableBoolean } from '../rex/rex-tools.js';
import { filter, project, type Rel } from '../rel/rel.js';
import type { UnpivotNode } from '../syntax/ast.js';
import { errorAt } from '../syntax/token-stream.js';
import { makeType, withNullable } from '../types/make-type.js';
import type { SqlType } from '../types/sql-type.js';
import { castTo } from './cast-rex.js';
import { common } from './common-type.js';
import { type ExpressionScope, expressionRex, operatorRex } from './expression-rex.js';
import type { From, FromContext } from './from.js';
import { literal } from './literal-rex.js';
import { columnsOf, Scope } from './scope.js';

/** UNPIVOT: a row per value of the list, with the columns that are not named, the labels and the measures. @source Calcite `SqlToRelConverter.convertUnpivot` */
export function unpivotFrom(node: UnpivotNode, from: From, context: FromContext): From {
  const { validation } = context;
  const scope = new Scope(from.namespaces, from.merged, context.parent, validation.nextScopeId++);
  const base = { validation, scope, tables: context.tables, windows: new Map(), aliases: new Map() };
  const plain: ExpressionScope = { ...base, noAggregates: 'UNPIVOT' };
  for (const { columns, labels } of node.values) {
    if (columns.length !== node.measures.length)
      throw errorAt(
        `Value count in UNPIVOT (${columns.length}) must match number of FOR columns (${node.measures.length})`,
        node.at,
      );
    if (labels !== null && labels.length !== node.axes.length)
      throw errorAt(
        `Value count in UNPIVOT (${labels.length}) must match number of FOR columns (${node.axes.length})`,
        node.at,
      );
  }
  const columns = node.values.map((value) => value.columns.map((name) => expressionRex(name, plain)));
  const labels = node.values.map(({ columns: named, labels: given }) => {
    const text = named.map((name) => name.names.at(-1)!.text).join('_');
    return given === null
      ? node.axes.map(() => literal(text, makeType('VARCHAR')))
      : given.map((label) => expressionRex(label, plain));
  });
  const used = new Set(columns.flat().flatMap((rex) => (rex.kind === 'input' ? [rex.index] : [])));
  const before = from.rel.fields;
  const ordinal = input(before.length, makeType('INTEGER', true));
  const pick = (values: readonly Rex[]): Rex => chosen(values, ordinal, node);
  const kept = allInputs(before).filter((_, i) => !used.has(i));
  const names = before.filter((_, i) => !used.has(i)).map((field) => field.name);
  const rel = project(
    repeated(from.rel, node.values.length),
    [
      ...kept,
      ...node.axes.map((_, i) => pick(labels.map((label) => label[i]!))),
      ...node.measures.map((_, i) => pick(columns.map((row) => row[i]!))),
    ],
    [...names, ...node.axes.map((axis) => axis.text), ...node.measures.map((measure) => measure.text)],
  );
  const measures = rel.fields.slice(-node.measures.length);
  const known = measures.map((field, i) =>
    call('IS NOT NULL', [input(rel.fields.length - measures.length + i, field.type)], nullableBoolean),
  );
  const whole =
    node.includeNulls || known.length === 0
      ? rel
      : filter(rel, known.length === 1 ? known[0]! : call('OR', known, nullableBoolean));
  const namespace = { alias: node.alias?.name.text ?? null, schema: null, columns: columnsOf(whole.fields, 0) };
  return { rel: whole, namespaces: [namespace], merged: [] };
}

/** Every row `count` times, with 1, 2, … behind it. */
function repeated(rel: Rel, count: number): Rel {
  const type = makeType('INTEGER', true);
  const array = call(
    'ARRAY',
    Array.from({ length: count }, (_, i) => literal(BigInt(i + 1), makeType('INTEGER'))),
    makeType('ARRAY', false, { element: type }),
  );
  return { kind: 'unnest', input: rel, array, filter: null, fields: [...rel.fields, { name: 'EXPR$0', type }] };
}

function chosen(values: readonly Rex[], ordinal: Rex, node: UnpivotNode): Rex {
  const type = values
    .map((value) => value.type)
    .reduce<SqlType | null>((a, b) => (a === null ? null : common(a, b)), values[0]!.type);
  if (type === null) throw errorAt('Types of the columns of UNPIVOT are not compatible', node.at);
  const operands = values.flatMap((value, i) => [
    operatorRex('=', [ordinal, literal(BigInt(i + 1), makeType('INTEGER'))], node.at),
    castTo(value, type),
  ]);
  operands.push(literal(null, makeType('NULL', true)));
  return call('CASE', operands, withNullable(type, true));
}
