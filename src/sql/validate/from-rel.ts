import { DruidError } from '../../common/druid-error.js';
import type { Rex } from '../rex/rex.js';
import { allInputs, and, call, conjuncts, input, nullableBoolean, shiftInputs, trueRex } from '../rex/rex-tools.js';
import { filter, join, project, type Rel } from '../rel/rel.js';
import type { SqlTable } from '../sql-catalog.js';
import type { JoinNode, NamedTable, TableAlias, TableFunctionNode, TableNode, UnnestNode } from '../syntax/ast.js';
import { errorAt } from '../syntax/token-stream.js';
import { makeType, withNullable } from '../types/make-type.js';
import type { SqlField, SqlType } from '../types/sql-type.js';
import { type ExpressionScope, expressionRex, operatorRex } from './expression-rex.js';
import { externTable, namedExternTable } from './extern-table.js';
import type { From, FromContext } from './from.js';
import { literal } from './literal-rex.js';
import { isNamedTableFunction } from './named-table-function.js';
import { pivotFrom } from './pivot-rel.js';
import { unhandledPlan } from './planning-errors.js';
import { columnsOf, type Namespace, Scope, type ScopeColumn } from './scope.js';
import { unpivotFrom } from './unpivot-rel.js';
import type { Validation } from './validation.js';

/** The relation of a FROM clause, and what its columns are called. */
export function fromRel(node: TableNode, context: FromContext): From {
  switch (node.kind) {
    case 'table':
      return tableFrom(node, context);
    case 'derived': {
      if (node.lateral) throw unhandledPlan();
      const rel = context.validation.query(node.query, context.parent, context.tables);
      return aliased(rel, node.alias, null, null);
    }
    case 'join':
      return joinFrom(node, context);
    case 'unnest':
      return unnestFrom(node, null, context);
    case 'tableFunction':
      return functionFrom(node, context);
    case 'pivot':
      return pivotFrom(node, fromRel(node.input, context), context);
    case 'unpivot':
      return unpivotFrom(node, fromRel(node.input, context), context);
    case 'sample':
      throw unhandledPlan();
  }
}

/** The scope of expressions over a FROM clause. */
export function scopeOf(from: From, context: FromContext, id: number): Scope {
  return new Scope(from.namespaces, from.merged, context.parent, id);
}

function aliased(rel: Rel, alias: TableAlias | null, name: string | null, schema: string | null): From {
  let fields: readonly SqlField[] = rel.fields;
  if (alias !== null && alias.columns.length > 0) {
    if (alias.columns.length !== fields.length) {
      const names = fields.map((f) => `'${f.name}'`).join(', ');
      throw errorAt(
        `List of column aliases must have same degree as table; table has ${fields.length} columns (${names}), whereas alias list has ${alias.columns.length} columns`,
        alias.columns[0]!.at,
      );
    }
    fields = fields.map((f, i) => ({ name: alias.columns[i]!.text, type: f.type }));
  }
  const namespace: Namespace = {
    alias: alias?.name.text ?? name,
    schema: alias === null ? schema : null,
    columns: columnsOf(fields, 0),
  };
  return { rel, namespaces: [namespace], merged: [] };
}

function tableFrom(node: NamedTable, context: FromContext): From {
  const names = node.names.map((n) => n.text);
  const name = names.at(-1)!;
  if (names.length === 1) {
    const common = context.tables.findLast((t) => t.name === name);
    if (common !== undefined) return aliased(common.rel, node.alias, name, null);
  }
  const { catalog } = context.validation;
  const path = names.length === 3 && names[0] === 'druid' ? names.slice(1) : names;
  const schema = path.length === 1 ? 'druid' : path[0]!;
  const table = path.length <= 2 ? catalog.table(schema, name) : undefined;
  if (table === undefined) {
    const outer = names.slice(0, -1);
    const known = outer.length === 0 || catalog.schemaNames().includes(schema);
    if (known && outer.length > 0) throw errorAt(`Object '${name}' not found within '${outer.join('.')}'`, node.at);
    throw errorAt(`Object '${known ? name : outer[0]}' not found`, node.at);
  }
  return aliased(scanOf([table], context.validation), node.alias, name, schema);
}

function scanOf(tables: readonly SqlTable[], validation: Validation): Rel {
  for (const { schema, name } of tables) {
    if (schema === 'druid') validation.resources.set(name, { name, type: 'DATASOURCE' });
    if (schema === 'view') validation.resources.set(name, { name, type: 'VIEW' });
  }
  const fields = new Map<string, SqlField>();
  for (const table of tables) {
    for (const field of table.fields) {
      if (!fields.has(field.name)) fields.set(field.name, field);
    }
  }
  return { kind: 'scan', tables, fields: [...fields.values()] };
}

/** TABLE(APPEND('a', 'b')). */
function functionFrom(node: TableFunctionNode, context: FromContext): From {
  const name = node.call.name.toUpperCase();
  const isNamed = isNamedTableFunction(name);
  if ((name === 'EXTERN' || isNamed) && context.validation.allowExtern) {
    context.validation.resources.set('EXTERNAL', { name: 'EXTERNAL', type: 'EXTERNAL' });
    const table = isNamed ? namedExternTable(node) : externTable(node);
    return aliased(scanOf([table], context.validation), node.alias, null, null);
  }
  if (name === 'EXTERN' && node.extend !== null) {
    throw new DruidError(
      'Uncategorized calcite error message: [org.apache.druid.java.util.common.IAE: Function EXTERN does not accept an EXTEND clause (or a schema list)]',
      { category: 'UNCATEGORIZED', persona: 'USER', errorCode: 'general' },
    );
  }
  if (name !== 'APPEND') {
    throw errorAt(
      `No match found for function signature ${node.call.name}(${node.call.operands.map(() => '<CHARACTER>').join(', ')})`,
      node.call.at,
    );
  }
  const tables = node.call.operands.map((operand) => {
    if (operand.kind !== 'literal' || operand.type !== 'string') {
      throw errorAt('All arguments to APPEND should be literal strings.', operand.at);
    }
    const table = context.validation.catalog.table('druid', operand.text);
    if (table === undefined) throw errorAt(`Table [${operand.text}] not found`, operand.at);
    return table;
  });
  return aliased(scanOf(tables, context.validation), node.alias, null, null);
}

function expressionScope(from: From, context: FromContext): ExpressionScope {
  const { validation } = context;
  return {
    validation,
    scope: scopeOf(from, context, validation.nextScopeId++),
    tables: context.tables,
    windows: new Map(),
    aliases: new Map(),
    noAggregates: 'ON',
  };
}

function unnestFrom(node: UnnestNode, left: From | null, context: FromContext): From {
  const { validation } = context;
  if (node.operands.length !== 1) throw unhandledPlan();
  const outer: From = left ?? { rel: emptyRow(), namespaces: [], merged: [] };
  const array = expressionRex(node.operands[0]!, expressionScope(outer, context));
  if (array.type.name !== 'ARRAY') {
    const type = array.type.name === 'CHAR' ? 'VARCHAR' : array.type.name;
    throw errorAt(
      `Cannot apply 'UNNEST' to arguments of type 'UNNEST(<${type}>)'. Supported form(s): 'UNNEST(<MULTISET>)'\n'UNNEST(<ARRAY>)'\n'UNNEST(<MAP>)'`,
      node.at,
    );
  }
  const type = withNullable(array.type.element ?? makeType('VARCHAR'), true);
  if (node.withOrdinality) return unnestWithOrdinality(node, left, validation.fold(array), type);
  const before = left?.rel.fields ?? [];
  const fields = [...before, { name: 'EXPR$0', type }];
  const rel: Rel = { kind: 'unnest', input: left?.rel ?? null, array: validation.fold(array), filter: null, fields };
  const name = node.alias?.columns[0]?.text ?? node.alias?.name.text ?? 'EXPR$0';
  const namespace: Namespace = {
    alias: node.alias?.name.text ?? null,
    schema: null,
    columns: [{ name, rex: input(before.length, type) }],
  };
  return { rel, namespaces: [...(left?.namespaces ?? []), namespace], merged: left?.merged ?? [] };
}

/** Of constant arrays: each position, and what is there. */
function unnestWithOrdinality(node: UnnestNode, left: From | null, array: Rex, type: SqlType): From {
  const length = constantLength(array);
  if (length === null) throw unhandledPlan();
  const before = left?.rel.fields ?? [];
  const integer = makeType('INTEGER', true);
  const positions = call(
    'ARRAY',
    Array.from({ length }, (_, i) => literal(BigInt(i + 1), makeType('INTEGER'))),
    makeType('ARRAY', false, { element: integer }),
  );
  const fields = [...before, { name: 'ORDINALITY', type: integer }];
  const unnested: Rel = { kind: 'unnest', input: left?.rel ?? null, array: positions, filter: null, fields };
  const position = input(before.length, integer);
  const element = call('ARRAY_ORDINAL', [array, position], type);
  const names = [...before.map((field) => field.name), 'EXPR$0', 'ORDINALITY'];
  const rel = project(unnested, [...allInputs(before), element, position], names);
  const [first, second] = node.alias?.columns ?? [];
  const columns = [
    { name: first?.text ?? 'EXPR$0', rex: input(before.length, type) },
    { name: second?.text ?? 'ORDINALITY', rex: input(before.length + 1, integer) },
  ];
  const namespace: Namespace = { alias: node.alias?.name.text ?? null, schema: null, columns };
  return { rel, namespaces: [...(left?.namespaces ?? []), namespace], merged: left?.merged ?? [] };
}

function constantLength(array: Rex): number | null {
  if (array.kind === 'literal') return Array.isArray(array.value) ? array.value.length : null;
  return array.kind === 'call' && array.operator === 'ARRAY' && array.operands.every((o) => o.kind === 'literal')
    ? array.operands.length
    : null;
}

/** One row without columns: FROM of a SELECT that has none. */
export function emptyRow(): Rel {
  return { kind: 'values', rows: [[]], fields: [] };
}

function joinFrom(node: JoinNode, context: FromContext): From {
  const left = fromRel(node.left, context);
  if (node.right.kind === 'unnest') {
    if (node.type === 'RIGHT' || node.type === 'FULL') throw unhandledPlan();
    const unnested = unnestFrom(node.right, left, context);
    if (node.on === null) return unnested;
    const condition = expressionRex(node.on, expressionScope(unnested, context));
    return conjuncts(condition).length === 0 ? unnested : { ...unnested, rel: filter(unnested.rel, condition) };
  }
  const right = fromRel(node.right, context);
  const type = node.type === 'CROSS' || node.type === 'COMMA' ? 'INNER' : node.type;
  const offset = left.rel.fields.length;
  const shape = join(type, left.rel, right.rel, trueRex);
  const retyped = (column: ScopeColumn, by: number): ScopeColumn => ({
    name: column.name,
    rex: retype(shiftInputs(column.rex, by), shape),
  });
  const move = (from: From, by: number): From => ({
    rel: from.rel,
    namespaces: from.namespaces.map((n) => ({ ...n, columns: n.columns.map((c) => retyped(c, by)) })),
    merged: from.merged.map((c) => retyped(c, by)),
  });
  const [l, r] = [move(left, 0), move(right, offset)];
  const using = node.natural ? commonNames(l, r) : (node.using?.map((n) => n.text) ?? null);
  const joined: From = {
    rel: shape,
    namespaces: [...l.namespaces, ...r.namespaces],
    merged: [...l.merged, ...r.merged],
  };
  if (using === null) {
    const condition = node.on === null ? trueRex : expressionRex(node.on, expressionScope(joined, context));
    return { ...joined, rel: join(type, left.rel, right.rel, condition) };
  }
  return usingFrom(node, joined, l, r, using, (condition) => join(type, left.rel, right.rel, condition));
}

function retype(rex: Rex, rel: Rel): Rex {
  return rex.kind === 'input' ? input(rex.index, rel.fields[rex.index]!.type) : rex;
}

function allColumns(from: From): readonly ScopeColumn[] {
  const names = new Set(from.merged.map((c) => c.name));
  return [...from.merged, ...from.namespaces.flatMap((n) => n.columns.filter((c) => !names.has(c.name)))];
}

function commonNames(left: From, right: From): string[] {
  const names = new Set(allColumns(right).map((c) => c.name));
  return allColumns(left)
    .map((c) => c.name)
    .filter((name) => names.has(name));
}

function usingFrom(
  node: JoinNode,
  joined: From,
  left: From,
  right: From,
  names: readonly string[],
  build: (condition: Rex) => Rel,
): From {
  const conditions: Rex[] = [];
  const merged: ScopeColumn[] = [];
  for (const name of names) {
    const a = allColumns(left).find((c) => c.name === name)?.rex;
    const b = allColumns(right).find((c) => c.name === name)?.rex;
    if (a === undefined || b === undefined) {
      throw errorAt(`Column '${name}' not found in any table`, node.using?.find((n) => n.text === name)?.at ?? node.at);
    }
    conditions.push(operatorRex('=', [a, b], node.at));
    if (node.type === 'RIGHT') merged.push({ name, rex: b });
    else if (node.type === 'FULL') merged.push({ name, rex: call('COALESCE', [a, b], a.type) });
    else merged.push({ name, rex: a });
  }
  const rel = build(and(conditions.map((c) => ({ ...c, type: nullableBoolean }))));
  const others = joined.merged.filter((c) => !names.includes(c.name));
  return { rel, namespaces: joined.namespaces, merged: [...merged, ...others] };
}
