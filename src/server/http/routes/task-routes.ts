import type { ClusterView } from '../../../broker/cluster-view.js';
import { DruidError, invalidInput } from '../../../common/druid-error.js';
import { formatIso } from '../../../common/iso-time.js';
import type { TaskFilter, TaskQueue } from '../../../coordination/overlord/tasks.js';
import type { TaskStatusPlus } from '../../../coordination/overlord/task-status.js';
import type { NodeRow } from '../../../metadata/metadata-store.js';
import { nodeAddress } from '../../placed-servers.js';
import { type HttpRequest, type HttpResponse, json, text } from '../http-message.js';
import { jsonHandler } from '../json-body.js';
import { overlordErrors } from '../overlord-errors.js';
import { integerParameter } from '../parameters.js';
import type { Router } from '../router.js';
import { addLeaderRoutes, type CoordinatorRoutesOptions } from './coordinator-routes.js';

const PREFIX = '/druid/indexer/v1';
/** A node runs one batch task at a time. */
const WORKER_CAPACITY = 1;
const MAX_TASKS = 2 ** 31 - 1;

export interface TaskRoutesOptions extends Pick<CoordinatorRoutesOptions, 'leader' | 'nodeId'> {
  readonly tasks: Pick<TaskQueue, keyof TaskQueue>;
  readonly cluster: Pick<ClusterView, 'all'>;
}

/** Batch tasks, their lists, and the nodes that run them. @source Druid `OverlordResource.java` */
export function addTaskRoutes(router: Router, options: TaskRoutesOptions): void {
  const { tasks } = options;
  addLeaderRoutes(router, PREFIX, options);
  router.add(
    'POST',
    `${PREFIX}/task`,
    jsonHandler(async (task) => json(await tasks.submit(task))),
  );
  addOneTask(router, tasks);
  addTaskLists(router, tasks);
  addWorkers(router, options);
  addLocks(router);
  router.add(
    'POST',
    `${PREFIX}/taskStatus`,
    jsonHandler(async (ids) => json(await tasks.statuses(readIds(ids)))),
  );
  router.add('POST', `${PREFIX}/datasources/:dataSource/shutdownAllTasks`, async (request) => {
    const stopped = await tasks.shutdownAll(request.param('dataSource'));
    return stopped === undefined ? { status: 404 } : json(stopped);
  });
}

function addOneTask(router: Router, tasks: TaskRoutesOptions['tasks']): void {
  const answer = (path: string, method: 'GET' | 'POST', run: (id: string) => Promise<unknown>): void =>
    router.add(method, `${PREFIX}/task/:id${path}`, (request) =>
      overlordErrors(async () => json(await run(request.param('id')))),
    );
  answer('', 'GET', (id) => tasks.payload(id));
  answer('/status', 'GET', (id) => tasks.status(id));
  answer('/reports', 'GET', (id) => tasks.reports(id));
  answer('/shutdown', 'POST', (id) => tasks.shutdown(id));
  router.add('GET', `${PREFIX}/task/:id/log`, (request) =>
    overlordErrors(async () => {
      const { status } = await tasks.status(request.param('id'));
      const limits = { min: -MAX_TASKS, max: MAX_TASKS, fallback: 0 };
      return text(taskLog(status).slice(integerParameter(request, 'offset', limits)));
    }),
  );
}

/** What is known of the task; the lines that its node logged are in that node's log. */
function taskLog(status: TaskStatusPlus): string {
  const lines = [`${status.createdTime} task [${status.id}] of data source [${status.dataSource}] was submitted`];
  if (status.location.host !== null) lines.push(`runs on node [${status.location.host}:${status.location.port}]`);
  if (status.status === 'RUNNING') lines.push(`state [${status.runnerStatusCode}]`);
  else lines.push(`state [${status.status}] after [${status.duration}] ms`);
  if (status.errorMsg !== null) lines.push(status.errorMsg);
  return `${lines.join('\n')}\n`;
}

function addTaskLists(router: Router, tasks: TaskRoutesOptions['tasks']): void {
  const list = (path: string, filter: (request: HttpRequest) => TaskFilter): void =>
    router.add('GET', `${PREFIX}/${path}`, (request) =>
      textErrors(async () => json(await tasks.list(filter(request)))),
    );
  list('tasks', (request) => ({
    ...texts(request, { dataSource: 'datasource', state: 'state', createdTimeInterval: 'createdTimeInterval' }),
    ...texts(request, { type: 'type' }),
    ...maximum(request, 'max'),
  }));
  for (const state of ['waiting', 'pending', 'running'] as const) {
    list(`${state}Tasks`, (request) => ({ ...texts(request, { dataSource: 'datasource', type: 'type' }), state }));
  }
  list('completeTasks', (request) => ({ state: 'complete', ...maximum(request, 'n') }));
}

/** A list that is asked for wrongly is refused in plain text, as Druid does. */
async function textErrors(run: () => Promise<HttpResponse>): Promise<HttpResponse> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof DruidError)) throw error;
    return text(error.message, error.status);
  }
}

function maximum(request: HttpRequest, name: string): { readonly max?: number } {
  const max = integerParameter(request, name, { min: 0, max: MAX_TASKS, fallback: undefined });
  return max === undefined ? {} : { max };
}

/** The query parameters that are there, under the names of a filter. */
function texts<K extends string>(request: HttpRequest, names: Readonly<Record<K, string>>): Partial<Record<K, string>> {
  const found: Partial<Record<K, string>> = {};
  for (const key of Object.keys(names) as K[]) {
    const value = request.query.get(names[key]);
    if (value !== null && value !== '') found[key] = value;
  }
  return found;
}

/** Nothing is locked here: a publish that lost its base is redone. And no segment is pending before it is published. */
function addLocks(router: Router): void {
  router.add(
    'POST',
    `${PREFIX}/lockedIntervals/v2`,
    jsonHandler(() => json({})),
  );
  router.add(
    'POST',
    `${PREFIX}/activeLocks`,
    jsonHandler(() => json({ datasourceToLocks: {} })),
  );
  router.add('DELETE', `${PREFIX}/pendingSegments/:dataSource`, () => json({ numDeleted: 0 }));
  router.add('GET', `${PREFIX}/worker/history`, () => json([]));
  router.add('GET', `${PREFIX}/scaling`, () => json([]));
}

function addWorkers(router: Router, { tasks, cluster }: TaskRoutesOptions): void {
  const workers = (): readonly NodeRow[] => cluster.all().filter((node) => node.roles.includes('indexer'));
  router.add('GET', `${PREFIX}/workers`, async () => {
    const [running, complete] = await Promise.all([
      tasks.list({ state: 'running' }),
      tasks.list({ state: 'complete', max: 1000 }),
    ]);
    return json(workers().map((node) => workerJson(node, running, complete)));
  });
  router.add('GET', `${PREFIX}/totalWorkerCapacity`, async () =>
    json({
      currentClusterCapacity: workers().length * WORKER_CAPACITY,
      maximumCapacityWithAutoScale: -1,
      usedClusterCapacity: (await tasks.list({ state: 'running' })).length,
    }),
  );
}

function workerJson(
  node: NodeRow,
  running: readonly TaskStatusPlus[],
  complete: readonly TaskStatusPlus[],
): Readonly<Record<string, unknown>> {
  const isHere = ({ location }: TaskStatusPlus): boolean => location.host === node.host && location.port === node.port;
  const runningTasks = running.filter(isHere).map((task) => task.id);
  const lastCompletedMs = complete
    .filter(isHere)
    .reduce((latest, task) => Math.max(latest, Date.parse(task.createdTime) + task.duration), node.startedAtMs);
  return {
    worker: {
      scheme: 'http',
      host: nodeAddress(node),
      ip: node.host,
      capacity: WORKER_CAPACITY,
      version: '0',
      category: '_default_worker_category',
    },
    currCapacityUsed: runningTasks.length,
    currParallelIndexCapacityUsed: 0,
    availabilityGroups: [],
    runningTasks,
    lastCompletedTaskTime: formatIso(lastCompletedMs),
  };
}

function readIds(body: unknown): readonly string[] {
  if (Array.isArray(body) && body.every((id) => typeof id === 'string')) return body;
  throw invalidInput('Body must be a list of task ids');
}
