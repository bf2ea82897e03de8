/** Text. Positions count UTF-16 units. @source Druid `Function.java`, `query/expression/*.java` */
import { likePattern } from '../../common/like-pattern.js';
import { linearRegex, RegexError } from '../../common/linear-regex.js';
import { asLong, asText } from '../coercion.js';
import { type Expr, type ExprType, type ExprValue, ExpressionError } from '../expr.js';
import { ANY, constant, type ExprFunction, strict } from './expr-function.js';
import { formatJava } from './java-format.js';
import { unknownLookup } from '../unknown-lookup.js';

const STRING = (): ExprType => 'STRING';
const LONG = (): ExprType => 'LONG';

/** Of texts to a text; null when any argument is. */
function ofTexts(names: readonly string[], count: number, apply: (...texts: string[]) => string | null): ExprFunction {
  return {
    names,
    arity: [count, count],
    outputType: STRING,
    bind: () => strict((values) => apply(...values.map((value) => asText(value)!))),
  };
}

const concat: ExprFunction = {
  names: ['concat'],
  arity: [0, ANY],
  outputType: STRING,
  bind: () => (values) => (values.length === 0 || values.includes(null) ? null : values.map(asText).join('')),
};

const format: ExprFunction = {
  names: ['format'],
  arity: [1, ANY],
  outputType: STRING,
  bind:
    () =>
    ([pattern, ...args]) => {
      const text = asText(pattern!);
      return text === null ? null : formatJava(text, args);
    },
};

const strlen: ExprFunction = {
  names: ['strlen'],
  arity: [1, 1],
  outputType: LONG,
  bind: () => strict(([value]) => BigInt(asText(value!)!.length)),
};

const strpos: ExprFunction = {
  names: ['strpos'],
  arity: [2, 3],
  outputType: LONG,
  bind: () =>
    strict(([text, needle, from]) => {
      const start = from === undefined ? 0 : Number(asLong(from) ?? 0n);
      return BigInt(asText(text!)!.indexOf(asText(needle!)!, Math.max(0, start)));
    }),
};

const substring: ExprFunction = {
  names: ['substring'],
  arity: [3, 3],
  outputType: STRING,
  bind: () =>
    strict(([value, from, count]) => {
      const text = asText(value!)!;
      const index = Number(asLong(from!) ?? 0n);
      const length = Number(asLong(count!) ?? 0n);
      if (index < 0 || index >= text.length) return null;
      return length < 0 ? text.slice(index) : text.slice(index, index + length);
    }),
};

function side(name: 'left' | 'right'): ExprFunction {
  return {
    names: [name],
    arity: [2, 2],
    outputType: STRING,
    bind: () =>
      strict(([value, count]) => {
        const n = wholeNumber(count!, name);
        if (n < 0) throw new ExpressionError(`Function[${name}] needs a positive integer as the second argument`);
        const text = asText(value!)!;
        return name === 'left' ? text.slice(0, n) : text.slice(Math.max(0, text.length - n));
      }),
  };
}

function wholeNumber(value: ExprValue, name: string): number {
  if (typeof value !== 'bigint') throw new ExpressionError(`Function[${name}] needs an integer as the second argument`);
  return Number(value);
}

const repeat: ExprFunction = {
  names: ['repeat'],
  arity: [2, 2],
  outputType: STRING,
  bind: () =>
    strict(([value, count]) => {
      const n = wholeNumber(count!, 'repeat');
      const text = asText(value!)!;
      if (n < 1) return null;
      if (text.length * n > MAX_TEXT)
        throw new ExpressionError(`Function[repeat] makes more than [${MAX_TEXT}] characters`);
      return text.repeat(n);
    }),
};

const MAX_TEXT = 16_777_216;

function pad(name: 'lpad' | 'rpad'): ExprFunction {
  return {
    names: [name],
    arity: [3, 3],
    outputType: STRING,
    bind: () =>
      strict(([value, length, padding]) => {
        const n = Number(asLong(length!) ?? 0n);
        const text = asText(value!)!;
        const fill = asText(padding!)!;
        if (n <= 0) return null;
        if (n > MAX_TEXT) throw new ExpressionError(`Function[${name}] makes more than [${MAX_TEXT}] characters`);
        if (text.length >= n || fill === '') return text.slice(0, n);
        return name === 'lpad' ? text.padStart(n, fill) : text.padEnd(n, fill);
      }),
  };
}

function trim(name: string, left: boolean, right: boolean): ExprFunction {
  return {
    names: [name],
    arity: [1, 2],
    outputType: STRING,
    bind: () =>
      strict(([value, chars]) => {
        const text = asText(value!)!;
        const cut = chars === undefined ? ' ' : asText(chars)!;
        let start = 0;
        let end = text.length;
        if (left) while (start < end && cut.includes(text[start]!)) start++;
        if (right) while (end > start && cut.includes(text[end - 1]!)) end--;
        return text.slice(start, end);
      }),
  };
}

const parseLong: ExprFunction = {
  names: ['parse_long'],
  arity: [1, 2],
  outputType: LONG,
  bind:
    () =>
    ([value, radix]) => {
      const text = asText(value!);
      const base = radix === undefined || radix === null ? 10 : Number(asLong(radix));
      return text === null ? null : longOfRadix(text, base);
    },
};

/** Java's `Long.parseLong` without its exceptions; radix 16 may begin with 0x. */
function longOfRadix(text: string, radix: number): bigint | null {
  const digits = radix === 16 && /^0x/i.test(text) ? text.slice(2) : text;
  const match = /^([+-]?)([0-9a-zA-Z]+)$/.exec(digits);
  if (match === null || radix < 2 || radix > 36 || digits.length > 66) return null;
  let value = 0n;
  for (const char of match[2]!) {
    const digit = Number.parseInt(char, 36);
    if (digit >= radix) return null;
    value = value * BigInt(radix) + BigInt(digit);
  }
  if (match[1] === '-') value = -value;
  return value === BigInt.asIntN(64, value) ? value : null;
}

function regexOf(pattern: string, fn: string): ReturnType<typeof linearRegex> {
  try {
    return linearRegex(pattern);
  } catch (error) {
    if (error instanceof RegexError)
      throw new ExpressionError(`Function[${fn}] pattern [${pattern}]: ${error.message}`);
    throw error;
  }
}

const regexpExtract: ExprFunction = {
  names: ['regexp_extract'],
  arity: [2, 3],
  outputType: STRING,
  bind: (args) => {
    const pattern = requiredText(args, 1, 'regexp_extract');
    const regex = regexOf(pattern, 'regexp_extract');
    const index = Number(asLong(constant(args, 2, 'regexp_extract')) ?? 0n);
    return ([value]) => regex.exec(asText(value!) ?? '')?.[index] ?? null;
  },
};

const regexpLike: ExprFunction = {
  names: ['regexp_like'],
  arity: [2, 2],
  outputType: LONG,
  bind: (args) => {
    const regex = regexOf(requiredText(args, 1, 'regexp_like'), 'regexp_like');
    return strict(([value]) => (regex.test(asText(value!)!) ? 1n : 0n));
  },
};

const regexpReplace: ExprFunction = {
  names: ['regexp_replace'],
  arity: [3, 3],
  outputType: STRING,
  bind: (args) => {
    const literal = args[1]?.kind === 'literal' ? asText(args[1].value) : null;
    const ready = literal === null ? null : regexOf(literal, 'regexp_replace');
    return strict(([value, pattern, replacement]) => {
      const regex = ready ?? regexOf(asText(pattern!)!, 'regexp_replace');
      try {
        return regex.replaceAll(asText(value!)!, asText(replacement!)!);
      } catch (error) {
        throw new ExpressionError(`Function[regexp_replace] ${(error as RegexError).message}`);
      }
    });
  },
};

function requiredText(args: readonly Expr[], index: number, fn: string): string {
  const value = constant(args, index, fn);
  if (value !== null && typeof value !== 'string')
    throw new ExpressionError(`Function[${fn}] pattern must be a STRING literal`);
  return value ?? '';
}

const like: ExprFunction = {
  names: ['like'],
  arity: [2, 3],
  outputType: LONG,
  bind: (args) => {
    const pattern = asText(constant(args, 1, 'like'));
    const escape = asText(constant(args, 2, 'like'));
    if (escape !== null && escape.length !== 1)
      throw new ExpressionError('Function[like] escape must be null or a single character');
    if (pattern === null) return () => null;
    const matcher = likePattern(pattern, escape);
    return strict(([value]) => (matcher.matches(asText(value!)!) ? 1n : 0n));
  },
};

function contains(name: string, ignoreCase: boolean): ExprFunction {
  return {
    names: [name],
    arity: [2, 2],
    outputType: LONG,
    bind: (args) => {
      const needle = asText(constant(args, 1, name));
      if (needle === null) return () => null;
      const wanted = ignoreCase ? needle.toLowerCase() : needle;
      return strict(([value]) => {
        const text = asText(value!)!;
        return (ignoreCase ? text.toLowerCase() : text).includes(wanted) ? 1n : 0n;
      });
    },
  };
}

const decodeBase64: ExprFunction = ofTexts(['decode_base64_utf8'], 1, (text) =>
  /^[A-Za-z0-9+/]*={0,2}$/.test(text) ? Buffer.from(text, 'base64').toString('utf8') : null,
);

const lookup: ExprFunction = {
  names: ['lookup'],
  arity: [2, 3],
  outputType: STRING,
  bind: (args, context) => {
    const name = asText(constant(args, 1, 'lookup'));
    const missing = asText(constant(args, 2, 'lookup'));
    if (name === null) throw new ExpressionError('Function[lookup] second argument must be a registered lookup name');
    const find = context.lookup(name);
    if (find === undefined) throw unknownLookup(name);
    return ([key]) => find(asText(key!)) ?? missing;
  },
};

export const stringFunctions: readonly ExprFunction[] = [
  concat,
  format,
  strlen,
  strpos,
  substring,
  side('left'),
  side('right'),
  repeat,
  pad('lpad'),
  pad('rpad'),
  trim('trim', true, true),
  trim('ltrim', true, false),
  trim('rtrim', false, true),
  parseLong,
  regexpExtract,
  regexpLike,
  regexpReplace,
  like,
  contains('contains_string', false),
  contains('icontains_string', true),
  decodeBase64,
  lookup,
  ofTexts(['replace'], 3, (text, pattern, replacement) => text.replaceAll(pattern, () => replacement)),
  ofTexts(['lower'], 1, (text) => text.toLowerCase()),
  ofTexts(['upper'], 1, (text) => text.toUpperCase()),
  ofTexts(['reverse'], 1, (text) => Array.from(text).reverse().join('')),
];
