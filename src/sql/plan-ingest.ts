import { TIME_COLUMN } from '../common/column-type.js';
import { invalidInput } from '../common/druid-error.js';
import { granularityFromJson, parseGranularityJson } from '../common/granularity.js';
import type { PlannedIngest, PlannedSelect, PlanRequest } from './planned-statement.js';
import type { Expression, IngestNode, Query } from './syntax/ast.js';
import { errorAt } from './syntax/token-stream.js';

const PERIODS: Readonly<Record<string, string>> = {
  SECOND: 'PT1S',
  MINUTE: 'PT1M',
  HOUR: 'PT1H',
  DAY: 'P1D',
  WEEK: 'P1W',
  MONTH: 'P1M',
  QUARTER: 'P3M',
  YEAR: 'P1Y',
  ALL: 'ALL',
};

/** INSERT and REPLACE: what is written where, and the query that gives the rows. @throws DruidError in Druid's words */
export async function planIngest(
  node: IngestNode,
  request: PlanRequest,
  planQuery: (query: Query) => Promise<PlannedSelect>,
): Promise<PlannedIngest> {
  const { operation } = node;
  if (!request.allowIngest) {
    throw invalidInput(
      operation === 'INSERT'
        ? 'INSERT operations are not supported by requested SQL engine [native], consider using MSQ.'
        : 'REPLACE operations are not supported by the requested SQL engine [native].  Consider using MSQ.',
      { sourceType: 'sql' },
    );
  }
  if (node.columns.length > 0) {
    throw invalidInput(
      `Operation [${operation}] cannot be run with a target column list, given [${node.columns.map((c) => c.text).join(', ')}]`,
      { sourceType: 'sql' },
    );
  }
  if (node.partitionedBy === null) {
    throw invalidInput(
      `Operation [${operation}] requires a PARTITIONED BY to be explicitly defined, but none was found.`,
      { sourceType: 'sql' },
    );
  }
  if (operation === 'REPLACE' && node.overwrite === null) {
    throw invalidInput(
      'Missing time chunk information in OVERWRITE clause for REPLACE. Use OVERWRITE WHERE <__time based condition> or OVERWRITE ALL to overwrite the entire table.',
      { sourceType: 'sql' },
    );
  }
  if (node.query.kind === 'ordered' && node.query.orderBy.length > 0) {
    throw invalidInput(`Cannot use an ORDER BY clause on a Query of type [${operation}], use CLUSTERED BY instead`, {
      sourceType: 'sql',
    });
  }
  const clusteredBy = node.clusteredBy.map(({ expression, descending, at }) => {
    if (descending) throw errorAt('Invalid CLUSTERED BY clause: cannot sort in descending order.', at);
    return clusterColumn(expression, node.query);
  });
  const partitionedBy = periodOf(node.partitionedBy);
  const overwrite =
    node.overwrite === null || node.overwrite === 'ALL'
      ? node.overwrite
      : overwriteIntervals(node.overwrite, partitionedBy);
  const select = await planQuery(node.query);
  checkColumns(select, partitionedBy, clusteredBy);
  return {
    kind: 'ingest',
    operation,
    dataSource: targetOf(node),
    overwrite,
    partitionedBy,
    clusteredBy,
    select,
  };
}

/** `t` or `druid.t`. */
function targetOf({ operation, target }: IngestNode): string {
  const [name, schema, ...more] = target.map(({ text }) => text).reverse();
  if ((schema ?? 'druid') === 'druid' && more.length === 0) return name!;
  throw invalidInput(
    `Table [${target.map(({ text }) => text).join('.')}] does not support operation [${operation}] because it is not a Druid datasource`,
    { sourceType: 'sql' },
  );
}

/** @source Druid `MSQTaskSqlEngine.validateInsert` */
function checkColumns({ columns }: PlannedSelect, partitionedBy: string, clusteredBy: readonly string[]): void {
  const names = new Set<string>();
  for (const { name, sqlType } of columns) {
    if (/^EXPR\$\d+$/.test(name)) {
      throw invalidInput(
        'Cannot ingest expressions that do not have an alias or columns with names like EXPR$[digit].\nE.g. if you are ingesting "func(X)", then you can rewrite it as "func(X) as myColumn"',
        { sourceType: 'sql' },
      );
    }
    if (names.has(name)) throw invalidInput(`Duplicate field in SELECT: [${name}]`, { sourceType: 'sql' });
    names.add(name);
    if (name === TIME_COLUMN && sqlType.name !== 'TIMESTAMP') {
      throw invalidInput(`Field [${TIME_COLUMN}] was the wrong type [${sqlType.name}], expected TIMESTAMP`, {
        sourceType: 'sql',
      });
    }
  }
  if (partitionedBy !== 'ALL' && !names.has(TIME_COLUMN)) {
    throw invalidInput(
      `The granularity [${partitionedBy}] specified in the PARTITIONED BY clause requires a [${TIME_COLUMN}] column in the query`,
      { sourceType: 'sql' },
    );
  }
  const unknown = clusteredBy.find((name) => !names.has(name));
  if (unknown !== undefined)
    throw invalidInput(`CLUSTERED BY column [${unknown}] is not a column of the result`, { sourceType: 'sql' });
}

function clusterColumn(node: Expression, query: Query): string {
  if (node.kind === 'identifier') return node.names.at(-1)!.text;
  if (node.kind === 'literal' && query.kind === 'select') {
    const item = query.items[Number(node.text) - 1];
    if (item?.alias) return item.alias.text;
    if (item?.expression.kind === 'identifier') return item.expression.names.at(-1)!.text;
  }
  throw errorAt('CLUSTERED BY takes columns of the result', node.at);
}

function periodOf(node: string | Expression): string {
  if (typeof node === 'string') return PERIODS[node] ?? node;
  if (node.kind === 'literal' && node.type === 'string') return node.text;
  if (node.kind === 'call') {
    const name = node.name.toUpperCase();
    const unit = node.operands[1];
    if (name === 'TIME_FLOOR' && unit?.kind === 'literal') return unit.text;
    if (name === 'FLOOR' && unit?.kind === 'symbol' && PERIODS[unit.name] !== undefined) return PERIODS[unit.name]!;
  }
  throw errorAt(
    'Invalid granularity after PARTITIONED BY. Expected HOUR, DAY, MONTH, YEAR, ALL TIME, FLOOR() or TIME_FLOOR()',
    node.at,
  );
}

/** `__time >= TIMESTAMP 'a' AND __time < TIMESTAMP 'b'`, OR of such. */
function overwriteIntervals(node: Expression, partitionedBy: string): readonly string[] {
  const bad = (): Error =>
    errorAt('Invalid OVERWRITE WHERE clause: only bounds of __time by timestamps are supported', node.at);
  if (node.kind !== 'call') throw bad();
  if (node.name === 'OR') return node.operands.flatMap((part) => overwriteIntervals(part, partitionedBy));
  if (node.name !== 'AND' || node.operands.length !== 2) throw bad();
  let start: string | null = null;
  let end: string | null = null;
  for (const part of node.operands) {
    if (part.kind !== 'call') throw bad();
    const [column, value] = part.operands;
    if (column?.kind !== 'identifier' || column.names.at(-1)?.text !== '__time') throw bad();
    if (value?.kind !== 'literal' || (value.type !== 'timestamp' && value.type !== 'date')) throw bad();
    const iso = new Date(`${value.text.replace(' ', 'T')}${value.text.length <= 10 ? 'T00:00:00' : ''}Z`).toISOString();
    if (part.name === '>=') start = iso;
    else if (part.name === '<') end = iso;
    else throw bad();
  }
  if (start === null || end === null) throw bad();
  const text = `${start}/${end}`;
  if (Date.parse(start) >= Date.parse(end)) throw bad();
  if (partitionedBy !== 'ALL' && !isAligned(Date.parse(start), Date.parse(end), partitionedBy)) {
    throw invalidInput(
      `OVERWRITE WHERE clause identified interval [${text}] which is not aligned with PARTITIONED BY granularity [${partitionedBy}]`,
      { sourceType: 'sql' },
    );
  }
  return [text];
}

function isAligned(startMs: number, endMs: number, period: string): boolean {
  const granularity = granularityFromJson(parseGranularityJson({ type: 'period', period, timeZone: 'UTC' }));
  return granularity.bucketStart(startMs) === startMs && granularity.bucketStart(endMs) === endMs;
}
