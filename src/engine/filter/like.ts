/** A compiled LIKE pattern; `exact` is the only string that can match when the pattern has no wildcard. */
export interface LikePattern {
  matches(value: string): boolean;
  readonly exact: string | null;
}

/**
 * SQL LIKE: `%` is any run of characters, `_` one character (a surrogate pair is one), the escape character takes the next one as it is.
 * @source Druid `LikeDimFilter.java`
 */
export function likePattern(pattern: string, escape: string | null): LikePattern {
  let exact: string | null = '';
  let source = '';
  let isEscaped = false;
  for (const char of pattern) {
    if (!isEscaped && char === escape) {
      isEscaped = true;
      continue;
    }
    if (!isEscaped && (char === '%' || char === '_')) {
      source += char === '%' ? '.*' : '.';
      exact = null;
    } else {
      source += char.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
      if (exact !== null) exact += char;
    }
    isEscaped = false;
  }
  const literal = exact;
  if (literal !== null) return { matches: (value) => value === literal, exact: literal };
  const regex = new RegExp(`^${source.replace(/(?:\.\*)+/g, '.*')}$`, 'su');
  return { matches: (value) => regex.test(value), exact: null };
}
