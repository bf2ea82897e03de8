import { invalidInput } from '../common/druid-error.js';
import { findTimeZone } from '../common/time-zone.js';
import { explainPlan } from './explain-plan.js';
import { expressionLowering } from './lower/expression-lowering.js';
import { finishQuery } from './lower/finish-query.js';
import { lowerRelation } from './lower/lower-relation.js';
import type { LoweringContext } from './lower/native-expression.js';
import { nativeTypeOf } from './lower/native-type.js';
import type { RelationLowering } from './lower/relation-lowering.js';
import { unusedPrefixForDigits } from './lower/unused-prefix.js';
import { RexVirtualColumns } from './lower/virtual-column-registry.js';
import type { PlannedQuery, PlannedSelect, PlannedStatement, PlanRequest } from './planned-statement.js';
import { arrangeJoins } from './rel/arrange-joins.js';
import { someExpression } from './rel/map-rel.js';
import { pruneColumns } from './rel/prune.js';
import { type Rel, sort } from './rel/rel.js';
import type { SqlCatalog, SqlTable } from './sql-catalog.js';
import type { Query, Statement } from './syntax/ast.js';
import { parseStatement } from './syntax/parse-statement.js';
import { planIngest } from './plan-ingest.js';
import { unhandledPlan } from './validate/planning-errors.js';
import { startValidation } from './validate/query-rel.js';
import { isPending } from './validate/subquery-rex.js';
import type { Validation } from './validate/validation.js';

/**
 * Plans one statement: text, syntax tree, relational tree, native queries.
 * @throws DruidError in Druid's words, with the place in the text where there is one
 */
export async function planStatement(request: PlanRequest, catalog: SqlCatalog): Promise<PlannedStatement> {
  const { statement } = parseStatement(request.sql);
  return planParsed(statement, request, catalog);
}

async function planParsed(statement: Statement, request: PlanRequest, catalog: SqlCatalog): Promise<PlannedStatement> {
  switch (statement.kind) {
    case 'unsupported':
      throw invalidInput(`Unsupported SQL statement [${statement.name}]`, { sourceType: 'sql' });
    case 'query':
      return planQuery(statement.query, request, catalog);
    case 'explain':
      return explainPlan(await planParsed(statement.statement, request, catalog), request.context);
    case 'ingest':
      return planIngest(statement, request, (query) => planQuery(query, request, catalog));
  }
}

async function planQuery(query: Query, request: PlanRequest, catalog: SqlCatalog): Promise<PlannedSelect> {
  const context = loweringContext(request, catalog);
  const validation = startValidation({
    catalog,
    lowering: context,
    parameters: request.parameters,
    allowUnboundParameters: request.allowUnboundParameters,
    allowExtern: request.allowIngest,
    fold: (rex) => expressionLowering.fold(rex, context),
  });
  let rel = validation.query(query, null, []);
  refuseTime(rel);
  refuseUnjoined(rel);
  const outer = request.context['sqlOuterLimit'];
  if (typeof outer === 'number' && outer >= 0) rel = sort(rel, [], 0, outer);
  const arranged = pruneColumns(arrangeJoins(rel));
  const lowering: RelationLowering = {
    expressions: expressionLowering,
    context,
    newRegistry: (source) => new RexVirtualColumns(unusedPrefixForDigits('v', source)),
    queryContext: queryContext(request),
    metadataRows: await readMetadata(arranged),
  };
  return {
    kind: 'select',
    columns: rel.fields.map(({ name, type }) => ({ name, sqlType: type, nativeType: nativeTypeOf(type) })),
    queries: topLevelParts(arranged).map((part) => plannedQuery(part, rel, lowering)),
    resources: resourcesOf(validation),
    parameterTypes: [...validation.parameterTypes].sort(([a], [b]) => a - b).map(([, type]) => type),
  };
}

function loweringContext(request: PlanRequest, catalog: SqlCatalog): LoweringContext {
  const { context } = request;
  const timeZone = context['sqlTimeZone'];
  const now = context['sqlCurrentTimestamp'];
  const nowMs = typeof now === 'string' ? Date.parse(now) : request.nowMs;
  return {
    timeZone: typeof timeZone === 'string' && isTimeZone(timeZone) ? timeZone : 'UTC',
    nowMs: Number.isNaN(nowMs) ? request.nowMs : nowMs,
    context,
    lookup: catalog.lookup,
  };
}

/** An unknown zone is UTC, as in Druid's `DateTimes.inferTzFromString`. */
function isTimeZone(name: string): boolean {
  return findTimeZone(name) !== undefined;
}

/** Sorted by key, as Druid prints it. */
function queryContext(request: PlanRequest): Readonly<Record<string, unknown>> {
  const context = { ...request.context, queryId: request.sqlQueryId, sqlQueryId: request.sqlQueryId };
  return Object.fromEntries(Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Calcite cannot hold TIME values. */
function refuseTime(rel: Rel): void {
  const time = rel.fields.find((f) => f.type.name === 'TIME');
  if (time === undefined) return;
  throw invalidInput(
    `Calcite assertion violated: [Conversion to relational algebra failed to preserve datatypes:\nvalidated type:\nRecordType(TIME(0) NOT NULL ${time.name}) NOT NULL\nconverted type:\nRecordType(TIME NOT NULL ${time.name}) NOT NULL\n]`,
    { sourceType: 'sql' },
  );
}

/** A subquery at a place where no join can bring its value, or a reference to a query around that no join resolved. */
function refuseUnjoined(rel: Rel): void {
  if (someExpression(rel, (node) => node.kind === 'correlated' || isPending(node))) throw unhandledPlan();
}

async function readMetadata(rel: Rel): Promise<ReadonlyMap<SqlTable, readonly (readonly unknown[])[]>> {
  const tables = new Set<SqlTable>();
  collectTables(rel, tables);
  const rows = new Map<SqlTable, readonly (readonly unknown[])[]>();
  for (const table of tables) {
    if (table.rows !== undefined) rows.set(table, await table.rows());
  }
  return rows;
}

function collectTables(rel: Rel, into: Set<SqlTable>): void {
  switch (rel.kind) {
    case 'scan':
      for (const table of rel.tables) into.add(table);
      return;
    case 'values':
      return;
    case 'join':
      collectTables(rel.left, into);
      collectTables(rel.right, into);
      return;
    case 'union':
      for (const input of rel.inputs) collectTables(input, into);
      return;
    case 'unnest':
      if (rel.input !== null) collectTables(rel.input, into);
      return;
    default:
      collectTables(rel.input, into);
  }
}

/** A UNION ALL on top runs as queries one after another. */
function topLevelParts(rel: Rel): readonly Rel[] {
  return rel.kind === 'union' ? rel.inputs.flatMap(topLevelParts) : [rel];
}

function plannedQuery(part: Rel, whole: Rel, lowering: RelationLowering): PlannedQuery {
  const { json, outputs, signature } = finishQuery(lowerRelation(part, lowering), lowering);
  return {
    json,
    signature: signature.map(({ name, type }) => ({ name, type })),
    columnMappings: outputs.map((column, i) => ({ queryColumn: column.name, outputColumn: whole.fields[i]!.name })),
  };
}

function resourcesOf(validation: Validation): PlannedSelect['resources'] {
  return [...validation.resources.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}
