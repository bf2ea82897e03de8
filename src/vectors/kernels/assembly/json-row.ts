// One JSON object of a stream into the fields of a schema: texts become dictionary numbers, numbers and times f64. What is not plain (escapes, nested values,
// several values, other types than the field's) is left to the general parser: the function then answers LEFT. A zero byte lies somewhere behind the text, with 32 bytes after it, so
// that no loop need look for its end; what lies between is never taken into a dictionary. The schema: row-values.ts.
import {
  FULL,
  HAS_VALUE,
  IS_NULL,
  LEFT,
  NOT_ASCII,
  NOWHERE,
  NO_ROOM,
  TEXT,
  WHOLE,
  isSame,
  isUtf8,
  numberOf,
  putRow,
  readNumber,
  readNumberField,
  readTimeText,
} from "./row-values";

const MAX_POSITIONS: u32 = 256;

@inline
function skipBlanks(at: usize): usize {
  let char = load<u8>(at);
  while (char <= 0x20 && (char == 0x20 || char == 0x0a || char == 0x0d || char == 0x09)) char = load<u8>(++at);
  return at;
}

/** Bits of the characters that end a plain text: quotes, backslashes, control characters. */
@inline
function stopsIn(chars: v128): i32 {
  return i8x16.bitmask(
    v128.or(
      v128.or(i8x16.eq(chars, i8x16.splat(0x22)), i8x16.eq(chars, i8x16.splat(0x5c))),
      i8x16.lt_u(chars, i8x16.splat(0x20)),
    ),
  );
}

/** End of a text without escapes that begins at a position, or NOWHERE. */
@inline
function endOfText(at: usize, schema: usize): usize {
  let chars = v128.load(at);
  let stops = stopsIn(chars);
  while (stops == 0) {
    if (i8x16.bitmask(chars) != 0) store<u32>(schema, 1, 28);
    at += 16;
    chars = v128.load(at);
    stops = stopsIn(chars);
  }
  const before = ctz<i32>(stops);
  if ((i8x16.bitmask(chars) & ((1 << before) - 1)) != 0) store<u32>(schema, 1, 28);
  at += before;
  return load<u8>(at) == 0x22 ? at : NOWHERE;
}

/** The number of the field with a key, or -1. Objects of a stream mostly have their keys in one order. */
@inline
function fieldOf(schema: usize, key: usize, length: u32, position: u32): i32 {
  const fields = <usize>load<u32>(schema, 4);
  const place = <usize>load<u32>(schema, 8) + (<usize>min<u32>(position, MAX_POSITIONS - 1) << 2);
  const expected = load<i32>(place);
  if (expected >= 0) {
    const field = fields + (<usize>expected << 4);
    if (load<u32>(field, 4) == length && isSame(load<u32>(field), key, length)) return expected;
  }
  const count = load<u32>(schema);
  for (let i: u32 = 0; i < count; i++) {
    const field = fields + (<usize>i << 4);
    if (load<u32>(field, 4) == length && isSame(load<u32>(field), key, length)) {
      store<i32>(place, <i32>i);
      return <i32>i;
    }
  }
  store<i32>(place, -1);
  return -1;
}

@inline
function readTextField(at: usize, schema: usize, number: u32, kind: u32, out: usize): usize {
  const start = at + 1;
  const end = endOfText(start, schema);
  if (end == NOWHERE || end >= <usize>load<u32>(schema, 40)) return NOWHERE;
  const length = <u32>(end - start);
  if (kind == TEXT) {
    const field = <usize>load<u32>(schema, 4) + (<usize>number << 4);
    const found = numberOf(load<u32>(field, 12), start, length);
    if (found == 0) {
      store<u32>(schema, number, 24);
      return NO_ROOM;
    }
    store<f64>(out, <f64>found);
    return end + 1;
  }
  return readTimeText(start, length, kind, out) ? end + 1 : NOWHERE;
}

/** Reads the value of a field. @returns the position behind it, NOWHERE or NO_ROOM */
@inline
function readField(at: usize, schema: usize, number: u32): usize {
  const field = <usize>load<u32>(schema, 4) + (<usize>number << 4);
  const tag = <usize>load<u32>(schema, 20) + number;
  // Of several values of one key the last counts.
  if (load<u8>(tag) != 0) return NOWHERE;
  const kind = load<u32>(field, 8);
  const out = <usize>load<u32>(schema, 16) + (<usize>number << 3);
  const char = load<u8>(at);
  store<u8>(tag, HAS_VALUE);
  if (char == 0x22) return readTextField(at, schema, number, kind, out);
  if (char == 0x6e) {
    if (load<u32>(at) != 0x6c6c756e) return NOWHERE;
    store<u8>(tag, IS_NULL);
    return at + 4;
  }
  return readNumberField(at, schema, kind, out);
}

/** The position behind a value that nobody asks for, or NOWHERE. */
@inline
function skipValue(at: usize, schema: usize): usize {
  const char = load<u8>(at);
  if (char == 0x22) {
    const end = endOfText(at + 1, schema);
    return end == NOWHERE ? NOWHERE : end + 1;
  }
  if (char == 0x6e) return load<u32>(at) == 0x6c6c756e ? at + 4 : NOWHERE;
  if (char == 0x74) return load<u32>(at) == 0x65757274 ? at + 4 : NOWHERE;
  if (char == 0x66) return load<u32>(at) == 0x736c6166 && load<u8>(at, 4) == 0x65 ? at + 5 : NOWHERE;
  // The place of a value serves as scratch.
  return readNumber(at, load<u32>(schema, 12), load<u32>(schema, 32));
}

/** @returns WHOLE, NOT_ASCII (a row if the text is UTF-8), FULL (a dictionary needs room: call again) or LEFT */
export function jsonRow(text: usize, length: u32, schema: usize): i32 {
  memory.fill(load<u32>(schema, 20), 0, load<u32>(schema));
  store<u32>(schema, 0, 28);
  const end = text + length;
  store<u32>(schema, <u32>end, 40);
  let at = skipBlanks(text);
  if (load<u8>(at) != 0x7b) return LEFT;
  at = skipBlanks(at + 1);
  if (load<u8>(at) == 0x7d) at++;
  else {
    for (let position: u32 = 0; ; position++) {
      if (load<u8>(at) != 0x22) return LEFT;
      const key = at + 1;
      const keyEnd = endOfText(key, schema);
      if (keyEnd == NOWHERE) return LEFT;
      const number = fieldOf(schema, key, <u32>(keyEnd - key), position);
      at = skipBlanks(keyEnd + 1);
      if (load<u8>(at) != 0x3a) return LEFT;
      at = skipBlanks(at + 1);
      at = number < 0 ? skipValue(at, schema) : readField(at, schema, <u32>number);
      if (at == NOWHERE) return LEFT;
      if (at == NO_ROOM) return FULL;
      at = skipBlanks(at);
      const char = load<u8>(at);
      at++;
      if (char == 0x7d) break;
      if (char != 0x2c) return LEFT;
      at = skipBlanks(at);
    }
  }
  while (at < end && skipBlanks(at) != at) at++;
  if (at != end) return LEFT;
  return load<u32>(schema, 28) == 0 ? WHOLE : NOT_ASCII;
}

/**
 * Objects into columns, up to the first that is not plain. Of each object `ranges` has the position and the length. `columns` has, for each field, a column of its values
 * (numbers of texts as u32, others f64) and one of null flags (u8; texts have number 0 instead). `time` is the field that no row may lack.
 * @returns how many objects are rows now; `outcome` (u32) says why it ended: WHOLE at the end, else LEFT or FULL
 */
export function jsonRows(ranges: usize, n: u32, schema: usize, columns: usize, time: u32, outcome: usize): u32 {
  const tags = <usize>load<u32>(schema, 20);
  for (let row: u32 = 0; row < n; row++) {
    const text = <usize>load<u32>(ranges + (<usize>row << 3));
    const length = load<u32>(ranges + (<usize>row << 3), 4);
    const result = jsonRow(text, length, schema);
    const isRow = result == WHOLE || (result == NOT_ASCII && isUtf8(text, text + length));
    if (!isRow || load<u8>(tags + <usize>time) != HAS_VALUE) {
      store<i32>(outcome, result == FULL ? FULL : LEFT);
      return row;
    }
    putRow(row, schema, columns);
  }
  store<i32>(outcome, WHOLE);
  return n;
}
