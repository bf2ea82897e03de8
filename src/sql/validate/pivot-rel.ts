import { findFunction } from '../functions/catalog.js';
import type { AggregateCall, Rex } from '../rex/rex.js';
import { and, visitRex } from '../rex/rex-tools.js';
import { aggregate } from '../rel/rel.js';
import type { Expression, PivotNode } from '../syntax/ast.js';
import { errorAt } from '../syntax/token-stream.js';
import { withNullable } from '../types/make-type.js';
import { aggregateOf, type ExpressionScope, expressionRex, operatorRex } from './expression-rex.js';
import type { From, FromContext } from './from.js';
import { columnsOf, Scope } from './scope.js';

/** PIVOT: grouped by the columns that are not named, one filtered aggregate per value and aggregate. */
export function pivotFrom(node: PivotNode, from: From, context: FromContext): From {
  const { validation } = context;
  const scope = new Scope(from.namespaces, from.merged, context.parent, validation.nextScopeId++);
  const base = { validation, scope, tables: context.tables, windows: new Map(), aliases: new Map() };
  const plain: ExpressionScope = { ...base, noAggregates: 'PIVOT' };
  const axes = node.axes.map((axis) => expressionRex(axis, plain));
  const used = new Set<number>();
  const note = (rex: Rex): void =>
    visitRex(rex, (r) => {
      if (r.kind === 'input') used.add(r.index);
    });
  axes.forEach(note);
  const aggregates = node.aggregates.map(({ expression, alias }) => {
    const call = aggregateOf(expressionRex(expression, { ...base, noAggregates: null }));
    if (call === undefined) throw errorAt('Measure expression in PIVOT must use aggregate function', expression.at);
    call.operands.forEach(note);
    return { call, alias };
  });
  const groups = from.rel.fields.flatMap((f, i): Rex[] =>
    used.has(i) ? [] : [{ kind: 'input', index: i, type: f.type }],
  );
  const calls: AggregateCall[] = [];
  for (const value of node.values) {
    if (value.values.length !== axes.length) {
      throw errorAt(
        `Value count in PIVOT (${value.values.length}) must match number of FOR columns (${axes.length})`,
        node.at,
      );
    }
    const matches = value.values.map((v, i) => operatorRex('=', [axes[i]!, expressionRex(v, plain)], v.at));
    const valueName = value.alias?.text ?? value.values.map(valueText).join('_');
    for (const { call, alias } of aggregates) {
      const filter = validation.fold(and(call.filter === null ? matches : [...matches, call.filter]));
      const type = findFunction(call.function)?.name === 'COUNT' ? call.type : withNullable(call.type, true);
      calls.push({ ...call, filter, type, name: alias === null ? valueName : `${valueName}_${alias.text}` });
    }
  }
  const rel = aggregate(from.rel, groups, null, calls);
  const namespace = { alias: node.alias?.name.text ?? null, schema: null, columns: columnsOf(rel.fields, 0) };
  return { rel, namespaces: [namespace], merged: [] };
}

function valueText(node: Expression): string {
  return node.kind === 'literal' ? (node.type === 'string' ? `'${node.text}'` : node.text) : node.kind;
}
