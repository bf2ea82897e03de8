/** Where indexing says what happens: structured, one line for each change of state or failure. */
export type IndexingLog = (
  level: 'debug' | 'info' | 'warn' | 'error',
  message: string,
  fields?: Readonly<Record<string, unknown>>,
) => void;
