import { parseJson } from '../../common/json-read.js';
import { stringComparator } from '../../common/string-compare.js';
import type { StringOrdering } from '../../query/native-query.js';
import { distinctIds, type IdsColumn, textsOfIds } from '../../vectors/ids-column.js';
import type { TableColumn } from '../../vectors/table.js';
import { Utf8Space } from '../spaces/utf8-space.js';
import { everyRow, sortRows } from './first-rows.js';
import { textAt } from './group-cells.js';
import { numberKey } from './number-keys.js';
import type { SortKey } from './sort-words.js';

/** The column's own order, null first: text by UTF-16 code units, numbers by value (NaN last). */
export function naturalKey(column: TableColumn): SortKey {
  switch (column.type) {
    case 'LONG':
    case 'DOUBLE':
    case 'FLOAT':
      return numberKey(column);
    default:
      return textKey(column, 'lexicographic');
  }
}

/** Order by the values' text, null first; numbers are compared as Java writes them. */
export function textKey(column: TableColumn, ordering: StringOrdering): SortKey {
  switch (column.type) {
    case 'IDS':
      return { words: (rows) => [idWord(column, rows, ordering)] };
    case 'STRING':
      return { words: (rows) => [stringWord(column.ids, column.dictionary, rows, ordering)] };
    default:
      return { words: (rows) => [cellWord(column, rows, ordering)] };
  }
}

function isLexicographic(ordering: StringOrdering): boolean {
  return ordering === 'lexicographic' || ordering === 'natural';
}

function idWord(column: IdsColumn, rows: Uint32Array, ordering: StringOrdering): Uint32Array {
  const { space } = column;
  const ids = new Uint32Array(rows.length);
  for (let i = 0; i < ids.length; i++) ids[i] = column.ids[rows[i]!]!;
  if (isLexicographic(ordering) && space instanceof Utf8Space) return space.orderWords(ids);
  const distinct = distinctIds({ type: 'IDS', ids, space });
  return wordsOfRanks(distinct.numbers, ranksOf(textsOfIds(space, distinct.ids), ordering));
}

function stringWord(
  ids: Int32Array,
  dictionary: readonly string[],
  rows: Uint32Array,
  ordering: StringOrdering,
): Uint32Array {
  const known = new Int32Array(dictionary.length);
  const numbers = new Int32Array(rows.length);
  const texts: string[] = [];
  for (let i = 0; i < rows.length; i++) {
    const id = ids[rows[i]!]!;
    if (id >= 0 && known[id] === 0) known[id] = texts.push(dictionary[id]!);
    numbers[i] = id < 0 ? -1 : known[id]! - 1;
  }
  return wordsOfRanks(numbers, ranksOf(texts, ordering));
}

function cellWord(column: TableColumn, rows: Uint32Array, ordering: StringOrdering): Uint32Array {
  const known = new Map<string, number>();
  const numbers = new Int32Array(rows.length);
  for (let i = 0; i < rows.length; i++) {
    const text = textAt(column, rows[i]!);
    let number = text === null ? -1 : known.get(text);
    if (number === undefined) {
      number = known.size;
      known.set(text!, number);
    }
    numbers[i] = number;
  }
  const texts = [...known.keys()];
  const isArray = column.type === 'JSON' && column.valueType?.startsWith('ARRAY<') === true;
  return wordsOfRanks(numbers, isArray ? ranksOfArrays(texts) : ranksOf(texts, ordering));
}

/** Arrays are ordered by their elements, whatever order is asked for. @source Druid `TypeStrategies.ArrayTypeStrategy` */
function ranksOfArrays(texts: readonly string[]): Uint32Array {
  const arrays = texts.map((text) => parseJson(text) as ArrayElements);
  const ranks = new Uint32Array(texts.length);
  everyRow(texts.length)
    .sort((a, b) => compareArrays(arrays[a]!, arrays[b]!))
    .forEach((number, rank) => {
      ranks[number] = rank;
    });
  return ranks;
}

type ArrayElements = readonly (string | number | bigint | null)[];

function compareArrays(a: ArrayElements, b: ArrayElements): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const [x, y] = [a[i]!, b[i]!];
    if (x === y) continue;
    if (x === null || y === null) return x === null ? -1 : 1;
    if (x < y) return -1;
    if (x > y) return 1;
  }
  return a.length - b.length;
}

/** Null, which has the number -1, comes first. */
function wordsOfRanks(numbers: Int32Array, ranks: Uint32Array): Uint32Array {
  const words = new Uint32Array(numbers.length);
  for (let i = 0; i < words.length; i++) words[i] = numbers[i]! < 0 ? 0 : ranks[numbers[i]!]! + 1;
  return words;
}

/** Ranks of distinct texts; what compares equal has one rank. */
function ranksOf(texts: readonly string[], ordering: StringOrdering): Uint32Array {
  const ranks = new Uint32Array(texts.length);
  if (isLexicographic(ordering)) {
    sortRows(everyRow(texts.length), unitKeys(texts)).forEach((number, rank) => {
      ranks[number] = rank;
    });
    return ranks;
  }
  const compare = stringComparator(ordering);
  const sorted = everyRow(texts.length).sort((a, b) => compare(texts[a]!, texts[b]!));
  for (let i = 1; i < sorted.length; i++) {
    const isSame = compare(texts[sorted[i - 1]!]!, texts[sorted[i]!]!) === 0;
    ranks[sorted[i]!] = ranks[sorted[i - 1]!]! + (isSame ? 0 : 1);
  }
  return ranks;
}

/** Four UTF-16 code units at a time, for as long as distinct texts tie. */
function* unitKeys(texts: readonly string[]): Generator<SortKey> {
  for (let depth = 0; ; depth += 4) yield { words: (numbers) => unitWords(texts, numbers, depth) };
}

function unitWords(texts: readonly string[], numbers: Uint32Array, depth: number): Uint32Array[] {
  const high = new Uint32Array(numbers.length);
  const low = new Uint32Array(numbers.length);
  // A text that ends comes before one that goes on with a zero.
  const lengths = new Uint32Array(numbers.length);
  for (let i = 0; i < numbers.length; i++) {
    const text = texts[numbers[i]!]!;
    const left = text.length - depth;
    high[i] = (unitAt(text, depth) << 16) | unitAt(text, depth + 1);
    low[i] = (unitAt(text, depth + 2) << 16) | unitAt(text, depth + 3);
    lengths[i] = left > 4 ? 4 : left < 0 ? 0 : left;
  }
  return [high, low, lengths];
}

function unitAt(text: string, at: number): number {
  return at < text.length ? text.charCodeAt(at) : 0;
}
