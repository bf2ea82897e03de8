import type { Interval } from '../common/interval.js';
import type {
  GroupByQuery,
  NativeQuery,
  ScanQuery,
  SearchQuery,
  SegmentMetadataQuery,
  TimeBoundaryQuery,
  TimeseriesQuery,
  TopNQuery,
  WindowOperatorQuery,
} from '../query/native-query.js';
import type { AnswerState, BlockCounts } from '../protocol/leaf.js';
import type { Table } from '../vectors/table.js';

export type AggregateQuery = TimeseriesQuery | TopNQuery | GroupByQuery;

/** What a query answered, before it is encoded for a client. */
export type AnswerBody =
  /** Ordered, limited final rows: `timestamp` (LONG), then outputs in declared order. */
  | {
      readonly kind: 'aggregate';
      readonly query: AggregateQuery;
      readonly table: Table;
      /** Start of the data that was looked at: the bucket that an empty topN over all time still names. Null: there is no data. */
      readonly dataStartMs: number | null;
    }
  /** Rows as they come; the last column of each table is `$segment`. */
  | { readonly kind: 'scan'; readonly query: ScanQuery; readonly batches: AsyncIterable<Table> }
  /** Rows with the columns of the query's signature. */
  | { readonly kind: 'rows'; readonly query: WindowOperatorQuery; readonly table: Table }
  /** Answers of several queries, one after another as they come. */
  | { readonly kind: 'union'; readonly bodies: AsyncIterable<AnswerBody> }
  /** Null times: no data. */
  | {
      readonly kind: 'timeBoundary';
      readonly query: TimeBoundaryQuery;
      readonly minTimeMs: number | null;
      readonly maxTimeMs: number | null;
    }
  | { readonly kind: 'dataSourceMetadata'; readonly maxIngestedEventTimeMs: number | null }
  | { readonly kind: 'segmentMetadata'; readonly query: SegmentMetadataQuery; readonly analyses: readonly unknown[] }
  | {
      readonly kind: 'search';
      readonly query: SearchQuery;
      readonly results: readonly { readonly timestampMs: number; readonly hits: readonly SearchHit[] }[];
    }
  /** Context `bySegment`: what each segment alone answers. */
  | {
      readonly kind: 'bySegment';
      readonly results: readonly {
        readonly segmentId: string;
        readonly interval: Interval;
        readonly body: WholeBody;
      }[];
    };

/** How whoever asks will show the answer. */
export interface AnswerForm {
  /** Rows of a scan may come as JSON text, made beside the data (engine/scan/read-rows.ts), where the query allows it. */
  readonly scanText?: true;
}

/** An answer that is held whole, of one query over whatever segments. */
export type WholeBody = Exclude<AnswerBody, { readonly kind: 'scan' | 'bySegment' | 'union' }>;

/** An answer that comes bit by bit: the query is not over before its last part is taken. */
export type StreamedBody = Extract<AnswerBody, { readonly kind: 'scan' | 'union' }>;

/** A value that a search found. */
export interface SearchHit {
  readonly dimension: string;
  readonly value: string | null;
  /** Rows that have it. */
  readonly count: number;
}

export interface QueryAnswer {
  readonly query: NativeQuery;
  readonly state: AnswerState;
  readonly body: AnswerBody;
  /** Rows that were looked at, for metrics. Of an answer that is streamed: until now. */
  readonly rowsScanned: number;
  readonly blocks: BlockCounts;
}
