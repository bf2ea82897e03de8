import { invalidInput } from '../../../common/druid-error.js';
import { parseJson } from '../../../common/json-read.js';
import type { LiveHub } from '../../../live/live-hub.js';
import type { Clock } from '../../../platform/clock.js';
import type { JsonObject } from '../../../query/json-fields.js';
import { EventStream } from '../../live/event-stream.js';
import { type LiveSources, parseSubscription } from '../../live/subscription-request.js';
import type { HttpRequest, HttpResponse } from '../http-message.js';
import type { Router } from '../router.js';

export interface LiveRoutesOptions {
  readonly hub: LiveHub;
  readonly sources: LiveSources;
  readonly clock: Clock;
}

const HEADERS = { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' };

/** `POST /v1/live`: one live query as server-sent events; docs/live-queries.md has the protocol. */
export function addLiveRoutes(router: Router, options: LiveRoutesOptions): void {
  router.add('POST', '/v1/live', (request) => watch(request, options));
}

async function watch(request: HttpRequest, { hub, sources, clock }: LiveRoutesOptions): Promise<HttpResponse> {
  const fields = parseJson(new TextDecoder().decode(await request.body()));
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) {
    throw invalidInput('Body must be a JSON object');
  }
  const { id = 'live' } = fields as JsonObject;
  if (typeof id !== 'string') throw invalidInput('Member [id] must be a text');
  const subscription = await parseSubscription(fields as JsonObject, sources);
  const resume = request.header('last-event-id') ?? subscription.resume;
  const client = new EventStream(clock);
  const resumed = hub.subscribe(client, { id, ...subscription, resume });
  const leave = (): void => {
    hub.leave(client);
    client.close();
  };
  request.signal.addEventListener('abort', leave, { once: true });
  if (request.signal.aborted) leave();
  return { status: 200, headers: HEADERS, body: stream(client, { type: 'subscribed', id, resumed }, hub) };
}

async function* stream(client: EventStream, subscribed: unknown, hub: LiveHub): AsyncGenerator<string> {
  yield `data: ${JSON.stringify(subscribed)}\n\n`;
  yield* client.events(() => hub.drained(client));
}
