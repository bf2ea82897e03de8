/** Where a source says what happens to it: structured, cheap to forward from a worker thread. */
export type StreamLog = (
  level: 'debug' | 'info' | 'warn' | 'error',
  message: string,
  fields?: Readonly<Record<string, unknown>>,
) => void;
