import { formatDouble, formatFloat } from '../../common/java-number.js';
import { jsonString } from '../../common/json-write.js';
import type { Dictionary, StoredVector } from '../../vectors/block.js';
import type { ValueType } from '../../vectors/kernels/kernel-set.js';
import type { TextBuffer } from './text-buffer.js';

/** Writes the JSON text of the value in a row of a block. */
export type CellWriter = (row: number) => void;

/** The arena's memory in this thread, at least up to `end`. */
export type MemoryOf = (arena: number, end: number) => ArrayBufferLike;

const POINT = 0x2e;
const ZERO = 0x30;
/** Scaled integers up to this have at most 15 digits: what their double is printed as are these digits. */
const MAX_EXACT = 1e15;

/** A writer that reads a stored column where it lies and makes no string for common values; undefined for forms that it does not know. */
export function storedWriter(
  stored: StoredVector,
  numRows: number,
  memory: MemoryOf,
  text: TextBuffer,
): CellWriter | undefined {
  switch (stored.kind) {
    case 'ids':
      return idsWriter(stored, numRows, memory, text);
    case 'ints':
      return withNulls(stored, numRows, memory, text, intWriter(stored, numRows, memory, text));
    case 'reals': {
      const values = elements(stored.type, stored.arena, stored.values, numRows, memory);
      const format = stored.logical === 'float' ? formatFloat : formatDouble;
      const write = (row: number): void => text.ascii(format(Number(values[row])));
      return withNulls(stored, numRows, memory, text, write);
    }
    default:
      return undefined;
  }
}

function idsWriter(
  { width, constant, dictionary, arena, ids }: StoredVector & { kind: 'ids' },
  numRows: number,
  memory: MemoryOf,
  text: TextBuffer,
): CellWriter {
  const writeId = idWriter(dictionary, text);
  if (width === null) return () => writeId(constant);
  const values = elements(width, arena, ids, numRows, memory);
  return (row) => writeId(Number(values[row]));
}

function idWriter(dictionary: Dictionary, text: TextBuffer): CellWriter {
  const { utf8 } = dictionary;
  return (id) => {
    if (id === 0) text.ascii('null');
    else if (utf8 === undefined || !text.quoted(utf8.bytes, utf8.offsets[id - 1]!, utf8.offsets[id]!)) {
      text.text(jsonString(dictionary.value(id)));
    }
  };
}

function intWriter(
  { logical, arena, type, base, scale, values }: StoredVector & { kind: 'ints' },
  numRows: number,
  memory: MemoryOf,
  text: TextBuffer,
): CellWriter {
  const write = logical === 'long' ? (value: number): void => text.integer(value) : decimalWriter(scale, text);
  if (type === null) return () => write(base);
  const read = elements(type, arena, values, numRows, memory);
  if (read instanceof BigInt64Array) return (row) => text.ascii(String(read[row]));
  return (row) => write(base + read[row]!);
}

/** Writes value / 10^scale as Java prints the double. */
function decimalWriter(scale: number, text: TextBuffer): (value: number) => void {
  const power = 10 ** scale;
  const largest = Math.min(MAX_EXACT, 1e7 * power);
  return (value) => {
    const size = Math.abs(value);
    if (size >= largest || (size !== 0 && size * 1000 < power) || scale > 9) {
      text.ascii(formatDouble(value / power));
      return;
    }
    const whole = Math.floor(size / power);
    if (value < 0) text.ascii('-');
    text.integer(whole);
    text.byte(POINT);
    if (scale === 0) text.byte(ZERO);
    else text.fraction(size - whole * power, scale);
  };
}

function withNulls(
  { nulls, arena }: { readonly nulls: number; readonly arena: number },
  numRows: number,
  memory: MemoryOf,
  text: TextBuffer,
  write: CellWriter,
): CellWriter {
  if (nulls === 0) return write;
  const bytes = new Uint8Array(memory(arena, nulls + numRows), nulls, numRows);
  return (row) => {
    if (bytes[row] === 1) text.ascii('null');
    else write(row);
  };
}

type Elements =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | BigInt64Array
  | Float32Array
  | Float64Array;

const ARRAYS = {
  u8: Uint8Array,
  i8: Int8Array,
  u16: Uint16Array,
  i16: Int16Array,
  u32: Uint32Array,
  i32: Int32Array,
  i64: BigInt64Array,
  f32: Float32Array,
  f64: Float64Array,
} as const satisfies Record<ValueType, unknown>;

/** The n values of a column where they lie. */
export function elements(type: ValueType, arena: number, at: number, n: number, memory: MemoryOf): Elements {
  const of = ARRAYS[type];
  return new of(memory(arena, at + n * of.BYTES_PER_ELEMENT) as ArrayBuffer, at, n);
}
