import { DruidError, invalidInput } from '../../common/druid-error.js';
import type { DeadLetter, TaskRow } from '../../metadata/metadata-store.js';
import type { MetadataView } from '../../metadata/metadata-view.js';
import { type BatchServices, runWork } from './batch-runner.js';
import type { BatchSpec } from '../spec/batch-spec.js';
import { isObject } from '../spec/json-reader.js';
import { parseSupervisorSpec } from '../spec/supervisor-spec.js';

export const REPLAY_TASK = 'replay_dead_letters';

/** As it is submitted: all letters of a supervisor, or those named. */
export interface ReplayPayload {
  readonly type: typeof REPLAY_TASK;
  readonly supervisorId: string;
  readonly dataSource: string;
  readonly letters: readonly { readonly partition: string; readonly offset: number }[] | null;
}

const MAX_LETTERS = 10_000;

/**
 * Reads dead letters again with the spec that their supervisor has now. Letters whose rows are good now are removed in the transaction that
 * adds the rows, so that each counts once whatever fails; the others stay.
 * @returns the task's report
 */
export async function runReplay(
  task: TaskRow,
  services: BatchServices & { readonly view: Pick<MetadataView, 'supervisors' | 'streams'> },
  signal: AbortSignal,
): Promise<unknown> {
  const { supervisorId, letters: wanted } = readPayload(task.payload);
  await services.view.refresh();
  const row = services.view.supervisors().find((supervisor) => supervisor.id === supervisorId);
  if (row === undefined) throw new DruidError(`Supervisor [${supervisorId}] is gone`, { category: 'NOT_FOUND' });
  const { dataSchema, ioConfig, tuningConfig } = parseSupervisorSpec(row.spec);
  const stream = services.view.streams(row.dataSource).find((candidate) => candidate.supervisorId === supervisorId);
  const committed = stream?.offsets?.partitions ?? {};
  const all = await services.store.deadLetters(supervisorId, MAX_LETTERS);
  const letters = all.filter(
    (letter) =>
      // A record beyond what is committed may be read again after a crash, and come back as the same letter.
      letter.offset < (committed[letter.partition] ?? 0) && isWanted(letter, wanted),
  );
  const spec: BatchSpec = {
    type: 'index',
    dataSchema,
    inputSource: { type: 'inline', data: '' },
    inputFormat: ioConfig.inputFormat,
    appendToExisting: true,
    dropExisting: false,
    tuningConfig,
    context: {},
    source: {},
  };
  return runWork(
    task,
    { spec, letters, publish: ({ letters: done }) => ({ letters: { supervisorId, keys: done?.replayed ?? [] } }) },
    services,
    signal,
  );
}

export function readPayload(json: unknown): ReplayPayload {
  const payload = isObject(json) ? json : {};
  const { supervisorId, dataSource, letters } = payload;
  if (typeof supervisorId !== 'string' || typeof dataSource !== 'string')
    throw invalidInput(`Task [${REPLAY_TASK}] must have [supervisorId] and [dataSource]`);
  const isKey = (key: unknown): boolean =>
    isObject(key) && typeof key['partition'] === 'string' && Number.isSafeInteger(key['offset']);
  if (letters !== undefined && letters !== null && !(Array.isArray(letters) && letters.every(isKey)))
    throw invalidInput('letters must be a list of {"partition": "0", "offset": 0}');
  return {
    type: REPLAY_TASK,
    supervisorId,
    dataSource,
    letters: (letters ?? null) as ReplayPayload['letters'],
  };
}

function isWanted({ partition, offset }: DeadLetter, wanted: ReplayPayload['letters']): boolean {
  return wanted === null || wanted.some((key) => key.partition === partition && key.offset === offset);
}
