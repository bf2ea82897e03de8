import { jsonString } from '../../common/json-write.js';
import type { OutputColumn } from '../../sql/planned-statement.js';
import type { Table } from '../../vectors/table.js';
import { csvCell, csvField, type SqlCellOptions, sqlCellText } from './sql-cell.js';
import type { ResultFormat, SqlRequest } from './sql-request.js';

/** Rows per part of output text. */
const ROWS_PER_PART = 1000;

export interface SqlResult {
  readonly columns: readonly OutputColumn[];
  /** Columns of each table in the order of `columns`. */
  readonly batches: AsyncIterable<Table>;
}

type RowsRequest = Pick<SqlRequest, 'resultFormat' | 'header' | 'typesHeader' | 'sqlTypesHeader'>;

/** JSON text of a value of the row that is written. */
type RowCells = (column: number) => string;

/** The text of an answer in parts; every format says at its end that it is whole. @source Druid `sql/http/ResultFormat.java` and the writers */
export function encodeSqlRows(
  result: SqlResult,
  request: RowsRequest,
  options: SqlCellOptions,
): AsyncGenerator<string> {
  return encodeCells(result.columns, rowCells(result, options), request);
}

/** The rows of a result one after another, in lists; each is to be used before the next is taken. */
export async function* rowCells(result: SqlResult, options: SqlCellOptions): AsyncGenerator<Iterable<RowCells>> {
  for await (const table of result.batches) {
    const cells = result.columns.map((column, i) => sqlCellText(table.columns[i]!, column, options));
    yield rowsOf(table.numRows, cells);
  }
}

function* rowsOf(numRows: number, cells: readonly ((row: number) => string)[]): Generator<RowCells> {
  for (let row = 0; row < numRows; row++) yield (i) => cells[i]!(row);
}

/** As `encodeSqlRows`, of rows whose cells are text already. */
export async function* encodeCells(
  columns: readonly OutputColumn[],
  lists: AsyncIterable<Iterable<RowCells>>,
  request: RowsRequest,
): AsyncGenerator<string> {
  const writer = WRITERS[request.resultFormat](columns);
  let out = writer.start;
  let count = 0;
  const add = (row: string): void => {
    out += count++ === 0 ? row : writer.separator + row;
  };
  for (const row of request.header ? writer.header(request) : []) add(row);
  for await (const rows of lists) {
    for (const cells of rows) {
      add(writer.row(cells));
      if (count % ROWS_PER_PART === 0) {
        yield out;
        out = '';
      }
    }
  }
  yield out + (count === 0 ? writer.emptyEnd : writer.end);
}

interface RowWriter {
  readonly start: string;
  readonly separator: string;
  readonly end: string;
  readonly emptyEnd: string;
  header(request: Pick<SqlRequest, 'typesHeader' | 'sqlTypesHeader'>): readonly string[];
  row(cell: (column: number) => string): string;
}

const WRITERS: Readonly<Record<ResultFormat, (columns: readonly OutputColumn[]) => RowWriter>> = {
  object: (columns) => ({ ...ARRAY_FRAME, ...objectRows(columns) }),
  array: (columns) => ({ ...ARRAY_FRAME, ...arrayRows(columns) }),
  objectLines: (columns) => ({ ...LINES_FRAME, ...objectRows(columns) }),
  arrayLines: (columns) => ({ ...LINES_FRAME, ...arrayRows(columns) }),
  csv: (columns) => ({ ...LINES_FRAME, ...csvRows(columns) }),
};

const ARRAY_FRAME = { start: '[', separator: ',', end: ']\n', emptyEnd: ']\n' };
/** An empty line ends what is whole. */
const LINES_FRAME = { start: '', separator: '\n', end: '\n\n', emptyEnd: '\n' };

function objectRows(columns: readonly OutputColumn[]): Pick<RowWriter, 'header' | 'row'> {
  const keys = columns.map(({ name }) => `${jsonString(name)}:`);
  const row = (cell: (column: number) => string): string => {
    let out = '{';
    for (let i = 0; i < keys.length; i++) out += (i === 0 ? keys[i]! : `,${keys[i]}`) + cell(i);
    return `${out}}`;
  };
  return {
    row,
    header: ({ typesHeader, sqlTypesHeader }) => [
      row((i) => {
        const types = [
          ...(typesHeader ? [`"type":${jsonString(columns[i]!.nativeType)}`] : []),
          ...(sqlTypesHeader ? [`"sqlType":${jsonString(columns[i]!.sqlType.name)}`] : []),
        ];
        return types.length === 0 ? 'null' : `{${types.join(',')}}`;
      }),
    ],
  };
}

function headerRows(
  columns: readonly OutputColumn[],
  request: Pick<SqlRequest, 'typesHeader' | 'sqlTypesHeader'>,
): readonly (readonly string[])[] {
  return [
    columns.map(({ name }) => name),
    ...(request.typesHeader ? [columns.map(({ nativeType }) => nativeType)] : []),
    ...(request.sqlTypesHeader ? [columns.map(({ sqlType }) => sqlType.name)] : []),
  ];
}

function arrayRows(columns: readonly OutputColumn[]): Pick<RowWriter, 'header' | 'row'> {
  return {
    row: (cell) => {
      let out = '[';
      for (let i = 0; i < columns.length; i++) out += i === 0 ? cell(i) : `,${cell(i)}`;
      return `${out}]`;
    },
    header: (request) => headerRows(columns, request).map((row) => `[${row.map(jsonString).join(',')}]`),
  };
}

function csvRows(columns: readonly OutputColumn[]): Pick<RowWriter, 'header' | 'row'> {
  return {
    row: (cell) => columns.map((_, i) => csvCell(cell(i))).join(','),
    header: (request) => headerRows(columns, request).map((row) => row.map(csvField).join(',')),
  };
}
