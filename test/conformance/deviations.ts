import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where Millrace answers otherwise than Druid on purpose or for want of a part; docs/deviations.md argues for each. */
export interface Deviations {
  /** Reason by group: its failures are counted, but fail nothing. */
  readonly notYetServed: Readonly<Record<string, string>>;
  /** Reason by `group/name`: the case must differ, so that the list stays true. */
  readonly cases: Readonly<Record<string, string>>;
}

export function readDeviations(): Deviations {
  return JSON.parse(readFileSync(join(import.meta.dirname, 'deviations.json'), 'utf8')) as Deviations;
}
