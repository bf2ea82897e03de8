import type { OffsetVector } from '../metadata/offset-vector.js';

/** Counters of rows, as Druid names them. */
export interface RowCounts {
  readonly processed: number;
  readonly processedBytes: number;
  readonly processedWithError: number;
  readonly thrownAway: number;
  readonly unparseable: number;
}

export interface RecentError {
  readonly timestampMs: number;
  readonly exceptionClass: string;
  readonly message: string;
  /** The stream was at fault, not the data or the node. */
  readonly streamException: boolean;
}

/** What keeps a task group from reading. */
export type StreamTrouble = 'UNABLE_TO_CONNECT_TO_STREAM' | 'LOST_CONTACT_WITH_STREAM' | 'DATA_LOSS';

/**
 * What reading waits for: room on the disk, rows that queries do not need in memory any more, the publishing of what was read
 * (merges, deep storage, metadata), or the storing of bad records (metadata).
 */
export const PAUSE_REASONS = ['disk', 'memory', 'publishing', 'deadLetters'] as const;
export type PauseReason = (typeof PAUSE_REASONS)[number];

/** What the node that owns a task group says of it. */
export interface GroupActivity {
  readonly group: number;
  readonly taskId: string;
  readonly startTimeMs: number;
  /** Until the sequence is to be published. */
  readonly remainingMs: number;
  readonly startingOffsets: OffsetVector;
  readonly currentOffsets: OffsetVector;
  /** Ends of the partitions as last seen; absent before the first look. */
  readonly latestOffsets: OffsetVector | undefined;
  /** Sequences that are being merged, pushed or published. */
  readonly publishing: readonly PublishingSequence[];
  readonly trouble: StreamTrouble | undefined;
  /** Nothing has come for as long as idleConfig says. */
  readonly isIdle: boolean;
  /** Set while reading waits. */
  readonly pausedFor?: PauseReason | undefined;
  /** Of the rows that are in memory; those of published sequences that queries still need are among them. */
  readonly memoryBytes: number;
  /** Rows that queries read from sorted runs on the node's disk, for memory is short. */
  readonly spilled: { readonly sequences: number; readonly rows: number; readonly bytes: number };
  readonly totals: RowCounts;
  readonly movingAverages: Readonly<Record<'1m' | '5m' | '15m', RowCounts>>;
  readonly recentErrors: readonly RecentError[];
  /** Newest first, in Druid's shape. */
  readonly parseErrors: readonly unknown[];
}

export interface PublishingSequence {
  readonly id: string;
  readonly startTimeMs: number;
  readonly remainingMs: number;
  readonly startingOffsets: OffsetVector;
  readonly endOffsets: OffsetVector;
}
