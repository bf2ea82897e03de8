import type { Deviations } from './deviations.js';
import { BAD, type CaseResult, type Outcome } from './run-group.js';

const COLUMNS: readonly (readonly [Outcome, string])[] = [
  ['passed', 'passed'],
  ['failed', 'failed'],
  ['deviates', 'deviate'],
  ['stale', 'stale'],
  ['notYetServed', 'not yet served'],
  ['notRun', 'not run'],
];

/** One line: what came of a group. */
export function summary(name: string, results: readonly CaseResult[]): string {
  const counts = COLUMNS.flatMap(([outcome, label], i) => {
    const count = results.filter((result) => result.outcome === outcome).length;
    return i < 2 || count > 0 ? [`${String(count).padStart(4)} ${label}`] : [];
  });
  const messages = results.filter((result) => result.message !== undefined).length;
  if (messages > 0) counts.push(`${String(messages).padStart(4)} in other words`);
  return `${name.padEnd(20)}${counts.join('')}`;
}

/** What differs, case by case; `all` adds what fails nothing. */
export function details(results: readonly CaseResult[], all: boolean): readonly string[] {
  return results.flatMap(({ id, outcome, detail, message }) => {
    if (BAD.has(outcome)) {
      return [`    ${id}: ${outcome === 'stale' ? 'is listed as a deviation, but agrees' : detail}`];
    }
    if (!all) return [];
    if (message !== undefined) return [`    ${id}: (words) ${message}`];
    return outcome === 'notYetServed' || outcome === 'deviates' ? [`    ${id}: (${outcome}) ${detail}`] : [];
  });
}

/** The deviations that were met, with their reasons. */
export function deviationList(results: readonly CaseResult[], deviations: Deviations): readonly string[] {
  const met = results.filter((result) => result.outcome === 'deviates');
  return met.map(({ id }) => `    ${id}: ${deviations.cases[id]}`);
}
