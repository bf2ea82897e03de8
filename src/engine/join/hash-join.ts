import type { ColumnType } from '../../common/column-type.js';
import { checkStop, checkStopNow } from '../../common/stop-check.js';
import { ExprArray, type ExprValue } from '../../expressions/expr.js';
import { takeColumn } from '../../vectors/take-rows.js';
import type { Table, TableColumn } from '../../vectors/table.js';
import { cellReader } from '../heap/cell-reader.js';
import type { RowBatch } from '../heap/row-batch.js';
import { typesOfTable } from '../heap/row-batch.js';
import type { JoinKey } from './join-condition.js';
import { keyOf } from './join-key.js';
import { multiValueJoin } from './multi-value-join.js';
import { withNullRow } from './null-row.js';

export type JoinType = 'INNER' | 'LEFT' | 'RIGHT' | 'FULL';

/** Rows after which a part of the result goes on, so that duplicates on the right never pile up and other work has its turn. */
const BATCH_ROWS = 65_536;
const NO_ROWS: readonly number[] = [];

export interface HashJoinOptions {
  readonly keys: readonly JoinKey[];
  /** The condition is false for every pair. */
  readonly never: boolean;
  readonly joinType: JoinType;
  readonly rightPrefix: string;
  readonly right: RowBatch;
}

/**
 * A hash table over the right side, through which left rows stream. A left row comes once for each right row that it matches, right rows in
 * their order; left values are cast to the type of the right key. @source Druid `HashJoinEngine.java`, `IndexedTableJoinMatcher.java`
 */
export class HashJoin {
  readonly #options: HashJoinOptions;
  /** One row longer than the right side: the last is all null. */
  readonly #right: Table;
  readonly #rightTypes: Readonly<Record<string, ColumnType>>;
  readonly #rowsOf = new Map<string, number[]>();
  readonly #all: readonly number[];
  readonly #matched: Uint8Array | null;

  constructor(options: HashJoinOptions) {
    this.#options = options;
    const { right, keys, joinType } = options;
    this.#right = withNullRow(right.table);
    this.#rightTypes = right.types;
    const { numRows } = right.table;
    this.#all = keys.length === 0 ? Array.from({ length: numRows }, (_, row) => row) : NO_ROWS;
    this.#matched = joinType === 'RIGHT' || joinType === 'FULL' ? new Uint8Array(numRows) : null;
    const reads = keys.map(({ rightColumn }) => this.#rightReader(rightColumn));
    for (let row = 0; row < numRows && keys.length > 0; row++) {
      const key = this.#keyOf(reads.map((read) => read(row)));
      if (key === null) continue;
      const rows = this.#rowsOf.get(key);
      if (rows === undefined) this.#rowsOf.set(key, [row]);
      else rows.push(row);
    }
  }

  /** The joined rows of a part of the left side. */
  *join(left: RowBatch): Generator<RowBatch, void> {
    const { joinType } = this.#options;
    const keepsLeft = joinType === 'LEFT' || joinType === 'FULL';
    const matches = this.#matcher(left);
    const nullRow = this.#right.numRows - 1;
    const noMatch = keepsLeft ? [nullRow] : NO_ROWS;
    const leftRows = new Uint32Array(BATCH_ROWS);
    const rightRows = new Uint32Array(BATCH_ROWS);
    let size = 0;
    for (let row = 0; row < left.table.numRows; row++) {
      checkStop();
      let found = matches(row);
      if (found.length === 0) found = noMatch;
      else if (this.#matched !== null) for (const match of found) this.#matched[match] = 1;
      for (const match of found) {
        leftRows[size] = row;
        rightRows[size++] = match;
        if (size < BATCH_ROWS) continue;
        // A few rows may give more than anyone waits for.
        checkStopNow();
        yield this.#output(left, left.table, leftRows, rightRows);
        size = 0;
      }
    }
    yield this.#output(left, left.table, leftRows.subarray(0, size), rightRows.subarray(0, size));
  }

  /** After all left rows: the right rows without a match, for RIGHT and FULL. @param left any batch of the left side, for its columns */
  unmatched(left: RowBatch): RowBatch | null {
    if (this.#matched === null) return null;
    const rightRows = Array.from(this.#matched.keys()).filter((row) => this.#matched![row] === 0);
    const padded = withNullRow(left.table);
    const none = new Uint32Array(rightRows.length).fill(padded.numRows - 1);
    return this.#output(left, padded, none, Uint32Array.from(rightRows));
  }

  #matcher({ table, types }: RowBatch): (row: number) => readonly number[] {
    const { keys, never } = this.#options;
    if (never) return () => NO_ROWS;
    if (keys.length === 0) return () => this.#all;
    const values = keys.map(({ left }) => {
      const reads = left.inputs.map((name) => {
        return cellReader(table.columns[table.names.indexOf(name)], types[name] ?? 'STRING');
      });
      return (row: number): ExprValue => single(left.evaluate(reads.map((read) => single(read(row)))));
    });
    const find = (row: number): readonly number[] => {
      const key = this.#keyOf(values.map((value) => value(row)));
      return (key === null ? undefined : this.#rowsOf.get(key)) ?? NO_ROWS;
    };
    return oncePerString(keys, table, find);
  }

  #keyOf(values: readonly ExprValue[]): string | null {
    let key = '';
    for (const [i, { rightColumn, matchesNull }] of this.#options.keys.entries()) {
      const part = keyOf(values[i]!, this.#rightTypes[rightColumn] ?? 'STRING', matchesNull);
      if (part === null) return null;
      key += part;
    }
    return key;
  }

  #rightReader(name: string): (row: number) => ExprValue {
    return cellReader(columnNamed(this.#options.right.table, name), this.#rightTypes[name] ?? 'STRING');
  }

  #output(left: RowBatch, leftTable: Table, fromLeft: Uint32Array, fromRight: Uint32Array): RowBatch {
    const { rightPrefix } = this.#options;
    const names = this.#right.names.map((name) => rightPrefix + name);
    const own = leftTable.names.flatMap((name, i) => (names.includes(name) ? [] : [i]));
    const table: Table = {
      numRows: fromLeft.length,
      names: [...own.map((i) => leftTable.names[i]!), ...names],
      columns: [
        ...own.map((i) => takeColumn(leftTable.columns[i]!, fromLeft)),
        ...this.#right.columns.map((column) => takeColumn(column, fromRight)),
      ],
    };
    return { ...left, table, types: { ...typesOfTable(table), ...left.types, ...this.#prefixedTypes() } };
  }

  #prefixedTypes(): Record<string, ColumnType> {
    const { rightPrefix } = this.#options;
    return Object.fromEntries(Object.entries(this.#rightTypes).map(([name, type]) => [rightPrefix + name, type]));
  }
}

/** With a single key over one string column each distinct value is looked up once. */
function oncePerString(
  keys: readonly JoinKey[],
  table: Table,
  find: (row: number) => readonly number[],
): (row: number) => readonly number[] {
  const [key] = keys;
  const name = keys.length === 1 && key?.left.inputs.length === 1 ? key.left.inputs[0]! : null;
  const column = name === null ? undefined : columnNamed(table, name);
  if (column?.type !== 'STRING') return find;
  const known: (readonly number[] | undefined)[] = [];
  return (row) => (known[column.ids[row]! + 1] ??= find(row));
}

function columnNamed(table: Table, name: string): TableColumn | undefined {
  return table.columns[table.names.indexOf(name)];
}

function single(value: ExprValue): ExprValue {
  if (!(value instanceof ExprArray)) return value;
  if (value.values.length <= 1) return value.values[0] ?? null;
  throw multiValueJoin();
}
