import { ETERNITY } from '../../common/interval.js';
import { jsonText } from '../../common/json-write.js';
import type { NodeRow, TaskRow } from '../../metadata/metadata-store.js';
import { type MetadataView, STAGED_PREFIX } from '../../metadata/metadata-view.js';
import { PLANNED_ROWS_PATH } from '../../protocol/planned-rows.js';
import type { AnswerInput } from '../batch/batch-job.js';
import { type BatchServices, type Finished, runWork } from '../tasks/batch-runner.js';
import { type KillServices, killUnused } from '../tasks/kill-task.js';
import { type ExternalInput, separateInputs } from './external-input.js';
import { outputSpec } from './output-spec.js';
import { faultOf, QueryFault } from './query-fault.js';
import { type QueryProgress, queryReport, type StageProgress } from './query-report.js';
import { parseQueryTask, type QueryTaskSpec, replacedIntervals } from './query-task-spec.js';

export interface QueryTaskServices extends Omit<BatchServices, 'view'>, Omit<KillServices, 'store'> {
  readonly view: Pick<MetadataView, 'refresh' | 'visible' | 'stagedDataSources'>;
}

const NODE_AGE_MS = 15_000;
/** @source Druid `Limits.MAX_PARTITION_BUCKETS` */
const MAX_BUCKETS = 5_000;

/**
 * Runs a `query_controller` task: what is external is read into segments that only this task knows of, brokers answer the queries over them,
 * and the rows become segments that are published in one transaction.
 * @returns the task's report
 * @throws QueryFault why it failed; nothing is published then
 */
export async function runQueryTask(task: TaskRow, services: QueryTaskServices, signal: AbortSignal): Promise<unknown> {
  return new QueryTask(task, services, signal).run();
}

class QueryTask {
  readonly #task: TaskRow;
  readonly #services: QueryTaskServices;
  readonly #signal: AbortSignal;
  readonly #stages: StageProgress[] = [];
  readonly #startedAtMs: number;

  constructor(task: TaskRow, services: QueryTaskServices, signal: AbortSignal) {
    this.#task = task;
    this.#services = services;
    this.#signal = signal;
    this.#startedAtMs = services.clock.nowMs();
  }

  async run(): Promise<unknown> {
    let staged: readonly ExternalInput[] = [];
    try {
      await removeLeftOvers(this.#services, this.#signal);
      const spec = parseQueryTask(this.#task.payload);
      const prefix = `${STAGED_PREFIX}${this.#task.id}`;
      const { inputs, queries } = separateInputs(spec, (number) => `${prefix}-${number}`);
      staged = inputs;
      for (const input of inputs) await this.#stage(input, spec);
      const numSegments = await this.#write(spec, await this.#answers(queries.map((query) => jsonText(query))));
      return this.#report({ state: 'SUCCESS', numSegments });
    } catch (error) {
      const fault = faultOf(error, this.#signal);
      const report = this.#report({ state: 'FAILED', fault });
      await this.#services.store.updateTask(this.#task.id, { report }).catch(() => {});
      throw fault;
    } finally {
      for (const { dataSource } of staged) await this.#remove(dataSource);
    }
  }

  /** Brokers that are asked, one after another, for lines of rows. */
  async #answers(bodies: readonly string[]): Promise<AnswerInput> {
    const brokers = (await this.#services.store.liveNodes(NODE_AGE_MS)).filter(isBroker);
    if (brokers.length === 0) throw new QueryFault('UnknownError', 'No broker is there to answer the query');
    return { uris: brokers.map(({ host, port }) => `http://${host}:${port}${PLANNED_ROWS_PATH}`), bodies };
  }

  async #stage({ spec }: ExternalInput, { maxParseExceptions }: QueryTaskSpec): Promise<void> {
    const check = ({ rowStats, parseExceptions }: Finished): void => {
      if (rowStats.unparseable <= maxParseExceptions) return;
      const example = parseExceptions[0];
      throw new QueryFault(
        'CannotParseExternalData',
        `Unable to parse [${rowStats.unparseable}] rows: ${example?.details.join('; ') ?? 'see the log'}`,
      );
    };
    await this.#work('external', { spec, check });
  }

  async #write(spec: QueryTaskSpec, answers: AnswerInput): Promise<number> {
    const check = ({ rowStats, parseExceptions, segments }: Finished): void => {
      if (rowStats.thrownAway > 0)
        throw new QueryFault(
          'InsertTimeOutOfBounds',
          `Inserted data contains times outside the range of the OVERWRITE WHERE clause: [${rowStats.thrownAway}] rows`,
        );
      if (rowStats.unparseable > 0)
        throw new QueryFault(
          'InsertTimeNull',
          `Encountered a null timestamp in the __time field during INSERT or REPLACE: ${parseExceptions[0]?.details.join('; ') ?? ''}`,
        );
      if (segments.length === 0 && spec.failOnEmptyInsert)
        throw new QueryFault(
          'InsertCannotBeEmpty',
          `No rows to insert into data source [${spec.dataSource}]. Set failOnEmptyInsert : false if you want empty inserts to be allowed.`,
        );
      const buckets = new Set(segments.map(({ intervalStartMs }) => intervalStartMs)).size;
      if (buckets > MAX_BUCKETS)
        throw new QueryFault(
          'TooManyBuckets',
          `Too many partition buckets (max = ${MAX_BUCKETS}); try breaking your query up into smaller queries or using a wider PARTITIONED BY`,
        );
    };
    const replaced = replacedIntervals(spec);
    const publish = spec.replace === null ? undefined : () => ({ intervals: replaced });
    return this.#work('segments', { spec: outputSpec(spec), check, answers, ...(publish && { publish }) });
  }

  /** @returns how many segments were published */
  async #work(kind: StageProgress['kind'], work: Omit<Parameters<typeof runWork>[1], 'report'>): Promise<number> {
    const { clock } = this.#services;
    const at = this.#stages.length;
    let stage: StageProgress = { kind, startedAtMs: clock.nowMs(), endedAtMs: null };
    this.#stages.push(stage);
    const report = (progress: Partial<StageProgress>): unknown => {
      this.#stages[at] = stage = { ...stage, ...progress };
      return this.#report({ state: 'RUNNING' });
    };
    await runWork(this.#task, { ...work, report }, this.#services, this.#signal);
    report({ endedAtMs: clock.nowMs() });
    return stage.segmentsPublished ?? 0;
  }

  #report(end: Pick<QueryProgress, 'state' | 'fault' | 'numSegments'>): unknown {
    const progress = { startedAtMs: this.#startedAtMs, stages: this.#stages, ...end };
    return queryReport(this.#task.id, progress, this.#services.clock.nowMs());
  }

  /** What cannot be removed now is removed by the next task of this kind. */
  async #remove(dataSource: string): Promise<void> {
    try {
      await removeStaged(dataSource, this.#services, AbortSignal.timeout(REMOVE_LIMIT_MS));
    } catch (error) {
      const fields = { taskId: this.#task.id, dataSource, error: String(error) };
      this.#services.log('warn', 'Segments of external input could not be removed', fields);
    }
  }
}

const REMOVE_LIMIT_MS = 30_000;

function isBroker({ roles }: NodeRow): boolean {
  return roles.includes('broker');
}

async function removeStaged(dataSource: string, services: QueryTaskServices, signal: AbortSignal): Promise<void> {
  await services.store.retireSegments(dataSource, 'all');
  const all = { dataSource, interval: ETERNITY, versions: null, limit: Number.MAX_SAFE_INTEGER };
  await killUnused(all, services, signal);
}

/** Of tasks that ended with their node. */
async function removeLeftOvers(services: QueryTaskServices, signal: AbortSignal): Promise<void> {
  await services.view.refresh();
  for (const dataSource of services.view.stagedDataSources()) {
    const taskId = dataSource.slice(STAGED_PREFIX.length).replace(/-\d+$/, '');
    const owner = await services.store.task(taskId);
    if (owner?.state === 'RUNNING' || owner?.state === 'PENDING') continue;
    await removeStaged(dataSource, services, signal);
  }
}
