import type { Interval } from '../../common/interval.js';
import type { StoredDeadLetter } from '../../metadata/metadata-store.js';
import type { ReplayedLetters } from './replay-letters.js';
import type { SavedParseException } from './parse-exceptions.js';
import type { InputAccess } from '../input-access.js';
import type { BuiltSegment } from '../publish/push.js';
import type { RowTotals } from '../intake/row-meters.js';
import type { BatchSpec } from '../spec/batch-spec.js';

/** A local copy of a stored segment. */
export interface StoredInput {
  readonly directory: string;
  /** The part that newer segments leave visible; null = all. */
  readonly clip: Interval | null;
}

/** Lines of rows that a broker answers with. */
export interface AnswerInput {
  /** The same on several brokers, of which the first that can be reached is asked. */
  readonly uris: readonly string[];
  /** Requests, posted one after another. */
  readonly bodies: readonly string[];
}

/** What a batch thread is given. */
export interface BatchJob {
  readonly spec: BatchSpec;
  readonly access: InputAccess;
  readonly tempDir: string;
  /** Local copies of the stored segments that are read again. */
  readonly storedInputs: readonly StoredInput[];
  /** Read in place of the input source. */
  readonly letters?: readonly StoredDeadLetter[];
  /** Read in place of the input source. */
  readonly answers?: AnswerInput;
}

export type FromBatch =
  | {
      readonly kind: 'done';
      readonly segments: readonly BuiltSegment[];
      readonly rowStats: RowTotals;
      readonly parseExceptions: readonly SavedParseException[];
      readonly letters?: ReplayedLetters;
    }
  /** Now and then. */
  | { readonly kind: 'progress'; readonly rowStats: RowTotals }
  | { readonly kind: 'log'; readonly message: string }
  | { readonly kind: 'failed'; readonly message: string };
