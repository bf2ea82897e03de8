/**
 * Messages from a broker to the nodes that hold data, in the process or over HTTP, and their answers.
 */
import type { Interval } from '../common/interval.js';
import type { OffsetVector } from '../metadata/offset-vector.js';
import type { Table } from '../vectors/table.js';

/** One stored segment; `clip` is the part that newer versions leave visible, null when they leave all of it. */
export interface SegmentTarget {
  readonly id: string;
  readonly clip: Interval | null;
}

/** Which rows a leaf is asked to cover. */
export type LeafTarget =
  /** Stored segments, each used at the query's S. */
  | { readonly kind: 'segments'; readonly segments: readonly SegmentTarget[] }
  /** The rows of one task group after the committed vector `from`, of exactly this lease epoch. */
  | {
      readonly kind: 'stream';
      readonly supervisorId: string;
      readonly group: number;
      readonly epoch: number;
      readonly from: OffsetVector;
    };

export interface LeafRequest<Plan> {
  readonly queryId: string;
  readonly dataSource: string;
  readonly plan: Plan;
  readonly target: LeafTarget;
  /** Epoch ms after which nobody waits for the answer; 0 = none. */
  readonly deadlineMs: number;
  readonly priority: number;
  /** Whether partials of single segments may come from the node's cache, and be kept in it. */
  readonly cache: { readonly use: boolean; readonly populate: boolean };
}

/**
 * `refused` means that the asked state is not served here (other epoch, sequence already dropped, unknown segment, shutting
 * down): the broker refreshes its view and asks again, or answers 503. Never a partial answer.
 */
export type LeafResponse =
  | {
      readonly kind: 'partial';
      readonly table: Table;
      /** Only for streams: rows up to here are in the table, none beyond. */
      readonly to?: OffsetVector;
      /** Rows looked at, for metrics. */
      readonly rowsScanned: number;
      /** Blocks of what was asked of the node. Absent = of a leaf that reads none. */
      readonly blocks?: BlockCounts;
      /** Of a scan whose plan has `skipRows`: rows that come before those of the table and were left out. Absent = 0. */
      readonly rowsSkipped?: number;
    }
  | { readonly kind: 'refused'; readonly reason: string };

/** How much of the data was left out by what is known of it: times, and least and greatest values. */
export interface BlockCounts {
  readonly read: number;
  /** Of the segments that the query's intervals reach, and that no cached partial stood for. */
  readonly all: number;
}

/** The state that an answer is exact at. Printed as header X-Millrace-State. */
export interface AnswerState {
  /** Metadata commit sequence number that the query was fixed to. */
  readonly s: number;
  /** Per supervisor id: the stream, its incarnation, and the vector that the answer covers (committed plus real-time rows). */
  readonly offsets: Readonly<
    Record<string, { readonly stream: string; readonly incarnation: string; readonly partitions: OffsetVector }>
  >;
  /** ISO time of evaluation. */
  readonly evaluatedAt: string;
}

/** A node that runs leaves: local or remote. */
export interface LeafClient<Plan> {
  run(request: LeafRequest<Plan>, signal: AbortSignal): Promise<LeafResponse>;
}
