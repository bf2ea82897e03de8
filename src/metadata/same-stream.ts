interface StreamName {
  readonly stream: string;
  readonly incarnation: string;
}

/**
 * Whether offsets of one stream mean the same rows in another. What was stored before a server told ids of its topics has no id at its end: it is
 * taken for the topic that there is now, as it was then.
 */
export function isSameStream(stored: StreamName, found: StreamName): boolean {
  if (stored.stream !== found.stream) return false;
  return stored.incarnation === found.incarnation || found.incarnation.startsWith(`${stored.incarnation}:`);
}
