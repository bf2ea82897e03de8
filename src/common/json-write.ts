/** JSON text as Druid's Jackson writes it. */
import { doubleToString } from './java-number.js';
import { JsonDouble } from './json-double.js';

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what has to be escaped
const SPECIAL = /["\\\u0000-\u001f\ud800-\udfff]/;
const SPECIALS = new RegExp(SPECIAL.source, 'g');

const SHORT: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\f': '\\f',
  '\r': '\\r',
};

/** A quoted string: characters beyond the basic plane as two `\uXXXX` escapes, other non-ASCII ones as they are. */
export function jsonString(text: string): string {
  return SPECIAL.test(text) ? `"${text.replace(SPECIALS, escapeUnit)}"` : `"${text}"`;
}

function escapeUnit(unit: string): string {
  return SHORT[unit] ?? `\\u${unit.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
}

/** JSON of plain data in which a bigint is an integer of any size; undefined members are left out, in arrays null. */
export function jsonText(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return jsonString(value);
    case 'number':
      if (Number.isInteger(value)) return String(value);
      return Number.isFinite(value) ? doubleToString(value) : `"${value}"`;
    case 'bigint':
    case 'boolean':
      return String(value);
    case 'object':
      return value === null ? 'null' : objectText(value);
    default:
      return 'null';
  }
}

function objectText(value: object): string {
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`;
  if (value instanceof JsonDouble) return value.toString();
  if ('toJSON' in value && typeof value.toJSON === 'function') return jsonText(value.toJSON());
  const members: string[] = [];
  for (const [key, member] of Object.entries(value)) {
    if (member !== undefined) members.push(`${jsonString(key)}:${jsonText(member)}`);
  }
  return `{${members.join(',')}}`;
}
