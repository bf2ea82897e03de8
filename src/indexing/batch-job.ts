import type { SavedParseException } from './batch/parse-exceptions.js';
import type { InputAccess } from './input-access.js';
import type { BuiltSegment } from './push.js';
import type { RowTotals } from './row-meters.js';
import type { BatchSpec } from './spec/batch-spec.js';

/** What a batch thread is given. */
export interface BatchJob {
  readonly spec: BatchSpec;
  readonly access: InputAccess;
  readonly tempDir: string;
  /** Local copies of the stored segments that are read again. */
  readonly storedInputs: readonly string[];
}

export type FromBatch =
  | {
      readonly kind: 'done';
      readonly segments: readonly BuiltSegment[];
      readonly rowStats: RowTotals;
      readonly parseExceptions: readonly SavedParseException[];
    }
  /** Now and then. */
  | { readonly kind: 'progress'; readonly rowStats: RowTotals }
  | { readonly kind: 'log'; readonly message: string }
  | { readonly kind: 'failed'; readonly message: string };
