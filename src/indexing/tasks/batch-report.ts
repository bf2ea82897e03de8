import type { SavedParseException } from '../batch/parse-exceptions.js';
import type { RowTotals } from '../intake/row-meters.js';

/** How far a batch task has come. */
export interface BatchProgress {
  readonly state?: 'NOT_STARTED' | 'BUILD_SEGMENTS' | 'COMPLETED';
  readonly rowStats?: RowTotals;
  readonly parseExceptions?: readonly SavedParseException[];
  readonly errorMsg?: string;
  readonly segmentsRead?: number;
  readonly segmentsPublished?: number;
}

const NO_ROWS: RowTotals = { processed: 0, processedBytes: 0, processedWithError: 0, thrownAway: 0, unparseable: 0 };

/** @source Druid `IngestionStatsAndErrorsTaskReport.java` */
export function taskReport(taskId: string, progress: BatchProgress): Readonly<Record<string, unknown>> {
  const { state = 'NOT_STARTED', rowStats, parseExceptions = [], errorMsg } = progress;
  return {
    ingestionStatsAndErrors: {
      type: 'ingestionStatsAndErrors',
      taskId,
      payload: {
        ingestionState: state,
        unparseableEvents: { buildSegments: parseExceptions },
        rowStats: { buildSegments: rowStats ?? NO_ROWS },
        errorMsg: errorMsg ?? null,
        segmentAvailabilityConfirmed: false,
        segmentAvailabilityWaitTimeMs: 0,
        recordsProcessed: null,
        segmentsRead: progress.segmentsRead ?? null,
        segmentsPublished: progress.segmentsPublished ?? null,
      },
    },
  };
}
