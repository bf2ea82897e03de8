/** Events of the second that starts at `startMs`, by the server's clock. */
export interface SecondCount {
  readonly startMs: number;
  readonly count: number;
}

const SECOND_MS = 1000;

/**
 * The seconds that lie wholly in [fromMs, toMs), the oldest first. Those without a count have zero: an answer leaves out what lies
 * before the first and after the last event.
 */
export function completeSeconds(counts: ReadonlyMap<number, number>, fromMs: number, toMs: number): SecondCount[] {
  const seconds: SecondCount[] = [];
  const first = Math.ceil(fromMs / SECOND_MS) * SECOND_MS;
  for (let startMs = first; startMs + SECOND_MS <= toMs; startMs += SECOND_MS) {
    seconds.push({ startMs, count: counts.get(startMs) ?? 0 });
  }
  return seconds;
}
