/** Java's `String.format`, as Druid's non-strict form of it. @source `java.util.Formatter`, Druid `StringUtils#nonStrictFormat` */
import { asDouble, asLong, asText } from '../coercion.js';
import type { ExprValue } from '../expr.js';

const SPEC = /%(?:(\d+)\$)?([-#+ 0,(]*)(\d+)?(?:\.(\d+))?([a-zA-Z%])/g;

/** A bad pattern, or an argument of the wrong kind, gives pattern and arguments joined by `; ` instead of an error. */
export function formatJava(pattern: string, args: readonly ExprValue[]): string {
  try {
    return formatStrict(pattern, args);
  } catch {
    return [pattern, ...args.map((arg) => asText(arg) ?? 'null')].join('; ');
  }
}

class BadFormat extends Error {}

function formatStrict(pattern: string, args: readonly ExprValue[]): string {
  let next = 0;
  let last = 0;
  let text = '';
  for (const match of pattern.matchAll(SPEC)) {
    const between = pattern.slice(last, match.index);
    if (between.includes('%')) throw new BadFormat();
    last = match.index + match[0].length;
    const [, place, flags = '', width, precision, conversion = 's'] = match;
    text += between;
    if (conversion === 'n') text += '\n';
    else if (conversion === '%') text += padded('%', flags, width);
    else {
      const index = place === undefined ? next++ : Number(place) - 1;
      if (index < 0 || index >= args.length) throw new BadFormat();
      text += padded(convert(args[index]!, conversion, flags, precision, width), flags, width);
    }
  }
  const rest = pattern.slice(last);
  if (rest.includes('%')) throw new BadFormat();
  return text + rest;
}

function convert(
  value: ExprValue,
  conversion: string,
  flags: string,
  precision: string | undefined,
  width: string | undefined,
): string {
  const upper = conversion !== conversion.toLowerCase();
  const text = convertLower(value, conversion.toLowerCase(), flags, precision, width);
  return upper ? text.toUpperCase() : text;
}

function convertLower(
  value: ExprValue,
  conversion: string,
  flags: string,
  precision: string | undefined,
  width: string | undefined,
): string {
  if (conversion === 's' || conversion === 'b') {
    const text = conversion === 's' ? (asText(value) ?? 'null') : String(value !== null);
    return precision === undefined ? text : text.slice(0, Number(precision));
  }
  if (value === null) return 'null';
  switch (conversion) {
    case 'd':
      if (typeof value !== 'bigint') throw new BadFormat();
      return signed(value < 0n, grouped(String(value < 0n ? -value : value), flags), flags, width);
    case 'x':
    case 'o':
      if (typeof value !== 'bigint') throw new BadFormat();
      return zeroFilled(BigInt.asUintN(64, value).toString(conversion === 'x' ? 16 : 8), flags, width);
    case 'c':
      return String.fromCodePoint(Number(asLong(value) ?? 0n));
    case 'f':
    case 'e':
    case 'g':
      if (typeof value !== 'number') throw new BadFormat();
      return real(value, conversion, Number(precision ?? 6), flags, width);
    default:
      throw new BadFormat();
  }
}

function real(value: number, conversion: string, precision: number, flags: string, width: string | undefined): string {
  const x = asDouble(value)!;
  if (!Number.isFinite(x)) return Number.isNaN(x) ? 'NaN' : x > 0 ? 'Infinity' : '-Infinity';
  const magnitude = Math.abs(x);
  const text =
    conversion === 'f' ? magnitude.toFixed(Math.min(100, precision)) : scientific(magnitude, precision, conversion);
  return signed(x < 0 || Object.is(x, -0), grouped(text, flags), flags, width);
}

function scientific(magnitude: number, precision: number, conversion: string): string {
  if (conversion === 'g' && magnitude >= 1e-4 && magnitude < 10 ** precision) {
    return magnitude.toPrecision(Math.max(1, precision));
  }
  const digits = conversion === 'g' ? Math.max(0, precision - 1) : precision;
  return magnitude.toExponential(Math.min(100, digits)).replace(/e([+-])(\d)$/, 'e$10$2');
}

function grouped(text: string, flags: string): string {
  if (!flags.includes(',')) return text;
  const [whole = '', fraction] = text.split('.');
  const groups = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? groups : `${groups}.${fraction}`;
}

function signed(isNegative: boolean, magnitude: string, flags: string, width: string | undefined): string {
  const sign = isNegative ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '';
  if (isNegative && flags.includes('(')) return `(${magnitude})`;
  if (!flags.includes('0') || width === undefined) return sign + magnitude;
  return sign + magnitude.padStart(Number(width) - sign.length, '0');
}

function zeroFilled(text: string, flags: string, width: string | undefined): string {
  return flags.includes('0') && width !== undefined ? text.padStart(Number(width), '0') : text;
}

function padded(text: string, flags: string, width: string | undefined): string {
  if (width === undefined) return text;
  return flags.includes('-') ? text.padEnd(Number(width)) : text.padStart(Number(width));
}
