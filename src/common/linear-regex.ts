/**
 * Regular expressions of users in Java's syntax, run by RE2: in time linear in the text, whatever the pattern. What cannot run so
 * (lookaround, back references, possessive quantifiers) is refused.
 */
import { createRequire } from 'node:module';
import type { RE2JS as Re2Pattern } from 're2js';

export interface LinearRegex {
  /** Java's `find()`: matches anywhere. */
  test(text: string): boolean;
  /** Groups of the first match, 0 = the whole; a group that took no part is null. Null without a match. */
  exec(text: string): (string | null)[] | null;
  /** Java's `replaceAll`, with `$1` and `${name}` for groups and a backslash before what is itself.
   * @throws RegexError where the replacement names a group that there is none of
   */
  replaceAll(text: string, replacement: string): string;
  /** Java's `String.split`: empty texts at the end are left out. */
  split(text: string): string[];
}

/** Why a pattern cannot be used. */
export class RegexError extends Error {
  override readonly name = 'RegexError';
}

const MAX_KEPT = 1000;
const kept = new Map<string, LinearRegex>();
let library: typeof import('re2js') | undefined;

/** @throws RegexError */
export function linearRegex(pattern: string): LinearRegex {
  let regex = kept.get(pattern);
  if (regex === undefined) {
    regex = compile(pattern);
    if (kept.size >= MAX_KEPT) kept.clear();
    kept.set(pattern, regex);
  }
  return regex;
}

function compile(pattern: string): LinearRegex {
  // Loaded on first use: most processes never need it, and it would cost start-up.
  library ??= createRequire(import.meta.url)('re2js') as typeof import('re2js');
  const { RE2JS } = library;
  const re2 = orRegexError(() => RE2JS.compile(pattern));
  return {
    test: (text) => re2.test(text),
    exec: (text) => {
      const matcher = re2.matcher(text);
      if (!matcher.find()) return null;
      return Array.from({ length: matcher.groupCount() + 1 }, (_, i) => matcher.group(i) ?? null);
    },
    replaceAll: (text, replacement) => orRegexError(() => re2.matcher(text).replaceAll(replacement, true)),
    split: (text) => splitText(re2, text),
  };
}

function orRegexError<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw new RegexError(error instanceof Error ? error.message : String(error));
  }
}

function splitText(re2: Re2Pattern, text: string): string[] {
  const parts: string[] = [];
  const matcher = re2.matcher(text);
  let from = 0;
  while (matcher.find()) {
    // A match without width at the beginning gives no empty first part.
    if (matcher.end() === 0) continue;
    parts.push(text.slice(from, matcher.start()));
    from = matcher.end();
  }
  if (parts.length === 0) return [text];
  parts.push(text.slice(from));
  while (parts.length > 0 && parts.at(-1) === '') parts.pop();
  return parts;
}
