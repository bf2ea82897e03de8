import { api } from '../shared/api.js';

const PATH = '/druid/indexer/v1/supervisor';

/** A supervisor as its list, status and statistics tell it. */
export interface Supervisor {
  readonly id: string;
  readonly type: string;
  readonly dataSource: string;
  readonly stream: string;
  readonly state: string;
  readonly healthy: boolean;
  readonly suspended: boolean;
  readonly spec: unknown;
  readonly partitions: readonly Partition[];
  readonly errors: readonly SupervisorError[];
  readonly tasks: readonly Task[];
  readonly counts: Counts;
}

export interface Partition {
  readonly id: string;
  readonly current: number | undefined;
  readonly latest: number | undefined;
  readonly lag: number | undefined;
}

export interface SupervisorError {
  readonly timestamp: string;
  readonly exceptionClass?: string;
  readonly message: string;
}

/** Rows of the running tasks. */
export interface Counts {
  readonly perSecond: number;
  readonly processed: number;
  readonly processedWithError: number;
  readonly thrownAway: number;
  readonly unparseable: number;
}

interface Task {
  readonly id: string;
  readonly currentOffsets?: Offsets;
}
type Offsets = Readonly<Record<string, number>>;

interface Listed {
  readonly id: string;
  readonly state: string;
  readonly spec: {
    readonly type: string;
    readonly suspended?: boolean;
    readonly spec?: { readonly dataSchema?: { readonly dataSource?: string } };
  };
}

interface Status {
  readonly payload: {
    readonly dataSource: string;
    readonly stream?: string;
    readonly state: string;
    readonly healthy: boolean;
    readonly suspended: boolean;
    readonly activeTasks?: readonly Task[];
    readonly publishingTasks?: readonly Task[];
    readonly latestOffsets?: Offsets;
    readonly minimumLag?: Offsets;
    readonly recentErrors?: readonly SupervisorError[];
  };
}

interface RunStats {
  readonly movingAverages?: { readonly buildSegments?: { readonly '1m'?: { readonly processed: number } } };
  readonly totals?: { readonly buildSegments?: Omit<Counts, 'perSecond'> };
}
type Stats = Readonly<Record<string, Readonly<Record<string, RunStats>>>>;

/** All supervisors by name. @throws ApiError */
export async function loadSupervisors(signal: AbortSignal): Promise<readonly Supervisor[]> {
  const listed = await api<readonly Listed[]>(`${PATH}?full`, { signal });
  const loaded = await Promise.all(listed.map((one) => loadSupervisor(one, signal)));
  return loaded.toSorted((a, b) => a.id.localeCompare(b.id));
}

/** @throws ApiError */
export function act(id: string, action: 'suspend' | 'resume' | 'reset' | 'terminate'): Promise<unknown> {
  return api(`${PATH}/${encodeURIComponent(id)}/${action}`, { method: 'POST' });
}

async function loadSupervisor({ id, spec }: Listed, signal: AbortSignal): Promise<Supervisor> {
  const path = `${PATH}/${encodeURIComponent(id)}`;
  const [{ payload }, stats] = await Promise.all([
    api<Status>(`${path}/status`, { signal }),
    api<Stats>(`${path}/stats`, { signal }).catch((): Stats => ({})),
  ]);
  const tasks = [...(payload.activeTasks ?? []), ...(payload.publishingTasks ?? [])];
  return {
    id,
    type: spec.type,
    dataSource: payload.dataSource,
    stream: payload.stream ?? id,
    state: payload.state,
    healthy: payload.healthy,
    suspended: payload.suspended,
    spec,
    partitions: partitionsOf(payload),
    errors: payload.recentErrors ?? [],
    tasks,
    counts: countsOf(stats),
  };
}

function partitionsOf({
  latestOffsets = {},
  minimumLag = {},
  activeTasks = [],
}: Status['payload']): readonly Partition[] {
  const current: Offsets = Object.assign({}, ...activeTasks.map((task) => task.currentOffsets));
  const ids = [...new Set([...Object.keys(latestOffsets), ...Object.keys(current)])];
  return ids
    .toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .map((id) => ({ id, current: current[id], latest: latestOffsets[id], lag: minimumLag[id] }));
}

function countsOf(stats: Stats): Counts {
  const runs = Object.values(stats).flatMap((group) => Object.values(group));
  const sum = (value: (run: RunStats) => number | undefined): number =>
    runs.reduce((all, run) => all + (value(run) ?? 0), 0);
  return {
    perSecond: sum((run) => run.movingAverages?.buildSegments?.['1m']?.processed),
    processed: sum((run) => run.totals?.buildSegments?.processed),
    processedWithError: sum((run) => run.totals?.buildSegments?.processedWithError),
    thrownAway: sum((run) => run.totals?.buildSegments?.thrownAway),
    unparseable: sum((run) => run.totals?.buildSegments?.unparseable),
  };
}
