import { DruidError, invalidInput } from '../../common/druid-error.js';
import type { OffsetsRow, StoredDeadLetter, TaskRow } from '../../metadata/metadata-store.js';
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
  readonly letters: readonly WantedLetter[] | null;
}

interface WantedLetter {
  readonly partition: string;
  readonly offset: number;
  /** Absent: of all streams that had the name. */
  readonly incarnation?: string;
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
  const all = await services.store.deadLetters(supervisorId, MAX_LETTERS);
  const letters = all.filter((letter) => isSettled(letter, stream?.offsets) && isWanted(letter, wanted));
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
    isObject(key) &&
    typeof key['partition'] === 'string' &&
    Number.isSafeInteger(key['offset']) &&
    (key['incarnation'] === undefined || typeof key['incarnation'] === 'string');
  if (letters !== undefined && letters !== null && !(Array.isArray(letters) && letters.every(isKey)))
    throw invalidInput(
      'letters must be a list of {"partition": "0", "offset": 0}, each with its incarnation if need be',
    );
  return {
    type: REPLAY_TASK,
    supervisorId,
    dataSource,
    letters: (letters ?? null) as ReplayPayload['letters'],
  };
}

/** A record beyond what is committed may be read again after a crash, and come back as the same letter. */
function isSettled({ incarnation, partition, offset }: StoredDeadLetter, offsets: OffsetsRow | undefined): boolean {
  if (offsets === undefined) return false;
  const isGone = incarnation !== '' && offsets.incarnation !== '' && incarnation !== offsets.incarnation;
  return isGone || offset < (offsets.partitions[partition] ?? 0);
}

function isWanted(letter: StoredDeadLetter, wanted: ReplayPayload['letters']): boolean {
  const isNamed = ({ partition, offset, incarnation = letter.incarnation }: WantedLetter): boolean =>
    partition === letter.partition && offset === letter.offset && incarnation === letter.incarnation;
  return wanted === null || wanted.some(isNamed);
}
