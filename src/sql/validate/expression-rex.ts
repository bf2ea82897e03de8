import { invalidInput } from '../../common/druid-error.js';
import { findFunction } from '../functions/catalog.js';
import type { SqlFunction } from '../functions/sql-function.js';
import type { AggregateCall, Rex } from '../rex/rex.js';
import { booleanType, call, nullableBoolean } from '../rex/rex-tools.js';
import type {
  CallNode,
  CaseNode,
  CastNode,
  Expression,
  IdentifierNode,
  InNode,
  Span,
  WindowSpec,
} from '../syntax/ast.js';
import { contextVariables } from '../syntax/keywords.js';
import { errorAt } from '../syntax/token-stream.js';
import { isCastable } from '../types/castable.js';
import { makeType, withNullable } from '../types/make-type.js';
import type { SqlType } from '../types/sql-type.js';
import { typeText } from '../types/type-families.js';
import { castTo, sqlTypeOf } from './cast-rex.js';
import { intervalRex, literal, literalRex, parameterRex } from './literal-rex.js';
import { noteNode, type Scope } from './scope.js';
import { pendingSubquery } from './subquery-rex.js';
import type { CommonTable, Validation } from './validation.js';
import { windowRex } from './window-rex.js';

/** What names, aggregates and subqueries mean where an expression stands. */
export interface ExpressionScope {
  readonly validation: Validation;
  readonly scope: Scope;
  readonly tables: readonly CommonTable[];
  /** `WINDOW w AS (…)`. */
  readonly windows: ReadonlyMap<string, WindowSpec>;
  /** SELECT aliases, where a clause accepts them. */
  readonly aliases: ReadonlyMap<string, Expression>;
  /** Where aggregates are refused: the clause's name, such as WHERE. */
  readonly noAggregates: string | null;
}

/** A typed expression over the row of FROM; an aggregate is a call of operator `$AGGREGATE` that `aggregateOf` knows. */
export function expressionRex(node: Expression, in_: ExpressionScope): Rex {
  return noteNode(convert(node, in_), node);
}

const aggregates = new WeakMap<Rex, AggregateCall>();

export function aggregateOf(rex: Rex): AggregateCall | undefined {
  return aggregates.get(rex);
}

function convert(node: Expression, in_: ExpressionScope): Rex {
  switch (node.kind) {
    case 'identifier':
      return identifierRex(node, in_);
    case 'literal':
      return literalRex(node);
    case 'interval':
      return intervalRex(node);
    case 'parameter':
      return parameterRex(node, in_.validation);
    case 'symbol':
      return literal(node.name, makeType('SYMBOL'));
    case 'named':
      return expressionRex(node.value, in_);
    case 'case':
      return caseRex(node, in_);
    case 'cast':
      return castRex(node, in_);
    case 'subquery':
      return pendingSubquery(
        node.use,
        false,
        [],
        in_.validation.query(node.query, in_.scope, in_.tables),
        in_.validation,
        in_.scope.id,
      );
    case 'in':
      return inRex(node, in_);
    case 'call':
      return callRex(node, in_);
  }
}

function identifierRex(node: IdentifierNode, in_: ExpressionScope): Rex {
  if (node.star) throw errorAt(`Unknown identifier '*'`, node.at);
  if (node.names.length === 1) {
    const { text } = node.names[0]!;
    const niladic = contextVariables.has(text.toUpperCase()) ? findFunction(text) : undefined;
    if (niladic?.niladic === true && !in_.scope.has(text)) return resolved(niladic, [], node.at);
    const alias = in_.aliases.get(text);
    if (alias !== undefined && alias !== node && !in_.scope.has(text)) {
      return expressionRex(alias, { ...in_, aliases: new Map() });
    }
  }
  return in_.scope.resolve(node);
}

function caseRex(node: CaseNode, in_: ExpressionScope): Rex {
  const operands: Rex[] = [];
  const value = node.value === null ? null : expressionRex(node.value, in_);
  for (const { when, result } of node.whens) {
    const condition = expressionRex(when, in_);
    operands.push(value === null ? condition : operatorRex('=', [value, condition], when.at));
    operands.push(expressionRex(result, in_));
  }
  operands.push(node.otherwise === null ? literal(null, makeType('NULL', true)) : expressionRex(node.otherwise, in_));
  return operatorRex('CASE', operands, node.at);
}

function castRex(node: CastNode, in_: ExpressionScope): Rex {
  const operand = expressionRex(node.operand, in_);
  const type = sqlTypeOf(node.type);
  if (!isCastable(operand.type, type)) {
    const [from, to] = [operand.type, type].map((one) => typeText(one).slice(1, -1));
    throw errorAt(`Cast function cannot convert value of type ${from} to type ${to}`, node.at);
  }
  return call(node.safe ? 'TRY_CAST' : 'CAST', [operand], withNullable(type, operand.type.nullable || node.safe));
}

function inRex(node: InNode, in_: ExpressionScope): Rex {
  const { list } = node;
  const values = rowItems(node.value).map((item) => expressionRex(item, in_));
  if ('kind' in list) {
    const rel = in_.validation.query(list, in_.scope, in_.tables);
    if (rel.fields.length !== values.length) {
      throw errorAt(`Values passed to IN operator must have compatible types`, node.at);
    }
    const casted = values.map((v, i) => castTo(v, comparable(v.type, rel.fields[i]!.type)));
    return pendingSubquery('in', node.negated, casted, rel, in_.validation, in_.scope.id);
  }
  const items = list.map((item) => rowItems(item).map((part) => expressionRex(part, in_)));
  if (items.some((item) => item.length !== values.length)) {
    throw errorAt(`Values passed to IN operator must have compatible types`, node.at);
  }
  const comparisons = items.map((item) => {
    const parts = item.map((part, i) => operatorRex(node.negated ? '<>' : '=', [values[i]!, part], node.at));
    return parts.length === 1 ? parts[0]! : connect(node.negated ? 'OR' : 'AND', parts);
  });
  return connect(node.negated ? 'AND' : 'OR', comparisons);
}

function comparable(value: SqlType, item: SqlType): SqlType {
  const text = (t: SqlType): boolean => t.name === 'VARCHAR' || t.name === 'CHAR';
  return text(value) === text(item) ? value : withNullable(item, value.nullable);
}

function connect(operator: 'AND' | 'OR', parts: readonly Rex[]): Rex {
  if (parts.length === 1) return parts[0]!;
  return call(operator, parts, parts.some((p) => p.type.nullable) ? nullableBoolean : booleanType);
}

function rowItems(node: Expression): readonly Expression[] {
  return node.kind === 'call' && node.name === 'ROW' && !node.operator ? node.operands : [node];
}

function callRex(node: CallNode, in_: ExpressionScope): Rex {
  if (node.operator) return operatorCallRex(node, in_);
  const found = findFunction(node.name);
  const isAggregate = found?.kind === 'aggregate' || found?.kind === 'window';
  const inner = isAggregate ? { ...in_, noAggregates: node.over === null ? '$NESTED' : in_.noAggregates } : in_;
  if (isAggregate && node.over === null) refuseAggregate(node, in_);
  const operands = node.operands.map((operand) => expressionRex(operand, inner));
  if (found === undefined) throw noMatch(node.name, operands, node.at);
  refuseUnknownUnits(node);
  if (node.over !== null && node.distinct) {
    throw errorAt('DISTINCT is not supported for window functions', node.over.at);
  }
  const rex = resolved(found, operands, node.at);
  if (!isAggregate) return rex;
  if (found.kind === 'window' && node.over === null) {
    throw errorAt(`OVER clause is necessary for window functions`, node.at);
  }
  const filter = node.filter === null ? null : expressionRex(node.filter, inner);
  const aggregate: AggregateCall = {
    function: found.name,
    operands: rex.kind === 'call' ? rex.operands : operands,
    distinct: node.distinct,
    filter,
    ignoreNulls: node.ignoreNulls,
    orderBy: node.orderBy.map((o) => ({
      expression: expressionRex(o.expression, inner),
      descending: o.descending,
      nullsFirst: o.nullsFirst,
    })),
    type: filter === null || found.name === 'COUNT' ? rex.type : withNullable(rex.type, true),
    name: null,
  };
  if (node.over !== null) return windowRex(aggregate, node.over, in_, (e) => expressionRex(e, in_));
  refuseExactDistinct(node, in_);
  const marker = call('$AGGREGATE', [], aggregate.type);
  aggregates.set(marker, aggregate);
  return marker;
}

const WITH_UNITS = new Set(['EXTRACT', 'FLOOR', 'CEIL', 'TIMESTAMPADD', 'TIMESTAMPDIFF']);
const UNITS = new Set(
  'YEAR ISOYEAR QUARTER MONTH WEEK DAY DOW ISODOW DOY HOUR MINUTE SECOND EPOCH DECADE CENTURY MILLENNIUM MILLISECOND MICROSECOND NANOSECOND SQL_TSI_SECOND SQL_TSI_MINUTE SQL_TSI_HOUR SQL_TSI_DAY SQL_TSI_WEEK SQL_TSI_MONTH SQL_TSI_QUARTER SQL_TSI_YEAR'.split(
    ' ',
  ),
);

function refuseUnknownUnits(node: CallNode): void {
  if (!WITH_UNITS.has(node.name)) return;
  const unit = node.operands.find((operand) => operand.kind === 'symbol');
  if (unit === undefined || UNITS.has(unit.name)) return;
  throw errorAt(`'${unit.name}' is not a valid time frame`, unit.at);
}

function refuseAggregate(node: CallNode, in_: ExpressionScope): void {
  if (in_.noAggregates === '$NESTED') throw nestedError;
  if (in_.noAggregates !== null)
    throw errorAt(`Aggregate expression is illegal in ${in_.noAggregates} clause`, node.at);
}

/** Thrown by the inner call, reported at the outer one. */
const nestedError = new Error('Aggregate expressions cannot be nested');

/** The outermost aggregate around another one is where Calcite reports it. */
export function withNestedErrors<T>(node: Expression, convertIt: () => T): T {
  try {
    return convertIt();
  } catch (error) {
    if (error === nestedError) throw errorAt('Aggregate expressions cannot be nested', node.at);
    throw error;
  }
}

function refuseExactDistinct(node: CallNode, in_: ExpressionScope): void {
  const name = node.name.toUpperCase();
  if (!node.distinct || (name !== 'SUM' && name !== 'AVG')) return;
  if (in_.validation.lowering.context['useApproximateCountDistinct'] === false) return;
  throw errorAt(
    `Aggregation [${name}] with DISTINCT is not supported when useApproximateCountDistinct is enabled. Run with disabling it.`,
    node.at,
  );
}

const BETWEEN = /^BETWEEN/;

function operatorCallRex(node: CallNode, in_: ExpressionScope): Rex {
  const operands = node.operands.map((operand) => expressionRex(operand, in_));
  if (BETWEEN.test(node.name)) return betweenRex(node, operands);
  if (node.name === 'AND' || node.name === 'OR') return connect(node.name, operands);
  if (node.name === 'PLUS_PREFIX') return operands[0]!;
  if (node.name === 'MINUS_PREFIX') {
    const negated = negatedLiteral(operands[0]!);
    if (negated !== null) return negated;
  }
  return operatorRex(node.name, operands, node.at);
}

function negatedLiteral(rex: Rex): Rex | null {
  if (rex.kind !== 'literal') return null;
  if (typeof rex.value === 'bigint') return { ...rex, value: -rex.value };
  // -0.0 is 0.0, as a decimal.
  if (typeof rex.value === 'number') return { ...rex, value: rex.value === 0 ? 0 : -rex.value };
  return null;
}

function betweenRex(node: CallNode, [value, low, high]: readonly Rex[]): Rex {
  const range = (a: Rex, b: Rex): Rex =>
    connect('AND', [operatorRex('>=', [value!, a], node.at), operatorRex('<=', [value!, b], node.at)]);
  return node.name === 'BETWEEN' ? range(low!, high!) : connect('OR', [range(low!, high!), range(high!, low!)]);
}

/** A call of an operator of the catalog. @throws DruidError with Calcite's text when the operands do not fit */
export function operatorRex(name: string, operands: readonly Rex[], at: Span): Rex {
  const found = findFunction(name);
  if (found === undefined) throw noMatch(name, operands, at);
  return resolved(found, operands, at);
}

function resolved(found: SqlFunction, operands: readonly Rex[], at: Span): Rex {
  const result = found.resolve(operands.map((o) => ({ type: o.type, literal: o.kind === 'literal' ? o : undefined })));
  if ('error' in result) throw errorAt(result.error, at);
  const coerced = operands.map((operand, i) => {
    const to = result.coerced[i];
    return to === undefined || to === operand.type ? operand : castTo(operand, to);
  });
  return call(found.name, coerced, result.type);
}

function noMatch(name: string, operands: readonly Rex[], at: Span): Error {
  const families = operands.map((o) => `<${family(o.type)}>`).join(', ');
  return errorAt(`No match found for function signature ${name}(${families})`, at);
}

/** @source Calcite `SqlTypeFamily` */
export function family(type: SqlType): string {
  switch (type.name) {
    case 'CHAR':
    case 'VARCHAR':
      return 'CHARACTER';
    case 'TINYINT':
    case 'SMALLINT':
    case 'INTEGER':
    case 'BIGINT':
    case 'FLOAT':
    case 'REAL':
    case 'DOUBLE':
    case 'DECIMAL':
      return 'NUMERIC';
    case 'INTERVAL_DAY_TIME':
      return 'INTERVAL_DAY_TIME';
    case 'OTHER':
      return type.complexName === null ? 'ANY' : `COMPLEX<${type.complexName}>`;
    default:
      return type.name;
  }
}

/** The literal interval that a result may not hold. @throws DruidError as Druid refuses it */
export function refuseInterval(rex: Rex): void {
  if (rex.kind !== 'literal') return;
  if (rex.type.name !== 'INTERVAL_YEAR_MONTH' && rex.type.name !== 'INTERVAL_DAY_TIME') return;
  const qualifier = rex.type.complexName ?? 'DAY';
  throw invalidInput(
    `Cannot handle literal [${String(rex.value)}:INTERVAL ${qualifier}] of unsupported type [INTERVAL_${qualifier.replaceAll(' TO ', '_')}].`,
    { sourceType: 'sql' },
  );
}
