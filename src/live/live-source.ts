import type { AnswerState } from '../protocol/leaf.js';
import type { LiveRow } from './live-rows.js';

/** The rows of an answer, with the state that they are exact at. */
export interface LiveAnswer {
  readonly rows: readonly LiveRow[];
  readonly state: AnswerState;
  /** Epoch ms: the newest event time that had been seen before the answer was made; null = no event yet. */
  readonly watermarkMs: number | null;
}

/** What a subscription watches. */
export interface LiveSource {
  /** Equal for what gives the same answers: it is evaluated once for all who watch it. */
  readonly key: string;
  /** `signal` aborts when nobody waits for the answer any more. */
  evaluate(signal: AbortSignal): Promise<LiveAnswer>;
}
