import { jsonString } from '../common/json-write.js';
import type { PlannedExplain, PlannedIngest, PlannedSelect, PlannedStatement } from './planned-statement.js';
import { makeType } from './types/make-type.js';

/** EXPLAIN PLAN FOR: one row of PLAN, RESOURCES and ATTRIBUTES. @source Druid `QueryHandler.explain`, `ExplainAttributes` */
export function explainPlan(statement: PlannedStatement, context: Readonly<Record<string, unknown>>): PlannedExplain {
  if (statement.kind === 'explain') return statement;
  const select = statement.kind === 'ingest' ? statement.select : statement;
  const native = context['useNativeQueryExplain'] !== false;
  const plan = native ? nativePlan(select) : legacyPlan(select);
  const resources = select.resources.map(({ name, type }) => ({ name, type }));
  const target = statement.kind === 'ingest' ? [{ name: statement.dataSource, type: 'DATASOURCE' }] : [];
  const type = makeType('VARCHAR');
  const column = (name: string): PlannedExplain['columns'][number] => ({ name, sqlType: type, nativeType: 'STRING' });
  return {
    kind: 'explain',
    columns: ['PLAN', 'RESOURCES', 'ATTRIBUTES'].map(column),
    rows: [[plan, toJson([...resources, ...target]), toJson(attributes(statement))]],
  };
}

function nativePlan(select: PlannedSelect): string {
  return toJson(
    select.queries.map(({ json, signature, columnMappings }) => ({ query: json, signature, columnMappings })),
  );
}

function legacyPlan(select: PlannedSelect): string {
  const lines = select.queries.map(({ json, signature }) => {
    const columns = signature.map(({ name, type }) => `${name}:${type}`).join(', ');
    return `DruidQueryRel(query=[${toJson(json)}], signature=[{${columns}}])\n`;
  });
  if (lines.length === 1) return lines[0]!;
  return `DruidUnionRel(limit=[-1])\n${lines.map((line) => `  ${line}`).join('')}`;
}

function attributes(statement: PlannedSelect | PlannedIngest): unknown {
  if (statement.kind === 'select') return { statementType: 'SELECT' };
  return {
    statementType: statement.operation,
    targetDataSource: statement.dataSource,
    partitionedBy: statement.partitionedBy,
    ...(statement.clusteredBy.length > 0 && { clusteredBy: statement.clusteredBy }),
    ...(statement.overwrite !== null && {
      replaceTimeChunks: statement.overwrite === 'ALL' ? 'all' : statement.overwrite.join(','),
    }),
  };
}

/** JSON with LONGs exact. */
function toJson(value: unknown): string {
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'string') return jsonString(value);
  if (Array.isArray(value)) return `[${value.map(toJson).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).filter(([, v]) => v !== undefined);
    return `{${members.map(([key, v]) => `${jsonString(key)}:${toJson(v)}`).join(',')}}`;
  }
  return JSON.stringify(value) ?? 'null';
}
