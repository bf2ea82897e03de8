import { createSortedRowModel, rowSortingFeature, tableFeatures, useTable } from '@tanstack/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useMemo, useRef } from 'react';
import { formatCell } from '../shared/format.js';
import type { Answer, ResultColumn } from './outcome.js';

const ROW_PX = 27;
const SAMPLED = 100;
const WIDTH_CHARS = { least: 7, most: 44 };
const NUMERIC = /^(BIGINT|INTEGER|DOUBLE|FLOAT|DECIMAL|REAL|TINYINT|SMALLINT)/;

type Row = readonly unknown[];
const features = tableFeatures({ rowSortingFeature, sortedRowModel: createSortedRowModel() });

/** The rows of an answer: only those in sight are in the page. A click on a name sorts by its column. */
export function ResultGrid({ answer }: { readonly answer: Answer }): ReactNode {
  const { columns, rows } = answer;
  const scroller = useRef<HTMLDivElement>(null);
  const definitions = useMemo(
    () =>
      columns.map((column, i) => ({
        id: String(i),
        accessorFn: (row: Row) => row[i] as string,
        sortFn: (a: { readonly original: Row }, b: { readonly original: Row }) => compare(a.original[i], b.original[i]),
        header: column.name,
      })),
    [columns],
  );
  const table = useTable({ features, columns: definitions, data: rows });
  const sorted = table.getRowModel().rows;
  const virtual = useVirtualizer({
    count: sorted.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 12,
  });
  const items = virtual.getVirtualItems();
  const widths = useMemo(() => columns.map((column, i) => widthOf(column, rows, i)), [columns, rows]);
  return (
    <div ref={scroller} className="grid" tabIndex={0} role="region" aria-label="Rows">
      <table aria-rowcount={rows.length + 1} style={{ width: `max(100%, ${widths.reduce((a, b) => a + b, 0)}ch)` }}>
        <colgroup>
          {widths.map((width, i) => (
            <col key={i} style={{ width: `${width}ch` }} />
          ))}
        </colgroup>
        <thead>
          <tr>
            {table.getHeaderGroups()[0]?.headers.map(({ id, column }, i) => (
              <th key={id} scope="col" aria-sort={sortName(column.getIsSorted())} data-number={isNumeric(columns[i])}>
                <button
                  type="button"
                  className="quiet"
                  onClick={column.getToggleSortingHandler()}
                  title={columns[i]?.type}
                >
                  {columns[i]?.name}
                  {{ asc: ' ↑', desc: ' ↓' }[String(column.getIsSorted())] ?? ''}
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <Spacer px={items[0]?.start ?? 0} />
          {items.map(({ index }) => (
            <GridRow key={index} row={sorted[index]!.original} columns={columns} />
          ))}
          <Spacer px={virtual.getTotalSize() - (items.at(-1)?.end ?? 0)} />
        </tbody>
      </table>
    </div>
  );
}

function GridRow({ row, columns }: { readonly row: Row; readonly columns: readonly ResultColumn[] }): ReactNode {
  return (
    <tr style={{ height: ROW_PX }}>
      {columns.map((column, i) => (
        <td key={i} data-number={isNumeric(column)} data-null={row[i] === null} title={formatCell(row[i])}>
          {formatCell(row[i])}
        </td>
      ))}
    </tr>
  );
}

function Spacer({ px }: { readonly px: number }): ReactNode {
  return px > 0 ? <tr aria-hidden="true" style={{ height: px }} /> : null;
}

function isNumeric(column: ResultColumn | undefined): boolean {
  return NUMERIC.test(column?.type ?? '');
}

function sortName(sorted: false | 'asc' | 'desc'): 'none' | 'ascending' | 'descending' {
  if (sorted === false) return 'none';
  return sorted === 'asc' ? 'ascending' : 'descending';
}

/** Nulls first, numbers by value, all else as text. */
function compare(a: unknown, b: unknown): number {
  if (a === null || b === null) return Number(a !== null) - Number(b !== null);
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const [left, right] = [formatCell(a), formatCell(b)];
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

function widthOf(column: ResultColumn, rows: readonly Row[], i: number): number {
  const longest = Math.max(
    column.name.length + 3,
    ...rows.slice(0, SAMPLED).map((row) => formatCell(row[i]).length + 3),
  );
  return Math.min(Math.max(longest, WIDTH_CHARS.least), WIDTH_CHARS.most);
}
