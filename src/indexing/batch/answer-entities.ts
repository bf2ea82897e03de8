import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { DruidError } from '../../common/druid-error.js';
import type { AnswerInput } from './batch-job.js';
import type { InputEntity } from './input-entities.js';

/** The answers of a broker as entities, one for each request. @throws DruidError RUNTIME_FAILURE with the broker's words when it refuses */
export function* answerEntities({ uris, bodies }: AnswerInput): Generator<InputEntity> {
  for (const [number, body] of bodies.entries())
    yield { name: `rows of query [${number}]`, chunks: () => rowsOf(uris, body) };
}

async function* rowsOf(uris: readonly string[], body: string): AsyncGenerator<Uint8Array> {
  const response = await ask(uris, body);
  if (response.statusCode !== 200) {
    throw new DruidError(errorOf(await text(response), response.statusCode), { category: 'RUNTIME_FAILURE' });
  }
  yield* response as AsyncIterable<Uint8Array>;
  if (!response.complete) throw new DruidError('The broker broke off its answer', { category: 'RUNTIME_FAILURE' });
}

/** A broker that cannot be reached has begun nothing: the next one is asked. */
async function ask(uris: readonly string[], body: string): Promise<IncomingMessage> {
  let failure: unknown;
  for (const uri of uris) {
    try {
      return await post(uri, body);
    } catch (error) {
      failure = error;
    }
  }
  throw new DruidError(`No broker can be reached: ${String(failure)}`, {
    category: 'SERVICE_UNAVAILABLE',
    cause: failure,
  });
}

/** Not by `fetch`, which waits for the first row for five minutes only. */
function post(uri: string, body: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = request(uri, { method: 'POST', headers: { 'content-type': 'application/json' } }, resolve);
    sent.on('error', reject);
    sent.end(body);
  });
}

function errorOf(body: string, status: number | undefined): string {
  try {
    const { errorMessage, error } = JSON.parse(body) as { readonly errorMessage?: unknown; readonly error?: unknown };
    if (typeof errorMessage === 'string') return errorMessage;
    if (typeof error === 'string') return error;
  } catch {
    // Told below.
  }
  return `The broker answers with status [${status}]`;
}
