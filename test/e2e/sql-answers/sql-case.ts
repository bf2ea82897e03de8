/** A statement, its rows (as `resultFormat: array` has them) or the words of its refusal, and the context. */
export type SqlCase = readonly [
  sql: string,
  rows: readonly (readonly unknown[])[] | RegExp,
  context?: Readonly<Record<string, unknown>>,
];
