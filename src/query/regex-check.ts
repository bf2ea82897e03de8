import { linearRegex, RegexError } from '../common/linear-regex.js';
import { refused } from './query-errors.js';

/** @throws DruidError INVALID_INPUT for a pattern that is none, or that cannot run in linear time */
export function assertRegex(pattern: string, javaClass: string): void {
  try {
    linearRegex(pattern);
  } catch (error) {
    if (!(error instanceof RegexError)) throw error;
    const isUnclosed = error.message.includes('missing closing )');
    throw refused(javaClass, isUnclosed ? `Unclosed group near index ${pattern.length}\n${pattern}` : error.message);
  }
}
