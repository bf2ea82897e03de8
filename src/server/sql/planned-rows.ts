import type { Broker } from '../../broker/broker.js';
import { jsonString } from '../../common/json-write.js';
import type { PlannedRowsRequest } from '../../protocol/planned-rows.js';
import { cellText } from '../../vectors/column-text.js';
import type { Table } from '../../vectors/table.js';
import { runSelect } from './run-select.js';

/** Characters of one part of an answer. */
const PART = 64 * 1024;

/**
 * Rows of one native query as lines of JSON objects for ingestion: native values, so that times are milliseconds and states of aggregators base64.
 * @throws DruidError as the broker does; a part that is being read may throw too
 */
export async function plannedRows(
  { query, columnMappings }: PlannedRowsRequest,
  broker: Pick<Broker, 'run'>,
  signal?: AbortSignal,
): Promise<AsyncGenerator<string>> {
  const plan = { kind: 'select', columns: [], resources: [], parameterTypes: [] } as const;
  const { batches } = await runSelect(
    { ...plan, queries: [{ json: query, signature: [], columnMappings }] },
    broker,
    signal,
  );
  return lines(batches);
}

async function* lines(batches: AsyncIterable<Table>): AsyncGenerator<string> {
  let part = '';
  for await (const table of batches) {
    const cells = table.columns.map(cellText);
    const keys = table.names.map((name, i) => `${i === 0 ? '{' : ','}${jsonString(name)}:`);
    for (let row = 0; row < table.numRows; row++) {
      for (let i = 0; i < cells.length; i++) part += keys[i]! + cells[i]!(row);
      part += '}\n';
      if (part.length < PART) continue;
      yield part;
      part = '';
    }
  }
  if (part !== '') yield part;
}
