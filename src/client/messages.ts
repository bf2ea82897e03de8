import type { Delta } from './apply-delta.js';

/** The state that an answer is exact at. */
export interface LiveState {
  /** Metadata commit sequence number. */
  readonly s: number;
  /** By supervisor id: the stream and the offsets that the answer covers, every row below them and none beyond. */
  readonly offsets: Readonly<
    Record<
      string,
      {
        readonly stream: string;
        readonly incarnation: string;
        readonly partitions: Readonly<Record<string, number>>;
      }
    >
  >;
  /** ISO time of evaluation, by the server's clock. */
  readonly evaluatedAt: string;
}

/** Why there is no answer: the error body that the query would have got over HTTP. */
export interface LiveProblem {
  readonly error: string;
  readonly errorMessage: string | null;
  readonly errorCode?: string;
  readonly category?: string;
}

interface Answer {
  readonly id: string;
  readonly cursor: string;
  readonly state: LiveState;
  /** ISO time: the newest event that had been seen; null = none yet. */
  readonly watermark: string | null;
}

export type ServerMessage =
  | { readonly type: 'subscribed'; readonly id: string; readonly resumed: boolean }
  | (Answer & { readonly type: 'snapshot'; readonly result: readonly unknown[] })
  | (Answer & { readonly type: 'delta'; readonly from: string; readonly delta: Delta })
  | { readonly type: 'error'; readonly id: string | null; readonly error: LiveProblem }
  | { readonly type: 'unsubscribed'; readonly id: string }
  | { readonly type: 'pong' };
