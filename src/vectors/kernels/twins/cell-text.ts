/** Twins of assembly/cell-text.ts. */
import { formatDouble } from '../../../common/java-number.js';
import type { KernelSet } from '../kernel-set.js';
import type { TwinMemory } from './twin-memory.js';

type Names = 'measureIds' | 'writeIds' | 'measureInts' | 'writeInts' | 'writeBytes';
type TextOf = (row: number) => Buffer;

/** Begins null. */
const N = 0x6e;
const MAX_EXACT = 10n ** 15n;

export function cellTextTwins(memory: TwinMemory): Pick<KernelSet, Names> {
  const measure = (textOf: TextOf, isPlain: (row: number) => boolean, rows: number, n: number, at: number): number => {
    const lengths = memory.u32(at);
    for (let i = 0; i < n; i++) {
      const row = memory.u16(rows)[i]!;
      if (!isPlain(row)) return 0;
      lengths[i]! += textOf(row).length;
    }
    return 1;
  };
  const write = (textOf: TextOf, rows: number, n: number, at: number): void => {
    for (let i = 0; i < n; i++) put(textOf(memory.u16(rows)[i]!), i, at);
  };
  const put = (text: Uint8Array, i: number, cursors: number): void => {
    memory.u8(memory.u32(cursors)[i]!).set(text);
    memory.u32(cursors)[i]! += text.length;
  };
  const textOfIds = (key: 'u8' | 'u16' | 'u32', ids: number, offsets: number, bytes: number): TextOf => {
    const ends = memory.u32(offsets);
    return (row) => {
      const id = memory.ids(key, ids)[row]!;
      return id === 0 ? Buffer.from('null') : quoted(memory.u8(bytes).slice(ends[id - 1], ends[id]));
    };
  };
  const textOfInts = (
    type: Parameters<KernelSet['writeInts']>[0],
    values: number,
    base: number,
    scale: number,
    nulls: number,
  ): TextOf => {
    const valueOf = memory.intValues(type, values, base);
    return (row) => {
      if (nulls !== 0 && memory.u8(nulls)[row] === 1) return Buffer.from('null');
      const value = valueOf(row);
      return Buffer.from(scale < 0 ? String(value) : formatDouble(Number(value) / 10 ** scale));
    };
  };
  return {
    measureIds: (key) => (ids, offsets, bytes, rows, n, lengths) => {
      const textOf = textOfIds(key, ids, offsets, bytes);
      return measure(textOf, (row) => !isSpecial(textOf(row)), rows, n, lengths);
    },
    writeIds: (key) => (ids, offsets, bytes, rows, n, cursors) =>
      write(textOfIds(key, ids, offsets, bytes), rows, n, cursors),
    measureInts: (type) => (values, base, scale, nulls, rows, n, lengths) => {
      const textOf = textOfInts(type, values, base, scale, nulls);
      const valueOf = memory.intValues(type, values, base);
      const isExact = (row: number): boolean => valueOf(row) < MAX_EXACT && valueOf(row) > -MAX_EXACT;
      const isPlain = (row: number): boolean => textOf(row).at(0) === N || (isExact(row) && !textOf(row).includes('E'));
      return measure(textOf, (row) => scale < 0 || isPlain(row), rows, n, lengths);
    },
    writeInts: (type) => (values, base, scale, nulls, rows, n, cursors) =>
      write(textOfInts(type, values, base, scale, nulls), rows, n, cursors),
    writeBytes: (source, length, n, cursors) => {
      const bytes = memory.u8(source).slice(0, length);
      for (let i = 0; i < n; i++) put(bytes, i, cursors);
    },
  };
}

function quoted(bytes: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from('"'), bytes, Buffer.from('"')]);
}

/** Whether bytes between the quotes must be escaped, or may be half of a surrogate pair. */
function isSpecial(text: Buffer): boolean {
  return text
    .subarray(1, -1)
    .some((byte) => byte < 0x20 || byte === 0x22 || byte === 0x5c || byte === 0xed || byte >= 0xf0);
}
