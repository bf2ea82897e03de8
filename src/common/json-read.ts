/** Reading JSON without losing bits of 64-bit integers. */
import { DruidError } from './druid-error.js';
import { JsonDouble } from './json-double.js';

/** Deepest nesting that a request may have. */
export const MAX_JSON_DEPTH = 200;

/** A number token with 16 or more digits is the only kind that can be an integer beyond 2^53. */
const LONG_RUN = /\d{16}/;
/** A number with a point or exponent, of which some are whole. */
const WHOLE_DOUBLE = /\d(?:\.0*(?![\d])|\.\d*[eE]|[eE][+-]?\d)/;
const STRING_OR_NUMBER = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/**
 * As `JSON.parse`, but integers beyond ±2^53 become bigint. Plain requests cost one scan more than `JSON.parse`.
 * @throws DruidError INVALID_INPUT when the text is not JSON (in Druid's envelope for that), or nests deeper than `MAX_JSON_DEPTH`
 */
export function parseJson(text: string): unknown {
  const value = parseText(text);
  assertJsonDepth(value);
  return LONG_RUN.test(text) ? parseExact(text) : value;
}

/** Whether `parseTypedJson` may give a `JsonDouble`. */
export function hasWholeDoubles(text: string): boolean {
  return WHOLE_DOUBLE.test(text);
}

/**
 * As `parseJson`, and a number that is written as a double but whole is a `JsonDouble`.
 * @throws DruidError INVALID_INPUT as there
 */
export function parseTypedJson(text: string): unknown {
  const value = parseText(text);
  assertJsonDepth(value);
  return LONG_RUN.test(text) || hasWholeDoubles(text) ? parseExact(text, true) : value;
}

function parseText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const legacy = { error: 'Unknown exception', errorClass: 'com.fasterxml.jackson.core.JsonParseException' };
    throw new DruidError((cause as SyntaxError).message, { category: 'INVALID_INPUT', cause, legacy });
  }
}

/** @throws DruidError INVALID_INPUT when arrays and objects nest deeper than `MAX_JSON_DEPTH` */
export function assertJsonDepth(value: unknown): void {
  if (isDeeperThan(value, MAX_JSON_DEPTH)) {
    throw new DruidError(`Request nests deeper than [${MAX_JSON_DEPTH}] levels`, { category: 'INVALID_INPUT' });
  }
}

/** Whether arrays and objects nest in more levels than `limit`. */
export function isDeeperThan(value: unknown, limit: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (limit === 0) return true;
  const members: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
  for (const member of members) {
    if (typeof member === 'object' && isDeeperThan(member, limit - 1)) return true;
  }
  return false;
}

/** Node 20 gives revivers no source text, so large integers travel through the parser as marked strings. */
function parseExact(text: string, keepsDoubles = false): unknown {
  let mark = '\u00a7int:';
  while (text.includes(mark)) mark += ':';
  let found = false;
  const marked = text.replace(STRING_OR_NUMBER, (token) => {
    if (token.startsWith('"')) return token;
    const number = Number(token);
    const isInteger = /^-?\d+$/.test(token);
    if (isInteger ? Number.isSafeInteger(number) : !keepsDoubles || !Number.isInteger(number)) return token;
    found = true;
    return `"${mark}${token}"`;
  });
  return JSON.parse(marked, (_key, value: unknown) => {
    return found && typeof value === 'string' && value.startsWith(mark) ? exact(value.slice(mark.length)) : value;
  });
}

function exact(token: string): bigint | JsonDouble {
  return /^-?\d+$/.test(token) ? BigInt(token) : new JsonDouble(Number(token));
}
