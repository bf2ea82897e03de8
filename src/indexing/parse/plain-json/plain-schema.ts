import type { PlainFields } from './plain-fields.js';
import type { ParserMemory } from './parser-memory.js';
import type { TextDictionary } from './text-dictionary.js';

const FIELD_BYTES = 16;
const MAX_POSITIONS = 256;
const POWERS = 23;
/** Words of a schema; the layout is the kernels' (assembly/row-values.ts). */
const SCHEMA_WORDS = 16;

/** Where the kernels find what they know of the fields, and where they put the values of one record. */
export interface PlainSchema {
  readonly pointer: number;
  /** f64 by field. */
  readonly values: number;
  /** u8 by field. */
  readonly tags: number;
}

export function writePlainSchema(
  memory: ParserMemory,
  { fields }: PlainFields,
  dictionaries: readonly (TextDictionary | undefined)[],
): PlainSchema {
  const values = memory.allocate(fields.length * 8);
  const tags = memory.allocate(fields.length);
  const pointer = memory.allocate(SCHEMA_WORDS * 4);
  const table = memory.allocate(fields.length * FIELD_BYTES);
  const order = memory.allocate(MAX_POSITIONS * 4);
  const powers = memory.allocate(POWERS * 8);
  const scratch = memory.allocate(8);
  const keys = fields.map(({ name }) => writeKey(memory, name));
  // Only now do the views last: nothing is allocated any more.
  for (const [i, { kind }] of fields.entries()) {
    const key = keys[i]!;
    memory.words.set([key.pointer, key.length, kind, dictionaries[i]?.pointer ?? 0], (table >> 2) + i * 4);
  }
  memory.words.fill(0xffff_ffff, order >> 2, (order >> 2) + MAX_POSITIONS);
  for (let power = 0; power < POWERS; power++) memory.doubles[(powers >> 3) + power] = 10 ** power;
  memory.words.set([fields.length, table, order, powers, values, tags, 0, 0, scratch], pointer >> 2);
  return { pointer, values, tags };
}

function writeKey(memory: ParserMemory, name: string): { readonly pointer: number; readonly length: number } {
  const bytes = Buffer.from(name, 'utf8');
  const pointer = memory.allocate(bytes.length + 8);
  memory.bytes.set(bytes, pointer);
  return { pointer, length: bytes.length };
}
