import { linearRegex } from '../../common/linear-regex.js';
import { asText } from '../../expressions/coercion.js';
import { ExprArray, type ExprValue } from '../../expressions/expr.js';
import { keepsNull, type VirtualColumn } from '../../query/virtual-column.js';
import type { ColumnVector, Dictionary, MultiStringVector, UnsignedIds } from '../../vectors/block.js';
import { buildVector } from './build-vector.js';
import { GrowingDictionary } from './growing-dictionary.js';
import { renamed } from './renamed-dictionary.js';
import { valueReader } from './read-value.js';
import type { VirtualDefinition, VirtualSource } from './virtual-definition.js';

type Definition = Extract<VirtualColumn, { type: 'value-filtered' }>;

const NOTHING = new ExprArray('STRING', []);

/** Some values of a column; a row with none of them has no value. @source Druid `ListFilteredVirtualColumn.java` */
export class ValueFilteredColumn implements VirtualDefinition {
  readonly name: string;
  readonly #column: string;
  readonly #isKept: (text: string | null) => boolean;
  /** Then a row of which nothing is kept has no value, which null is not. */
  readonly #keepsNull: boolean;
  readonly #texts = new GrowingDictionary(null);
  /** 1 = kept, 2 = not, by id of the dictionary `#key`. */
  #marks = new Uint8Array(0);
  #key = '';

  constructor(definition: Definition) {
    this.name = definition.name;
    this.#column = definition.column;
    this.#isKept = keptBy(definition.keep);
    this.#keepsNull = keepsNull(definition);
  }

  typeIn(): 'STRING' {
    return 'STRING';
  }

  dictionaryIn(dictionaryOf: (name: string) => Dictionary | undefined): Dictionary | undefined {
    const dictionary = this.#keepsNull ? undefined : dictionaryOf(this.#column);
    return dictionary && renamed(dictionary);
  }

  read(source: VirtualSource): ColumnVector {
    const vector = source.column(this.#column);
    if (vector?.kind === 'string' && this.#keepsNull) {
      const lists = { ...vector, kind: 'multiString', offsets: everyRow(source.numRows) } as const;
      return filtered(lists, this.#marksOf(vector.dictionary), source.numRows);
    }
    if (vector?.kind === 'string') {
      const marks = this.#marksOf(vector.dictionary);
      const ids = vector.ids.slice();
      for (let i = 0; i < ids.length; i++) if (marks[ids[i]!] !== 1) ids[i] = 0;
      return { kind: 'string', ids, dictionary: renamed(vector.dictionary) };
    }
    if (vector?.kind === 'multiString') return filtered(vector, this.#marksOf(vector.dictionary), source.numRows);
    const valueOf = valueReader(vector, source.typeOf(this.#column));
    return buildVector((row) => this.#kept(valueOf(row)), {
      type: 'STRING',
      numRows: source.numRows,
      wanted: source.wanted,
      dictionary: this.#texts,
    });
  }

  #kept(value: ExprValue): ExprValue {
    if (value instanceof ExprArray) {
      const values = value.values.map(asText).filter(this.#isKept);
      return new ExprArray('STRING', values);
    }
    const text = asText(value);
    return this.#isKept(text) ? text : NOTHING;
  }

  #marksOf(dictionary: Dictionary): Uint8Array {
    if (this.#key !== dictionary.key) {
      this.#key = dictionary.key;
      this.#marks = new Uint8Array(0);
    }
    const from = this.#marks.length;
    if (from <= dictionary.size) {
      const marks = new Uint8Array(dictionary.size + 1);
      marks.set(this.#marks);
      for (let id = from; id < marks.length; id++) {
        marks[id] = this.#isKept(id === 0 ? null : dictionary.value(id)) ? 1 : 2;
      }
      this.#marks = marks;
    }
    return this.#marks;
  }
}

function keptBy(keep: Definition['keep']): (text: string | null) => boolean {
  switch (keep.kind) {
    case 'values': {
      const values = new Set(keep.values);
      return (text) => values.has(text) === keep.isAllowList;
    }
    case 'regex': {
      const pattern = linearRegex(keep.pattern);
      return (text) => text !== null && pattern.test(text);
    }
    case 'prefix':
      return (text) => text?.startsWith(keep.prefix) === true;
  }
}

function filtered(vector: MultiStringVector, marks: Uint8Array, n: number): MultiStringVector {
  const offsets = new Uint32Array(n + 1);
  const ids: UnsignedIds = vector.ids.slice();
  let count = 0;
  for (let row = 0; row < n; row++) {
    for (let i = vector.offsets[row]!; i < vector.offsets[row + 1]!; i++) {
      const id = vector.ids[i]!;
      if (marks[id] === 1) ids[count++] = id;
    }
    offsets[row + 1] = count;
  }
  return { kind: 'multiString', offsets, ids: ids.subarray(0, count), dictionary: renamed(vector.dictionary) };
}

/** Offsets of one value a row. */
function everyRow(n: number): Uint32Array {
  return Uint32Array.from({ length: n + 1 }, (_, i) => i);
}
