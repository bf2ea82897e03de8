import type { Rex, RexOrder, RexValue } from '../rex/rex.js';
import { allInputs, input } from '../rex/rex-tools.js';
import { aggregate, project, type Rel, sort } from '../rel/rel.js';
import type { Expression, OrderItem, Query, SetOperationNode, Span, ValuesNode } from '../syntax/ast.js';
import { errorAt } from '../syntax/token-stream.js';
import type { SqlField, SqlType } from '../types/sql-type.js';
import { castTo } from './cast-rex.js';
import { common } from './common-type.js';
import { expressionRex, family } from './expression-rex.js';
import type { FromContext } from './from.js';
import { emptyRow } from './from-rel.js';
import { parameterRex } from './literal-rex.js';
import { keepColumns } from './keep-columns.js';
import { unhandledPlan } from './planning-errors.js';
import { columnsOf, Scope } from './scope.js';
import { selectRel } from './select-rel.js';
import type { CommonTable, Validation } from './validation.js';

/** The relation that a query means. */
export function queryRel(query: Query, context: FromContext): Rel {
  return build(query, [], 0, null, context);
}

function build(
  query: Query,
  orderBy: readonly OrderItem[],
  offset: number,
  limit: number | null,
  context: FromContext,
): Rel {
  switch (query.kind) {
    case 'select':
      return selectRel(query, orderBy, offset, limit, context);
    case 'with': {
      if (query.recursive) throw unhandledPlan();
      return build(query.body, orderBy, offset, limit, { ...context, tables: commonTables(query, context) });
    }
    case 'ordered': {
      const own = { offset: bound(query.offset, context) ?? 0, limit: bound(query.limit, context) };
      if (orderBy.length === 0 && offset === 0 && limit === null) {
        return build(query.query, query.orderBy, own.offset, own.limit, context);
      }
      return ordered(build(query, [], 0, null, context), orderBy, offset, limit, context);
    }
    case 'setOperation':
      return ordered(setOperation(query, context), orderBy, offset, limit, context);
    case 'values':
      return ordered(valuesRel(query, context), orderBy, offset, limit, context);
    case 'explicitTable': {
      const star = { expression: { kind: 'identifier', names: [], star: true, at: query.at }, alias: null } as const;
      const from = { kind: 'table', names: query.table.names, alias: null, extend: null, at: query.at } as const;
      const none = { where: null, groupBy: null, having: null, windows: [], qualify: null } as const;
      const select = { kind: 'select', distinct: false, items: [star], from, ...none, at: query.at } as const;
      return selectRel(select, orderBy, offset, limit, context);
    }
  }
}

function commonTables(query: Extract<Query, { kind: 'with' }>, context: FromContext): readonly CommonTable[] {
  const tables = [...context.tables];
  for (const item of query.items) {
    let rel = queryRel(item.query, { ...context, tables });
    if (item.columns.length > 0) {
      if (item.columns.length !== rel.fields.length) {
        throw errorAt('Number of columns must match number of query columns', item.name.at);
      }
      rel = project(
        rel,
        allInputs(rel.fields),
        item.columns.map((c) => c.text),
      );
    }
    tables.push({ name: item.name.text, rel });
  }
  return tables;
}

function bound(node: Expression | null, context: FromContext): number | null {
  if (node === null) return null;
  if (node.kind === 'parameter') {
    const value = parameterRex(node, context.validation);
    return value.kind === 'literal' && value.value !== null ? Number(value.value) : null;
  }
  return node.kind === 'literal' ? Math.min(Math.round(Number(node.text)), Number.MAX_SAFE_INTEGER) : null;
}

/** ORDER BY and LIMIT over anything but a SELECT: by ordinals and expressions of its columns. */
function ordered(
  rel: Rel,
  orderBy: readonly OrderItem[],
  offset: number,
  limit: number | null,
  context: FromContext,
): Rel {
  if (orderBy.length === 0 && offset === 0 && limit === null) return rel;
  const { validation, tables } = context;
  const namespace = { alias: null, schema: null, columns: columnsOf(rel.fields, 0) };
  const scope = new Scope([namespace], [], null, validation.nextScopeId++);
  const inside = { validation, scope, tables, windows: new Map(), aliases: new Map(), noAggregates: 'ORDER BY' };
  const width = rel.fields.length;
  const expressions: Rex[] = allInputs(rel.fields);
  const keys = orderBy.map(({ expression, descending, nullsFirst }): RexOrder => {
    let key: Rex;
    if (expression.kind === 'literal' && expression.type === 'integer') {
      const index = Number(expression.text) - 1;
      if (rel.fields[index] === undefined) throw errorAt('Ordinal out of range', expression.at);
      key = input(index, rel.fields[index].type);
    } else key = validation.fold(expressionRex(expression, inside));
    if (key.kind !== 'input') {
      expressions.push(key);
      key = input(expressions.length - 1, key.type);
    }
    return { expression: key, descending, nullsFirst };
  });
  if (expressions.length === width) return sort(rel, keys, offset, limit);
  const names = expressions.map((_, i) => rel.fields[i]?.name ?? `$${i}`);
  return keepColumns(sort(project(rel, expressions, names), keys, offset, limit), width);
}

function setOperation(query: SetOperationNode, context: FromContext): Rel {
  const left = queryRel(query.left, context);
  const right = queryRel(query.right, context);
  const name = `${query.operator}${query.all ? ' ALL' : ''}`;
  if (left.fields.length !== right.fields.length) {
    throw errorAt(`Column count mismatch in ${name}`, selectListSpan(query.right));
  }
  if (query.operator !== 'UNION') {
    throw errorAt(`No match found for function signature ${name}`, query.at);
  }
  const fields = left.fields.map((field, i): SqlField => {
    const type = common(field.type, right.fields[i]!.type);
    if (type === null) throw errorAt(`Type mismatch in column ${i + 1} of ${name}`, query.at);
    return { name: field.name, type };
  });
  const inputs = [left, right].flatMap((rel): readonly Rel[] => {
    const same = coerce(rel, fields);
    return same.kind === 'union' ? same.inputs : [same];
  });
  const union: Rel = { kind: 'union', inputs, fields };
  return query.all ? union : aggregate(union, allInputs(fields), null, []);
}

function selectListSpan(query: Query): Span {
  if (query.kind !== 'select') return query.at;
  const first = query.items[0]!.expression.at;
  const last = query.items.at(-1)!;
  const end = (last.alias ?? last.expression).at;
  return { line: first.line, column: first.column, endLine: end.endLine, endColumn: end.endColumn };
}

function coerce(rel: Rel, fields: readonly SqlField[]): Rel {
  if (rel.fields.every((f, i) => f.type.name === fields[i]!.type.name || bothText(f.type, fields[i]!.type))) return rel;
  return project(
    rel,
    rel.fields.map((f, i) => castTo(input(i, f.type), fields[i]!.type)),
    fields.map((f) => f.name),
  );
}

function bothText(a: SqlType, b: SqlType): boolean {
  return family(a) === 'CHARACTER' && family(b) === 'CHARACTER';
}

function valuesRel(query: ValuesNode, context: FromContext): Rel {
  const { validation } = context;
  const scope = new Scope([], [], context.parent, validation.nextScopeId++);
  const inside = { validation, scope, tables: context.tables, windows: new Map(), aliases: new Map() };
  const width = query.rows[0]!.length;
  const rows = query.rows.map((row) => {
    if (row.length !== width) throw errorAt('Values passed to VALUES operator must have compatible types', query.at);
    return row.map((node) => validation.fold(expressionRex(node, { ...inside, noAggregates: 'VALUES' })));
  });
  const fields = Array.from({ length: width }, (_, i): SqlField => {
    let type: SqlType | null = rows[0]![i]!.type;
    for (const row of rows.slice(1)) type = type === null ? null : common(type, row[i]!.type);
    if (type === null) throw errorAt('Values passed to VALUES operator must have compatible types', query.at);
    return { name: `EXPR$${i}`, type };
  });
  const casted = rows.map((row) => row.map((rex, i) => validation.fold(castTo(rex, fields[i]!.type))));
  if (casted.every((row) => row.every((rex) => rex.kind === 'literal'))) {
    return { kind: 'values', rows: casted.map((row) => row.map(valueOf)), fields };
  }
  const inputs = casted.map((row) =>
    project(
      emptyRow(),
      row,
      fields.map((f) => f.name),
    ),
  );
  return inputs.length === 1 ? inputs[0]! : { kind: 'union', inputs, fields };
}

function valueOf(rex: Rex): RexValue {
  return rex.kind === 'literal' ? rex.value : null;
}

/** What a statement that is validated keeps, with queries inside of queries wired in. */
export function startValidation(
  given: Omit<Validation, 'query' | 'nextScopeId' | 'subqueries' | 'resources' | 'parameterTypes'>,
): Validation {
  const validation: Validation = {
    ...given,
    parameterTypes: new Map(),
    subqueries: [],
    resources: new Map(),
    nextScopeId: 0,
    query: (query, scope, tables) => queryRel(query, { validation, tables, parent: scope }),
  };
  return validation;
}
