/** A compiled LIKE pattern; `exact` is the only string that can match when the pattern has no wildcard. */
export interface LikePattern {
  matches(value: string): boolean;
  readonly exact: string | null;
  /** The pattern as literals around `%`; null when it has none, has `_`, or has text that UTF-8 cannot hold. */
  readonly parts: LikeParts | null;
}

/** `prefix%middle%…%suffix`: the middle literals follow one another anywhere between the two ends. */
export interface LikeParts {
  readonly prefix: string;
  /** Not empty, each. */
  readonly middle: readonly string[];
  readonly suffix: string;
}

/**
 * SQL LIKE: `%` is any run of characters, `_` one character (a surrogate pair is one), the escape character takes the next one as it is.
 * @source Druid `LikeDimFilter.java`
 */
export function likePattern(pattern: string, escape: string | null): LikePattern {
  /** Text between wildcards `%`. */
  const literals = [''];
  let hasAnyChar = false;
  let source = '';
  let isEscaped = false;
  for (const char of pattern) {
    if (!isEscaped && char === escape) {
      isEscaped = true;
      continue;
    }
    if (!isEscaped && char === '%') {
      source += '.*';
      literals.push('');
    } else if (!isEscaped && char === '_') {
      source += '.';
      hasAnyChar = true;
    } else {
      source += char.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
      literals[literals.length - 1] += char;
    }
    isEscaped = false;
  }
  const [prefix = ''] = literals;
  if (literals.length === 1 && !hasAnyChar) {
    return { matches: (value) => value === prefix, exact: prefix, parts: null };
  }
  const regex = new RegExp(`^${source.replace(/(?:\.\*)+/g, '.*')}$`, 'su');
  const isPlain = !hasAnyChar && literals.every((literal) => Buffer.from(literal).toString() === literal);
  const parts = isPlain
    ? { prefix, middle: literals.slice(1, -1).filter((literal) => literal !== ''), suffix: literals.at(-1)! }
    : null;
  return { matches: (value) => regex.test(value), exact: null, parts };
}

/** The strings that begin with a text, as a range in UTF-16 order: from it to before `end`; null = no end. */
export function prefixEnd(prefix: string): string | null {
  for (let length = prefix.length; length > 0; length--) {
    const last = prefix.charCodeAt(length - 1);
    if (last < 0xffff) return prefix.slice(0, length - 1) + String.fromCharCode(last + 1);
  }
  return null;
}
