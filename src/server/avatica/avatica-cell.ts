import { DAY_MS } from '../../common/calendar.js';
import { parseJson } from '../../common/json-read.js';
import type { TimeZone } from '../../common/time-zone.js';
import type { OutputColumn } from '../../sql/planned-statement.js';
import type { TableColumn } from '../../vectors/table.js';
import { sqlCellText } from '../sql/sql-cell.js';
import { cellText } from '../../vectors/column-text.js';
import type { AvaticaValue } from './messages.js';

/**
 * Values of a column as Avatica's client reads them: timestamps are milliseconds and dates days of the session's wall clock.
 * @source Druid `sql/calcite/run/SqlResults.java` for the JDBC driver
 */
export function avaticaCell(column: TableColumn, output: OutputColumn, zone: TimeZone): (row: number) => AvaticaValue {
  const { name } = output.sqlType;
  if (name === 'TIMESTAMP' || name === 'DATE') {
    const raw = cellText(column);
    return (row) => {
      const text = raw(row);
      if (text === 'null') return null;
      const utcMs = Number(text);
      const localMs = utcMs + zone.offsetMs(utcMs);
      return name === 'DATE' ? Math.floor(localMs / DAY_MS) : BigInt(localMs);
    };
  }
  const text = sqlCellText(column, output, { zone, stringifyArrays: false });
  if (name === 'BIGINT') return (row) => (text(row) === 'null' ? null : BigInt(text(row)));
  return (row) => parseJson(text(row)) as AvaticaValue;
}
