// One JSON object of a stream into the fields of a schema: texts become dictionary numbers, numbers and times f64. What is not plain (escapes, nested values,
// several values, other types than the field's) is left to the general parser: the function then answers LEFT. A zero byte lies somewhere behind the text, with 32 bytes after it, so
// that no loop need look for its end; what lies between is never taken into a dictionary.
//
// Schema, u32 words: number of fields, fields, order, powers of ten (f64), values (f64), tags (u8), field whose dictionary is full, whether
// a byte is not ASCII, room for one f64, unused, end of the text.
// Field, 16 bytes: key, length of the key, kind, dictionary. Keys are followed by 8 bytes of any kind.
// Dictionary, u32 words: slots, mask, hashes, offsets, bytes, size, capacity, capacity in bytes. A value's slot is the first free one from its hash on; hashes and offsets are by number.

const LEFT: i32 = 0;
const WHOLE: i32 = 1;
const NOT_ASCII: i32 = 2;
const FULL: i32 = 3;

const TEXT: u32 = 1;
const INTEGER: u32 = 2;
const REAL: u32 = 3;
const ISO_TIME: u32 = 4;
const MILLIS: u32 = 5;
const AUTO_TIME: u32 = 6;
const SECONDS: u32 = 7;
const DATE: u32 = 8;

const HAS_VALUE: u8 = 1;
const IS_NULL: u8 = 2;

/** In place of a position: not plain, dictionary is full. No text begins there. */
const NOWHERE: usize = 0;
const NO_ROOM: usize = 1;

const MAX_POSITIONS: u32 = 256;
const MAX_SAFE: f64 = 9007199254740991;
/** Far beyond any time, and well within a safe integer. */
const MAX_TIME: f64 = 4e15;

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

@inline
function isSame(a: usize, b: usize, length: u32): bool {
  while (length >= 8) {
    if (load<u64>(a) != load<u64>(b)) return false;
    a += 8;
    b += 8;
    length -= 8;
  }
  return length == 0 || ((load<u64>(a) ^ load<u64>(b)) & ((<u64>1 << (length << 3)) - 1)) == 0;
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
function hashOf(at: usize, length: u32): u64 {
  let hash: u64 = <u64>length * 0x9e3779b97f4a7c15;
  while (length >= 8) {
    hash = (hash ^ load<u64>(at)) * 0xd6e8feb86659fd93;
    hash ^= hash >> 32;
    at += 8;
    length -= 8;
  }
  if (length > 0) hash ^= load<u64>(at) & ((<u64>1 << (length << 3)) - 1);
  hash *= 0xd6e8feb86659fd93;
  hash ^= hash >> 32;
  hash *= 0x9e3779b97f4a7c15;
  return hash ^ (hash >> 32);
}

/** The number of a value, given now when it is new; 0 when there is no room. */
@inline
function numberOf(dictionary: usize, at: usize, length: u32): u32 {
  const slots = <usize>load<u32>(dictionary);
  const mask = load<u32>(dictionary, 4);
  const hashes = <usize>load<u32>(dictionary, 8);
  const offsets = <usize>load<u32>(dictionary, 12);
  const bytes = <usize>load<u32>(dictionary, 16);
  const hash = hashOf(at, length);
  const tag = <u32>hash;
  let slot = tag & mask;
  for (;;) {
    const number = load<u32>(slots + (<usize>slot << 2));
    if (number == 0) break;
    if (load<u32>(hashes + (<usize>number << 2)) == tag) {
      const start = load<u32>(offsets + (<usize>(number - 1) << 2));
      if (load<u32>(offsets + (<usize>number << 2)) - start == length && isSame(bytes + start, at, length)) return number;
    }
    slot = (slot + 1) & mask;
  }
  const size = load<u32>(dictionary, 20);
  const start = load<u32>(offsets + (<usize>size << 2));
  if (size == load<u32>(dictionary, 24) || start + length > load<u32>(dictionary, 28)) return 0;
  memory.copy(bytes + start, at, length);
  const number = size + 1;
  store<u32>(offsets + (<usize>number << 2), start + length);
  store<u32>(hashes + (<usize>number << 2), tag);
  store<u32>(slots + (<usize>slot << 2), number);
  store<u32>(dictionary, number, 20);
  return number;
}

/** Position behind a number whose value is put down, or NOWHERE when it cannot be had exactly by one operation. */
@inline
function readNumber(at: usize, powers: usize, out: usize): usize {
  const isNegative = load<u8>(at) == 0x2d;
  if (isNegative) at++;
  let digit: u32 = <u32>load<u8>(at) - 0x30;
  if (digit > 9) return NOWHERE;
  let mantissa: u64 = digit;
  let digits = 1;
  let exponent = 0;
  at++;
  digit = <u32>load<u8>(at) - 0x30;
  if (mantissa == 0 && digit <= 9) return NOWHERE;
  while (digit <= 9) {
    mantissa = mantissa * 10 + digit;
    digits++;
    digit = <u32>load<u8>(++at) - 0x30;
  }
  if (load<u8>(at) == 0x2e) {
    digit = <u32>load<u8>(++at) - 0x30;
    if (digit > 9) return NOWHERE;
    while (digit <= 9) {
      mantissa = mantissa * 10 + digit;
      digits++;
      exponent--;
      digit = <u32>load<u8>(++at) - 0x30;
    }
  }
  if ((load<u8>(at) | 0x20) == 0x65) {
    at++;
    const sign = load<u8>(at);
    if (sign == 0x2d || sign == 0x2b) at++;
    digit = <u32>load<u8>(at) - 0x30;
    if (digit > 9) return NOWHERE;
    let power = 0;
    while (digit <= 9) {
      if (power < 10000) power = power * 10 + digit;
      digit = <u32>load<u8>(++at) - 0x30;
    }
    exponent += sign == 0x2d ? -power : power;
  }
  // The mantissa may have wrapped beyond 18 digits; zero may have a sign.
  if (digits > 18 || mantissa > 9007199254740992 || (isNegative && mantissa == 0)) return NOWHERE;
  if (exponent < -22 || exponent > 22) return NOWHERE;
  let value = <f64>mantissa;
  if (exponent < 0) value /= load<f64>(powers + (<usize>-exponent << 3));
  else if (exponent > 0) value *= load<f64>(powers + (<usize>exponent << 3));
  store<f64>(out, isNegative ? -value : value);
  return at;
}

@inline
function twoDigits(at: usize): u32 {
  const tens: u32 = <u32>load<u8>(at) - 0x30;
  const ones: u32 = <u32>load<u8>(at, 1) - 0x30;
  return tens > 9 || ones > 9 ? 255 : tens * 10 + ones;
}

@inline
function daysInMonth(year: u32, month: u32): u32 {
  if (month == 2) return (year & 3) == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

/** Days since 1970 of a date of the proleptic Gregorian calendar. */
@inline
function epochDay(year: u32, month: u32, day: u32): i32 {
  const shifted = <i32>year - (month <= 2 ? 1 : 0);
  const era = (shifted >= 0 ? shifted : shifted - 399) / 400;
  const yearOfEra = shifted - era * 400;
  const monthFromMarch = <i32>(month + 9) % 12;
  const dayOfYear = (153 * monthFromMarch + 2) / 5 + <i32>day - 1;
  return era * 146097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719468;
}

/** `yyyy-MM-ddTHH:mm:ss`, `.SSS`, `Z`, the last two optional: whether it is such a time, whose epoch milliseconds are put down. */
@inline
function readTime(at: usize, length: u32, out: usize): bool {
  const end = length > 0 && load<u8>(at + length - 1) == 0x5a ? length - 1 : length;
  if (end != 19 && end != 23) return false;
  const century = twoDigits(at);
  const ofCentury = twoDigits(at + 2);
  const month = twoDigits(at + 5);
  const day = twoDigits(at + 8);
  const hour = twoDigits(at + 11);
  const minute = twoDigits(at + 14);
  const second = twoDigits(at + 17);
  if (century > 99 || ofCentury > 99 || month < 1 || month > 12 || hour > 23 || minute > 59 || second > 59) return false;
  const year = century * 100 + ofCentury;
  if (day < 1 || day > daysInMonth(year, month)) return false;
  if (load<u8>(at, 4) != 0x2d || load<u8>(at, 7) != 0x2d || load<u8>(at, 10) != 0x54) return false;
  if (load<u8>(at, 13) != 0x3a || load<u8>(at, 16) != 0x3a) return false;
  let millis: u32 = 0;
  if (end == 23) {
    const hundreds: u32 = <u32>load<u8>(at, 20) - 0x30;
    const rest = twoDigits(at + 21);
    if (load<u8>(at, 19) != 0x2e || hundreds > 9 || rest > 99) return false;
    millis = hundreds * 100 + rest;
  }
  const seconds = <i64>epochDay(year, month, day) * 86400 + <i64>((hour * 60 + minute) * 60 + second);
  store<f64>(out, <f64>(seconds * 1000 + <i64>millis));
  return true;
}

/** `yyyy-MM-dd`: whether it is such a date, whose epoch milliseconds are put down. */
@inline
function readDate(at: usize, length: u32, out: usize): bool {
  if (length != 10 || load<u8>(at, 4) != 0x2d || load<u8>(at, 7) != 0x2d) return false;
  const century = twoDigits(at);
  const ofCentury = twoDigits(at + 2);
  const month = twoDigits(at + 5);
  const day = twoDigits(at + 8);
  if (century > 99 || ofCentury > 99 || month < 1 || month > 12) return false;
  const year = century * 100 + ofCentury;
  if (day < 1 || day > daysInMonth(year, month)) return false;
  store<f64>(out, <f64>epochDay(year, month, day) * 86400000);
  return true;
}

@inline
function readTimeText(at: usize, length: u32, kind: u32, out: usize): bool {
  if (kind == DATE) return readDate(at, length, out);
  return (kind == ISO_TIME || kind == AUTO_TIME) && readTime(at, length, out);
}

@inline
function isWhole(value: f64): bool {
  return trunc(value) == value && abs(value) <= MAX_SAFE;
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

@inline
function readNumberField(at: usize, schema: usize, kind: u32, out: usize): usize {
  if (kind == TEXT || kind == ISO_TIME || kind == DATE) return NOWHERE;
  const next = readNumber(at, load<u32>(schema, 12), out);
  if (next == NOWHERE || kind == REAL) return next;
  const value = load<f64>(out);
  if (!isWhole(value)) return NOWHERE;
  if (kind == INTEGER) return next;
  const ms = kind == SECONDS ? value * 1000 : value;
  if (abs(ms) > MAX_TIME) return NOWHERE;
  store<f64>(out, ms);
  return next;
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

/** Whether bytes from `at` to `end` are UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF. */
@inline
function isUtf8(at: usize, end: usize): bool {
  while (at < end) {
    const lead: u32 = load<u8>(at++);
    if (lead < 0x80) continue;
    if (lead < 0xc2 || lead > 0xf4) return false;
    const more: usize = lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
    if (at + more > end) return false;
    const second: u32 = load<u8>(at);
    const least: u32 = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    const most: u32 = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (second < least || second > most) return false;
    for (let i: usize = 1; i < more; i++) if ((load<u8>(at + i) & 0xc0) != 0x80) return false;
    at += more;
  }
  return true;
}

/** The fields' values as one row of the columns. */
@inline
function putRow(row: u32, schema: usize, columns: usize): void {
  const count = load<u32>(schema);
  const fields = <usize>load<u32>(schema, 4);
  const values = <usize>load<u32>(schema, 16);
  const tags = <usize>load<u32>(schema, 20);
  for (let field: u32 = 0; field < count; field++) {
    const column = <usize>load<u32>(columns + (<usize>field << 3));
    const value = load<f64>(values + (<usize>field << 3));
    const isNull = load<u8>(tags + <usize>field) != HAS_VALUE;
    if (load<u32>(fields + (<usize>field << 4), 8) == TEXT) {
      store<u32>(column + (<usize>row << 2), isNull ? 0 : <u32>value);
    } else {
      store<f64>(column + (<usize>row << 3), isNull ? 0 : value);
      store<u8>(<usize>load<u32>(columns + (<usize>field << 3), 4) + <usize>row, <u8>isNull);
    }
  }
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

/** The text of a field as its value. @returns WHOLE, LEFT or FULL */
@inline
function readDelimited(at: usize, end: usize, schema: usize, number: u32): i32 {
  const kind = load<u32>(<usize>load<u32>(schema, 4) + (<usize>number << 4), 8);
  const out = <usize>load<u32>(schema, 16) + (<usize>number << 3);
  const length = <u32>(end - at);
  store<u8>(<usize>load<u32>(schema, 20) + <usize>number, HAS_VALUE);
  if (kind == TEXT) {
    const found = numberOf(load<u32>(<usize>load<u32>(schema, 4) + (<usize>number << 4), 12), at, length);
    store<f64>(out, <f64>found);
    if (found != 0) return WHOLE;
    store<u32>(schema, number, 24);
    return FULL;
  }
  if (kind == ISO_TIME || kind == AUTO_TIME || kind == DATE) return <i32>readTimeText(at, length, kind, out);
  if (length == 0 || (kind != REAL && !isDigits(at, end))) return LEFT;
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
