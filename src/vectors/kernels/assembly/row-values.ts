// Values of a stream's records as the fields of a schema: texts become dictionary numbers, numbers and times f64. What JSON and delimited lines share.
//
// Schema, u32 words: number of fields, fields, order, powers of ten (f64), values (f64), tags (u8), field whose dictionary is full, whether
// a byte is not ASCII, room for one f64, unused, end of the text.
// Field, 16 bytes: key, length of the key, kind, dictionary. Keys are followed by 8 bytes of any kind.
// Dictionary, u32 words: slots, mask, hashes, offsets, bytes, size, capacity, capacity in bytes. A value's slot is the first free one from its hash on; hashes and offsets are by number.

export const LEFT: i32 = 0;
export const WHOLE: i32 = 1;
export const NOT_ASCII: i32 = 2;
export const FULL: i32 = 3;

export const TEXT: u32 = 1;
export const INTEGER: u32 = 2;
export const REAL: u32 = 3;
export const ISO_TIME: u32 = 4;
export const MILLIS: u32 = 5;
export const AUTO_TIME: u32 = 6;
export const SECONDS: u32 = 7;
export const DATE: u32 = 8;

export const HAS_VALUE: u8 = 1;
export const IS_NULL: u8 = 2;

/** In place of a position: not plain, dictionary is full. No text begins there. */
export const NOWHERE: usize = 0;
export const NO_ROOM: usize = 1;

const MAX_SAFE: f64 = 9007199254740991;
/** Far beyond any time, and well within a safe integer. */
const MAX_TIME: f64 = 4e15;

@inline
export function isSame(a: usize, b: usize, length: u32): bool {
  while (length >= 8) {
    if (load<u64>(a) != load<u64>(b)) return false;
    a += 8;
    b += 8;
    length -= 8;
  }
  return length == 0 || ((load<u64>(a) ^ load<u64>(b)) & ((<u64>1 << (length << 3)) - 1)) == 0;
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
export function numberOf(dictionary: usize, at: usize, length: u32): u32 {
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
export function readNumber(at: usize, powers: usize, out: usize): usize {
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
export function readTimeText(at: usize, length: u32, kind: u32, out: usize): bool {
  if (kind == DATE) return readDate(at, length, out);
  return (kind == ISO_TIME || kind == AUTO_TIME) && readTime(at, length, out);
}

@inline
function isWhole(value: f64): bool {
  return trunc(value) == value && abs(value) <= MAX_SAFE;
}

@inline
export function readNumberField(at: usize, schema: usize, kind: u32, out: usize): usize {
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

/** Whether bytes from `at` to `end` are UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF. */
@inline
export function isUtf8(at: usize, end: usize): bool {
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
export function putRow(row: u32, schema: usize, columns: usize): void {
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
