// Lines of delimited fields into the fields of a schema (row-values.ts); quoted texts and lists are left to the general parser.
import {
  AUTO_TIME,
  DATE,
  FULL,
  HAS_VALUE,
  ISO_TIME,
  LEFT,
  REAL,
  TEXT,
  WHOLE,
  isUtf8,
  numberOf,
  putRow,
  readNumberField,
  readTimeText,
} from "./row-values";

/** First byte from `at` on that is one of three, or `end`; notes bytes that are not ASCII before it. */
@inline
function endOfField(at: usize, end: usize, delimiter: v128, list: v128, quote: v128, schema: usize): usize {
  while (at < end) {
    const chars = v128.load(at);
    const stops = i8x16.bitmask(
      v128.or(v128.or(i8x16.eq(chars, delimiter), i8x16.eq(chars, list)), i8x16.eq(chars, quote)),
    );
    const rest = end - at;
    const inside = rest < 16 ? (1 << <i32>rest) - 1 : 0xffff;
    const found = stops & inside;
    const before = found == 0 ? inside : (1 << ctz<i32>(found)) - 1;
    if ((i8x16.bitmask(chars) & before) != 0) store<u32>(schema, 1, 28);
    if (found != 0) return at + <usize>ctz<i32>(found);
    at += 16;
  }
  return end;
}

/** An integer has digits only: as text it may not have a fraction, whatever its value. */
@inline
function isDigits(at: usize, end: usize): bool {
  if (load<u8>(at) == 0x2d) at++;
  for (; at < end; at++) if (<u32>load<u8>(at) - 0x30 > 9) return false;
  return true;
}

/** The text of a field as its value; without a character, none. @returns WHOLE, LEFT or FULL */
@inline
function readDelimited(at: usize, end: usize, schema: usize, number: u32): i32 {
  const kind = load<u32>(<usize>load<u32>(schema, 4) + (<usize>number << 4), 8);
  const out = <usize>load<u32>(schema, 16) + (<usize>number << 3);
  const length = <u32>(end - at);
  if (length == 0) return WHOLE; // null
  store<u8>(<usize>load<u32>(schema, 20) + <usize>number, HAS_VALUE);
  if (kind == TEXT) {
    const found = numberOf(load<u32>(<usize>load<u32>(schema, 4) + (<usize>number << 4), 12), at, length);
    store<f64>(out, <f64>found);
    if (found != 0) return WHOLE;
    store<u32>(schema, number, 24);
    return FULL;
  }
  if (kind == ISO_TIME || kind == AUTO_TIME || kind == DATE) return <i32>readTimeText(at, length, kind, out);
  if (kind != REAL && !isDigits(at, end)) return LEFT;
  return <i32>(readNumberField(at, schema, kind, out) == end);
}

/**
 * As `jsonRows`, of lines of delimited fields. `positions` has the number of the field, or -1, for each of `numPositions` places in a line. `stops` are three bytes: the
 * delimiter, and two that a plain line does not have (those that begin a list or a quoted text); the delimiter again where there is none.
 */
export function delimitedRows(
  ranges: usize,
  n: u32,
  schema: usize,
  columns: usize,
  time: u32,
  outcome: usize,
  positions: usize,
  numPositions: u32,
  stops: u32,
): u32 {
  const tags = <usize>load<u32>(schema, 20);
  const delimiter = i8x16.splat(<i8>stops);
  const list = i8x16.splat(<i8>(stops >> 8));
  const quote = i8x16.splat(<i8>(stops >> 16));
  for (let row: u32 = 0; row < n; row++) {
    const text = <usize>load<u32>(ranges + (<usize>row << 3));
    const end = text + <usize>load<u32>(ranges + (<usize>row << 3), 4);
    memory.fill(tags, 0, load<u32>(schema));
    store<u32>(schema, 0, 28);
    let result = WHOLE;
    let at = text;
    for (let position: u32 = 0; result == WHOLE; position++) {
      const stop = endOfField(at, end, delimiter, list, quote, schema);
      if (stop < end && load<u8>(stop) != <u8>stops) result = LEFT;
      else if (position < numPositions) {
        const field = load<i32>(positions + (<usize>position << 2));
        if (field >= 0) result = readDelimited(at, stop, schema, <u32>field);
      }
      if (stop >= end) break;
      at = stop + 1;
    }
    const isRow = result == WHOLE && (load<u32>(schema, 28) == 0 || isUtf8(text, end));
    if (!isRow || load<u8>(tags + <usize>time) != HAS_VALUE) {
      store<i32>(outcome, result == FULL ? FULL : LEFT);
      return row;
    }
    putRow(row, schema, columns);
  }
  store<i32>(outcome, WHOLE);
  return n;
}
