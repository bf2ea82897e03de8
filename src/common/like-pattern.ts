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

/** One character of a segment between `%`: null matches any. */
type Segment = readonly (string | null)[];

/**
 * SQL LIKE: `%` is any run of characters, `_` one character (a surrogate pair is one), the escape character takes the next one as it is.
 * The segments between `%` are looked for from left to right, each at its first place, so that no pattern takes more than
 * (length of text) x (length of pattern) steps.
 * @source Druid `LikeDimFilter.java`
 */
export function likePattern(pattern: string, escape: string | null): LikePattern {
  const segments = segmentsOf(pattern, escape);
  const hasAnyChar = segments.some((segment) => segment.includes(null));
  if (!hasAnyChar) {
    const literals = segments.map((segment) => segment.join(''));
    const [prefix = ''] = literals;
    if (literals.length === 1) return { matches: (value) => value === prefix, exact: prefix, parts: null };
    const parts = {
      prefix,
      middle: literals.slice(1, -1).filter((literal) => literal !== ''),
      suffix: literals.at(-1)!,
    };
    const isPlain = literals.every((literal) => Buffer.from(literal).toString() === literal);
    return { matches: (value) => matchesParts(value, parts), exact: null, parts: isPlain ? parts : null };
  }
  return { matches: (value) => matchesSegments(Array.from(value), segments), exact: null, parts: null };
}

function segmentsOf(pattern: string, escape: string | null): Segment[] {
  const segments: (string | null)[][] = [[]];
  let isEscaped = false;
  for (const char of pattern) {
    if (!isEscaped && char === escape) {
      isEscaped = true;
      continue;
    }
    if (!isEscaped && char === '%') segments.push([]);
    else segments.at(-1)!.push(!isEscaped && char === '_' ? null : char);
    isEscaped = false;
  }
  return segments;
}

function matchesParts(value: string, { prefix, middle, suffix }: LikeParts): boolean {
  if (value.length < prefix.length + suffix.length || !value.startsWith(prefix) || !value.endsWith(suffix))
    return false;
  let at = prefix.length;
  const end = value.length - suffix.length;
  for (const literal of middle) {
    const found = value.indexOf(literal, at);
    if (found < 0 || found + literal.length > end) return false;
    at = found + literal.length;
  }
  return true;
}

function matchesSegments(chars: readonly string[], segments: readonly Segment[]): boolean {
  const first = segments[0]!;
  const last = segments.at(-1)!;
  if (segments.length === 1) return chars.length === first.length && fitsAt(chars, 0, first);
  const end = chars.length - last.length;
  if (end < first.length || !fitsAt(chars, 0, first) || !fitsAt(chars, end, last)) return false;
  let at = first.length;
  for (let i = 1; i < segments.length - 1; i++) {
    const segment = segments[i]!;
    while (at + segment.length <= end && !fitsAt(chars, at, segment)) at++;
    if (at + segment.length > end) return false;
    at += segment.length;
  }
  return true;
}

function fitsAt(chars: readonly string[], at: number, segment: Segment): boolean {
  for (let i = 0; i < segment.length; i++) {
    if (segment[i] !== null && segment[i] !== chars[at + i]) return false;
  }
  return true;
}

/** The strings that begin with a text, as a range in UTF-16 order: from it to before this; null = no end. */
export function prefixEnd(prefix: string): string | null {
  for (let length = prefix.length; length > 0; length--) {
    const last = prefix.charCodeAt(length - 1);
    if (last < 0xffff) return prefix.slice(0, length - 1) + String.fromCharCode(last + 1);
  }
  return null;
}
