const INITIAL_CAPACITY = 16;
const LOAD_FACTOR = 0.75;

/**
 * Distinct texts in the order in which a Java `HashSet` gives them that grew by adding these one by one: some of Druid's lists have it,
 * and clients that compare them see no difference. (Buckets of nine or more become trees in Java; their order is not followed.)
 */
export function javaHashOrder(texts: Iterable<string>): string[] {
  const distinct = [...new Set(texts)];
  let capacity = INITIAL_CAPACITY;
  while (distinct.length > capacity * LOAD_FACTOR) capacity *= 2;
  const mask = capacity - 1;
  const buckets = distinct.map((text) => {
    const hash = javaHash(text);
    return [(hash ^ (hash >>> 16)) & mask, text] as const;
  });
  return buckets.sort(([a], [b]) => a - b).map(([, text]) => text);
}

/** `String.hashCode`. */
function javaHash(text: string): number {
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0;
  return hash;
}
