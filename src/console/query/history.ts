import type { Language } from './run-query.js';

/** A query that was run in this browser. */
export interface Past {
  readonly language: Language;
  readonly text: string;
  readonly atMs: number;
}

const KEY = 'millrace.history';
const KEPT = 100;

/** Newest first. */
export function readHistory(): readonly Past[] {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? '[]') as readonly Past[];
  } catch {
    return [];
  }
}

/** A query that is run again moves to the front. */
export function remember(past: Past): readonly Past[] {
  const others = readHistory().filter(({ language, text }) => language !== past.language || text !== past.text);
  const history = [past, ...others].slice(0, KEPT);
  localStorage.setItem(KEY, JSON.stringify(history));
  return history;
}
