import type { PlannedExplain } from '../../sql/planned-statement.js';
import type { RunningSelect } from './run-select.js';

/** The rows of an EXPLAIN as a result. */
export function constantTable({ columns, rows }: PlannedExplain): RunningSelect {
  const table = {
    numRows: rows.length,
    names: columns.map(({ name }) => name),
    columns: columns.map((_, i) => {
      const texts = rows.map((row) => row[i] ?? null);
      const dictionary = [...new Set(texts.filter((text) => text !== null))];
      return {
        type: 'STRING' as const,
        ids: Int32Array.from(texts, (text) => (text === null ? -1 : dictionary.indexOf(text))),
        dictionary,
      };
    }),
  };
  const batches = async function* (): AsyncGenerator<typeof table> {
    yield table;
  };
  return { columns, batches: batches(), state: undefined, rowsScanned: 0 };
}
