import { randomUUID } from 'node:crypto';
import type { Broker } from '../../broker/broker.js';
import type { AnswerState } from '../../protocol/leaf.js';
import { parseNativeQuery } from '../../query/parse-native-query.js';
import type { PlannedQuery, PlannedSelect } from '../../sql/planned-statement.js';
import type { Table } from '../../vectors/table.js';
import type { SqlResult } from './sql-rows.js';

export interface RunningSelect extends SqlResult {
  /** State of the first native query's answer; undefined when no data was asked. */
  readonly state: AnswerState | undefined;
  readonly rowsScanned: number;
}

/**
 * Runs the native queries of a plan, one after another; the first has answered (or begun to) when this returns, so that what fails before the
 * first row is an error answer.
 * @throws DruidError as the broker does
 */
export async function runSelect(
  plan: PlannedSelect,
  broker: Pick<Broker, 'run'>,
  signal?: AbortSignal,
): Promise<RunningSelect> {
  const [first, ...others] = plan.queries;
  if (first === undefined) throw new Error('a plan without queries');
  const answer = await run(first, broker, signal);
  const batches = async function* (): AsyncGenerator<Table> {
    yield* answer.batches;
    for (const query of others) yield* (await run(query, broker, signal)).batches;
  };
  return { columns: plan.columns, batches: batches(), state: answer.state, rowsScanned: answer.rowsScanned };
}

async function run(
  planned: PlannedQuery,
  broker: Pick<Broker, 'run'>,
  signal: AbortSignal | undefined,
): Promise<{ readonly batches: AsyncIterable<Table>; readonly state: AnswerState; readonly rowsScanned: number }> {
  const query = parseNativeQuery(planned.json, randomUUID);
  const { body, state, rowsScanned } = await broker.run(query, signal);
  switch (body.kind) {
    case 'aggregate':
    case 'rows':
      return { batches: only(mapped(planned, body.table)), state, rowsScanned };
    case 'scan':
      return { batches: each(planned, body.batches), state, rowsScanned };
    case 'timeBoundary': {
      const { minTimeArrayOutputName: min, maxTimeArrayOutputName: max } = query.context.raw;
      const bounds = { [String(min)]: body.minTimeMs, [String(max)]: body.maxTimeMs };
      return { batches: only(mapped(planned, timeTable(bounds))), state, rowsScanned };
    }
    default:
      throw new Error(`a plan of SQL answered with ${body.kind}`);
  }
}

async function* only(table: Table): AsyncGenerator<Table> {
  yield table;
}

async function* each(planned: PlannedQuery, tables: AsyncIterable<Table>): AsyncGenerator<Table> {
  for await (const table of tables) yield mapped(planned, table);
}

/** The columns that the statement outputs, in its order; a column of the result may be output twice. */
function mapped({ columnMappings }: PlannedQuery, table: Table): Table {
  const columns = columnMappings.map(({ queryColumn }) => {
    const column = table.columns[table.names.indexOf(queryColumn)];
    if (column === undefined) throw new Error(`no column [${queryColumn}] among [${table.names.join(', ')}]`);
    return column;
  });
  return { numRows: table.numRows, names: columnMappings.map(({ outputColumn }) => outputColumn), columns };
}

function timeTable(bounds: Readonly<Record<string, number | null>>): Table {
  const names = Object.keys(bounds);
  return {
    numRows: 1,
    names,
    columns: names.map((name) => ({
      type: 'LONG',
      values: BigInt64Array.of(BigInt(bounds[name] ?? 0)),
      nulls: Uint8Array.of(bounds[name] === null ? 1 : 0),
    })),
  };
}
