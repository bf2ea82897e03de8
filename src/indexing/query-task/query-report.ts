import { formatIso } from '../../common/iso-time.js';
import type { BatchProgress } from '../tasks/batch-report.js';
import type { QueryFault } from './query-fault.js';

export interface StageProgress extends BatchProgress {
  /** What the stage does: `external` input that is read, or `segments` that are made of the query's rows. */
  readonly kind: 'external' | 'segments';
  readonly startedAtMs: number;
  /** null: goes on. */
  readonly endedAtMs: number | null;
}

export interface QueryProgress {
  readonly startedAtMs: number;
  /** In order; those that have begun. */
  readonly stages: readonly StageProgress[];
  readonly state: 'RUNNING' | 'SUCCESS' | 'FAILED';
  readonly fault?: QueryFault;
  readonly numSegments?: number;
}

const MAX_WARNINGS = 10;

/** The report of a `query_controller` task. @source Druid `MSQTaskReport.java`, `MSQStagesReport.java`, `CounterSnapshotsTree.java` */
export function queryReport(taskId: string, progress: QueryProgress, nowMs: number): unknown {
  const { startedAtMs, stages, state, fault, numSegments } = progress;
  const errorReport = fault && {
    taskId,
    error: { errorCode: fault.code, errorMessage: fault.detail },
  };
  return {
    multiStageQuery: {
      type: 'multiStageQuery',
      taskId,
      payload: {
        status: {
          status: state,
          ...(errorReport && { errorReport }),
          warnings: stages.flatMap((stage, number) => warnings(taskId, stage, number)),
          startTime: formatIso(startedAtMs),
          durationMs: nowMs - startedAtMs,
          pendingTasks: 0,
          runningTasks: state === 'RUNNING' ? 1 : 0,
          ...(numSegments !== undefined && {
            segmentReport: { shardSpec: 'NumberedShardSpec', details: `Segments published: [${numSegments}].` },
          }),
        },
        stages: stages.map((stage, number) => stageJson(taskId, stage, number, state, nowMs)),
        counters: Object.fromEntries(stages.map((stage, number) => [number, { '0': countersOf(stage) }])),
      },
    },
  };
}

function stageJson(
  taskId: string,
  stage: StageProgress,
  stageNumber: number,
  state: QueryProgress['state'],
  nowMs: number,
): unknown {
  const { kind, startedAtMs, endedAtMs } = stage;
  const open = state === 'FAILED' ? 'FAILED' : 'READING_INPUT';
  return {
    stageNumber,
    definition: {
      id: `${taskId}_${stageNumber}`,
      input: [kind === 'external' ? { type: 'external' } : { type: 'query' }],
      processor: { type: kind === 'external' ? 'scan' : 'segmentGenerator' },
      maxWorkerCount: 1,
    },
    phase: endedAtMs === null ? open : 'FINISHED',
    workerCount: 1,
    partitionCount: 1,
    startTime: formatIso(startedAtMs),
    duration: (endedAtMs ?? nowMs) - startedAtMs,
  };
}

function countersOf({ kind, rowStats, segmentsPublished }: StageProgress): unknown {
  const { processed = 0, processedWithError = 0, processedBytes = 0, thrownAway = 0, unparseable = 0 } = rowStats ?? {};
  const taken = processed + processedWithError;
  return {
    input0: { type: 'channel', rows: [taken + thrownAway + unparseable], bytes: [processedBytes] },
    ...(kind === 'external'
      ? { output: { type: 'channel', rows: [taken] } }
      : {
          segmentGenerationProgress: {
            type: 'segmentGenerationProgress',
            rowsProcessed: taken,
            rowsPersisted: segmentsPublished === undefined ? 0 : taken,
            rowsMerged: segmentsPublished === undefined ? 0 : taken,
            rowsPushed: segmentsPublished === undefined ? 0 : taken,
          },
        }),
    ...(unparseable > 0 && { warnings: { type: 'warnings', CannotParseExternalData: unparseable } }),
  };
}

function warnings(taskId: string, { kind, parseExceptions = [] }: StageProgress, stageNumber: number): unknown[] {
  if (kind !== 'external') return [];
  return parseExceptions.slice(0, MAX_WARNINGS).map(({ details }) => ({
    taskId,
    stageNumber,
    error: { errorCode: 'CannotParseExternalData', errorMessage: details.join('; ') },
  }));
}
