import { isUtf8 } from 'node:buffer';
import { formatIso } from '../../../common/iso-time.js';
import type { MetadataStore, StoredDeadLetter } from '../../../metadata/metadata-store.js';
import type { MetadataView } from '../../../metadata/metadata-view.js';
import type { TaskQueue } from '../../../coordination/overlord/tasks.js';
import { type HttpResponse, json, text } from '../http-message.js';
import { jsonHandler } from '../json-body.js';
import { integerParameter } from '../parameters.js';
import type { Router } from '../router.js';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1000;

export interface DeadLetterRoutesOptions {
  readonly store: Pick<MetadataStore, 'deadLetters'>;
  readonly view: Pick<MetadataView, 'refresh' | 'supervisors'>;
  readonly tasks: Pick<TaskQueue, 'submit'>;
}

/** `/v1/deadLetters/{supervisor}?limit=100`: records that could not be read as rows, newest first; also of a supervisor that is gone. */
export function addDeadLetterRoutes(router: Router, { store, view, tasks }: DeadLetterRoutesOptions): void {
  router.add('GET', '/v1/deadLetters/:supervisorId', async (request) => {
    const id = request.param('supervisorId');
    const limit = integerParameter(request, 'limit', { min: 1, max: MAX_LIMIT, fallback: DEFAULT_LIMIT });
    const letters = await store.deadLetters(id, limit);
    if (letters.length === 0 && !view.supervisors().some((supervisor) => supervisor.id === id)) {
      return text(`Cannot find any supervisor with id: [${id}]`, 404);
    }
    return json(letters.map(letterJson));
  });
  // A body names letters, no body means all. Answered with the id of the task that reads them again, whose report says what became of them.
  const replay = async (id: string, letters: unknown): Promise<HttpResponse> => {
    await view.refresh();
    const supervisor = view.supervisors().find((row) => row.id === id);
    if (supervisor === undefined) return text(`Cannot find any supervisor with id: [${id}]`, 404);
    const { dataSource } = supervisor;
    return json(await tasks.submit({ type: 'replay_dead_letters', supervisorId: id, dataSource, letters }));
  };
  const some = jsonHandler((body, request) =>
    replay(request.param('supervisorId'), (body as { readonly letters?: unknown } | null)?.letters ?? null),
  );
  router.add('POST', '/v1/deadLetters/:supervisorId/replay', async (request) =>
    (await request.body()).length === 0 ? replay(request.param('supervisorId'), null) : some(request),
  );
}

function letterJson(letter: StoredDeadLetter): Readonly<Record<string, unknown>> {
  const { incarnation, partition, offset, timestampMs, reason, done } = letter;
  const bytes = Buffer.from(letter.record);
  return {
    partition,
    offset,
    incarnation,
    timestamp: formatIso(timestampMs),
    reason,
    ...(done !== undefined && { rowsTaken: done.length }),
    ...(isUtf8(bytes) ? { record: bytes.toString('utf8') } : { recordBase64: bytes.toString('base64') }),
  };
}
