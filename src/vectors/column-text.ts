import { formatDouble, formatFloat } from '../common/java-number.js';
import { jsonString, jsonText } from '../common/json-write.js';
import { textOfId } from './ids-column.js';
import type { TableColumn } from './table.js';

/** JSON text of the value in a row: LONG exact to 64 bits, DOUBLE and FLOAT as Java prints them. */
export type CellText = (row: number) => string;

/** Chosen once per column; dictionary values are quoted once each. */
export function cellText(column: TableColumn): CellText {
  switch (column.type) {
    case 'LONG':
      return (row) => (isNull(column.nulls, row) ? 'null' : String(column.values[row]));
    case 'DOUBLE':
      return (row) => (isNull(column.nulls, row) ? 'null' : formatDouble(column.values[row]!));
    case 'FLOAT':
      return (row) => (isNull(column.nulls, row) ? 'null' : formatFloat(column.values[row]!));
    case 'STRING': {
      const quoted = quoter(column.dictionary);
      return (row) => quoted(column.ids[row]!);
    }
    case 'IDS': {
      const { ids, space } = column;
      const quoted = new Map<number, string>([[0, 'null']]);
      return (row) => {
        const id = ids[row]!;
        let text = quoted.get(id);
        if (text === undefined) {
          text = jsonString(textOfId(space, id));
          quoted.set(id, text);
        }
        return text;
      };
    }
    case 'STRINGS': {
      const quoted = quoter(column.dictionary);
      return (row) => multiValueText(column.ids, column.offsets[row]!, column.offsets[row + 1]!, quoted);
    }
    case 'JSON':
      return (row) => column.texts[row] ?? 'null';
    case 'BINARY':
      return (row) =>
        isNull(column.nulls, row)
          ? 'null'
          : jsonText(
              Buffer.from(column.bytes.subarray(column.offsets[row], column.offsets[row + 1])).toString('base64'),
            );
  }
}

function isNull(nulls: Uint8Array | null, row: number): boolean {
  return nulls !== null && nulls[row] === 1;
}

function quoter(dictionary: readonly string[]): (id: number) => string {
  const cache: string[] = [];
  return (id) => {
    if (id < 0) return 'null';
    return (cache[id] ??= jsonString(dictionary[id]!));
  };
}

/** Druid shows a multi-value cell as null, its only value, or a list. */
function multiValueText(ids: Int32Array, from: number, to: number, quoted: (id: number) => string): string {
  if (from === to) return 'null';
  if (to - from === 1) return quoted(ids[from]!);
  let out = `[${quoted(ids[from]!)}`;
  for (let i = from + 1; i < to; i++) out += `,${quoted(ids[i]!)}`;
  return `${out}]`;
}
