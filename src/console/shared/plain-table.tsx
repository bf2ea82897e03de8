import type { ReactNode } from 'react';
import { formatCell } from './format.js';

interface PlainTableProps {
  readonly label: string;
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

/** A few rows as a table, a column for each member of the first. */
export function PlainTable({ label, rows }: PlainTableProps): ReactNode {
  const names = Object.keys(rows[0] ?? {});
  const numeric = (name: string): string | undefined => (typeof rows[0]?.[name] === 'number' ? 'number' : undefined);
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label={label}>
      <table className="plain">
        <thead>
          <tr>
            {names.map((name) => (
              <th key={name} scope="col" className={numeric(name)}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, i) => (
            // Rows have no name of their own.
            <tr key={i}>
              {names.map((name) => (
                <td key={name} className={numeric(name)}>
                  {formatCell(row[name])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
