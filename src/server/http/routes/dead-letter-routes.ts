import { isUtf8 } from 'node:buffer';
import { formatIso } from '../../../common/iso-time.js';
import type { DeadLetter, MetadataStore } from '../../../metadata/metadata-store.js';
import type { MetadataView } from '../../../metadata/metadata-view.js';
import { json, text } from '../http-message.js';
import { integerParameter } from '../parameters.js';
import type { Router } from '../router.js';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1000;

export interface DeadLetterRoutesOptions {
  readonly store: Pick<MetadataStore, 'deadLetters'>;
  readonly view: Pick<MetadataView, 'supervisors'>;
}

/** `/v1/deadLetters/{supervisor}?limit=100`: records that could not be read as rows, newest first; also of a supervisor that is gone. */
export function addDeadLetterRoutes(router: Router, { store, view }: DeadLetterRoutesOptions): void {
  router.add('GET', '/v1/deadLetters/:supervisorId', async (request) => {
    const id = request.param('supervisorId');
    const limit = integerParameter(request, 'limit', { min: 1, max: MAX_LIMIT, fallback: DEFAULT_LIMIT });
    const letters = await store.deadLetters(id, limit);
    if (letters.length === 0 && !view.supervisors().some((supervisor) => supervisor.id === id)) {
      return text(`Cannot find any supervisor with id: [${id}]`, 404);
    }
    return json(letters.map(letterJson));
  });
}

function letterJson(letter: DeadLetter): Readonly<Record<string, unknown>> {
  const { partition, offset, timestampMs, reason } = letter;
  const bytes = Buffer.from(letter.record);
  return {
    partition,
    offset,
    timestamp: formatIso(timestampMs),
    reason,
    ...(isUtf8(bytes) ? { record: bytes.toString('utf8') } : { recordBase64: bytes.toString('base64') }),
  };
}
