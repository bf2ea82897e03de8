/** What the main thread and the worker thread of an indexing task say to each other. Plain data only. */
import type { ArenaHandle } from '../../memory/memory-ref.js';
import type { DeadLetter } from '../../metadata/metadata-store.js';
import type { OffsetVector } from '../../metadata/offset-vector.js';
import type { SegmentBlocks } from '../../memory/block-ref.js';
import type { StreamSourceConfig } from '../../streams/open-source.js';
import type { StreamBounds } from '../../streams/stream-source.js';
import type { NamedLookups } from '../../query/native-query.js';
import type { PauseReason } from '../../protocol/group-activity.js';
import type { InputAccess } from '../input-access.js';
import type { ParseError } from '../intake/bad-records.js';
import type { MovingAverages, RowTotals } from '../intake/row-meters.js';
import type { SupervisorSpec } from '../spec/supervisor-spec.js';

/** Given to the worker thread at its start. */
export interface TaskConfig {
  readonly supervisorId: string;
  readonly group: number;
  readonly spec: SupervisorSpec;
  readonly source: StreamSourceConfig;
  readonly access: InputAccess;
  /** Committed offsets of this group; empty on a first start. */
  readonly committed: OffsetVector;
  /** Stream and incarnation that the committed offsets are of; undefined when none are stored for the supervisor. */
  readonly committedOf: { readonly stream: string; readonly incarnation: string } | undefined;
}

export type ToTask =
  /** The vector that the worker proposed is committed: read from there. */
  | { readonly kind: 'start' }
  | {
      readonly kind: 'view';
      readonly id: number;
      readonly from: OffsetVector;
      readonly columns: readonly string[] | null;
    }
  /** Close the current sequence and read on into the next one. */
  | { readonly kind: 'handoff' }
  /** Close the current sequence and read no more; answered by `ended`. */
  | { readonly kind: 'end' }
  | { readonly kind: 'published'; readonly sequence: number }
  /** The rows of a closed sequence are in a run on disk, too: its memory may be given back (`spill`). */
  | { readonly kind: 'merged'; readonly sequence: number }
  /** Nobody reads the memory of a spilled sequence any more. */
  | { readonly kind: 'free'; readonly sequence: number }
  /** There is no room on the disk, or there is again: while there is none, nothing is read. */
  | { readonly kind: 'diskFull'; readonly isFull: boolean }
  /** Lookups of transforms were written again. */
  | { readonly kind: 'lookups'; readonly lookups: NamedLookups }
  /** So many bytes of dead letters are stored. */
  | { readonly kind: 'lettersStored'; readonly bytes: number }
  /** Nobody needs the sequence's rows any more. */
  | { readonly kind: 'drop'; readonly sequence: number }
  /** New partitions whose start offsets are committed. */
  | { readonly kind: 'addPartitions'; readonly from: OffsetVector };

export type FromTask =
  /** The stream was found; `fresh` are partitions without a committed offset and where to start them. */
  | {
      readonly kind: 'positions';
      readonly stream: string;
      readonly incarnation: string;
      readonly from: OffsetVector;
      readonly fresh: OffsetVector;
    }
  | { readonly kind: 'newPartitions'; readonly fresh: OffsetVector }
  | ({ readonly kind: 'view'; readonly id: number } & TaskView)
  | ({ readonly kind: 'closed' } & ClosedSequence)
  /** Views that are sent from now on name the sequence in place of its rows, which are to be read from its run. */
  | { readonly kind: 'spill'; readonly sequence: number }
  /** Nothing is read any more; every closed sequence was sent before. */
  | { readonly kind: 'ended' }
  | { readonly kind: 'status'; readonly status: TaskProgress }
  /** Answered by `lettersStored`. */
  | { readonly kind: 'deadLetters'; readonly letters: readonly DeadLetter[]; readonly bytes: number }
  | { readonly kind: 'dataLoss'; readonly loss: DataLoss }
  /** The task cannot go on: too many bad records, or a bug. */
  | { readonly kind: 'failed'; readonly message: string }
  | {
      readonly kind: 'log';
      readonly level: 'debug' | 'info' | 'warn' | 'error';
      readonly message: string;
      readonly fields: Readonly<Record<string, unknown>>;
    };

/** Rows of the sequences from `from` on; `to` is exactly what the blocks and the runs hold. */
export type TaskView =
  | {
      readonly outcome: 'view';
      readonly blocks: readonly SegmentBlocks[];
      readonly arenas: readonly ArenaHandle[];
      readonly to: OffsetVector;
      /** Sequences that the blocks belong to. */
      readonly sequences: readonly number[];
      /** Sequences whose rows are in runs on disk, not in the blocks. */
      readonly spilled: readonly number[];
    }
  | { readonly outcome: 'refused'; readonly reason: string };

/** A sequence that takes no more rows: what is to be merged and published. */
export interface ClosedSequence {
  readonly sequence: number;
  /** Wall clock; shown as the version of its segments until they are published. */
  readonly startedAtMs: number;
  readonly from: OffsetVector;
  readonly to: OffsetVector;
  /** One per segment interval; none when every record was thrown away. */
  readonly segments: readonly SegmentBlocks[];
  readonly arenas: readonly ArenaHandle[];
  readonly numInputRows: number;
}

/** Rows that were to be read are not in the stream. */
export type DataLoss =
  | { readonly kind: 'outOfRange'; readonly partition: string; readonly wanted: number; readonly bounds: StreamBounds }
  /** The stored offsets are of another stream, or of an earlier life of it. */
  | { readonly kind: 'otherStream'; readonly stored: string; readonly found: string };

export interface TaskProgress {
  /** Until the current sequence is closed for its age. */
  readonly remainingMs: number;
  readonly startingOffsets: OffsetVector;
  readonly currentOffsets: OffsetVector;
  /** End of each partition as last heard. */
  readonly latestOffsets: OffsetVector;
  readonly totals: RowTotals;
  readonly movingAverages: MovingAverages;
  /** Nothing has come for as long as the spec's idleConfig says, and everything read is closed. */
  readonly isIdle: boolean;
  /** Rows of the sequence that is being read. */
  readonly currentRows: number;
  /** Memory of all sequences that are kept in it. */
  readonly usedBytes: number;
  /** Why nothing is read now, although there may be more. */
  readonly pausedFor: PauseReason | undefined;
  /** Connection trouble that is being retried. */
  readonly trouble: string | undefined;
  readonly parseErrors: readonly ParseError[];
}
