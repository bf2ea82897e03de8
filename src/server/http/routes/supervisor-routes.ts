import type { ListForm, Supervisors } from '../../../coordination/overlord/supervisors.js';
import { type HttpHandler, type HttpRequest, type HttpResponse, json } from '../http-message.js';
import { jsonHandler } from '../json-body.js';
import { overlordErrors } from '../overlord-errors.js';
import type { Router } from '../router.js';

const PREFIX = '/druid/indexer/v1/supervisor';

export interface SupervisorRoutesOptions {
  readonly supervisors: Pick<Supervisors, keyof Supervisors>;
}

/** Stream ingestion: create, look at, control. @source Druid `SupervisorResource.java` */
export function addSupervisorRoutes(router: Router, { supervisors }: SupervisorRoutesOptions): void {
  const submit = jsonHandler(async (spec, request) =>
    json(await supervisors.submit(spec, isTrue(request.query.get('skipRestartIfUnmodified')))),
  );
  // Paths with fixed names go first: a supervisor of such a name is reached by its other paths only, as in Druid.
  router.add('POST', PREFIX, submit);
  router.add('POST', `${PREFIX}/`, submit);
  addCollection(router, supervisors);
  addReading(router, supervisors);
  addControl(router, supervisors);
}

function addCollection(router: Router, supervisors: SupervisorRoutesOptions['supervisors']): void {
  const list = (request: HttpRequest): Promise<HttpResponse> =>
    overlordErrors(async () => {
      const form = listForm(request);
      return json(form === 'ids' ? await supervisors.ids() : await supervisors.list(form));
    });
  router.add('GET', PREFIX, list);
  router.add('GET', `${PREFIX}/`, list);
  router.add('GET', `${PREFIX}/history`, async () => json(await supervisors.histories()));
  router.add('POST', `${PREFIX}/suspendAll`, async () => json(await supervisors.suspendAll()));
  router.add('POST', `${PREFIX}/resumeAll`, async () => json(await supervisors.resumeAll()));
  router.add('POST', `${PREFIX}/terminateAll`, async () => json(await supervisors.terminateAll()));
}

function addReading(router: Router, supervisors: SupervisorRoutesOptions['supervisors']): void {
  router.add(
    'GET',
    `${PREFIX}/:id`,
    of((id) => supervisors.spec(id)),
  );
  router.add(
    'GET',
    `${PREFIX}/:id/status`,
    of((id) => supervisors.status(id)),
  );
  router.add(
    'GET',
    `${PREFIX}/:id/stats`,
    of((id) => supervisors.stats(id)),
  );
  router.add(
    'GET',
    `${PREFIX}/:id/parseErrors`,
    of((id) => supervisors.parseErrors(id)),
  );
  router.add(
    'GET',
    `${PREFIX}/:id/history`,
    of((id) => supervisors.history(id)),
  );
  router.add('GET', `${PREFIX}/:id/health`, (request) =>
    overlordErrors(async () => {
      const health = await supervisors.health(request.param('id'));
      return json(health, health.healthy ? 200 : 503);
    }),
  );
}

function addControl(router: Router, supervisors: SupervisorRoutesOptions['supervisors']): void {
  router.add(
    'POST',
    `${PREFIX}/:id/suspend`,
    of((id) => supervisors.suspend(id)),
  );
  router.add(
    'POST',
    `${PREFIX}/:id/resume`,
    of((id) => supervisors.resume(id)),
  );
  router.add(
    'POST',
    `${PREFIX}/:id/terminate`,
    of((id) => supervisors.terminate(id)),
  );
  router.add(
    'POST',
    `${PREFIX}/:id/shutdown`,
    of((id) => supervisors.terminate(id)),
  );
  router.add(
    'POST',
    `${PREFIX}/:id/reset`,
    of((id) => supervisors.reset(id)),
  );
  router.add(
    'POST',
    `${PREFIX}/:id/resetOffsets`,
    jsonHandler((body, request) =>
      overlordErrors(async () => json(await supervisors.resetOffsets(request.param('id'), body))),
    ),
  );
  router.add(
    'POST',
    `${PREFIX}/:id/taskGroups/handoff`,
    jsonHandler((body, request) =>
      overlordErrors(async () => {
        await supervisors.handOff(request.param('id'), body);
        return { status: 200, headers: { 'content-type': 'application/json' } };
      }),
    ),
  );
}

function of(run: (id: string) => Promise<unknown>): HttpHandler {
  return (request) => overlordErrors(async () => json(await run(request.param('id'))));
}

function listForm({ query }: HttpRequest): ListForm {
  if (query.has('full')) return 'full';
  if (query.has('system')) return 'system';
  return isTrue(query.get('state')) ? 'state' : 'ids';
}

function isTrue(text: string | null): boolean {
  return text?.toLowerCase() === 'true';
}
