import { invalidInput } from '../common/druid-error.js';
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
  const dataSource = node.target.at(-1)!.text;
  const select = await planQuery(node.query);
  return {
    kind: 'ingest',
    operation,
    dataSource,
    overwrite:
      node.overwrite === null || node.overwrite === 'ALL' ? node.overwrite : overwriteIntervals(node.overwrite),
    partitionedBy: periodOf(node.partitionedBy),
    clusteredBy,
    select,
  };
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
function overwriteIntervals(node: Expression): readonly string[] {
  const bad = (): Error =>
    errorAt('Invalid OVERWRITE WHERE clause: only bounds of __time by timestamps are supported', node.at);
  if (node.kind !== 'call') throw bad();
  if (node.name === 'OR') return node.operands.flatMap(overwriteIntervals);
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
  return [`${start}/${end}`];
}
