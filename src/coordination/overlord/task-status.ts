import { formatIso } from '../../common/iso-time.js';
import type { NodeRow, TaskRow, TaskState } from '../../metadata/metadata-store.js';

/** @source Druid `TaskLocation.java` */
export interface TaskLocation {
  readonly host: string | null;
  readonly port: number;
  readonly tlsPort: number;
}

/** @source Druid `TaskStatusPlus.java` */
export interface TaskStatusPlus {
  readonly id: string;
  readonly groupId: string;
  readonly type: string;
  readonly createdTime: string;
  /** The epoch for tasks that are finished. */
  readonly queueInsertionTime: string;
  readonly statusCode: 'RUNNING' | 'SUCCESS' | 'FAILED';
  readonly status: 'RUNNING' | 'SUCCESS' | 'FAILED';
  readonly runnerStatusCode: 'WAITING' | 'PENDING' | 'RUNNING' | 'NONE';
  /** -1 while it runs. */
  readonly duration: number;
  readonly location: TaskLocation;
  readonly dataSource: string;
  readonly errorMsg: string | null;
}

/** One entry of `POST /taskStatus`. */
export type TaskStatus = Pick<TaskStatusPlus, 'id' | 'status' | 'duration' | 'errorMsg' | 'location'>;

const UNKNOWN_LOCATION: TaskLocation = { host: null, port: -1, tlsPort: -1 };

export function isFinished(state: TaskState): state is 'SUCCESS' | 'FAILED' {
  return state === 'SUCCESS' || state === 'FAILED';
}

/** @param nodes where tasks may run; a node that is not among them has no known address */
export function taskStatusPlus(task: TaskRow, nodes: readonly NodeRow[]): TaskStatusPlus {
  const finished = isFinished(task.state);
  const status = isFinished(task.state) ? task.state : 'RUNNING';
  const createdTime = formatIso(task.createdAtMs);
  return {
    id: task.id,
    groupId: task.id,
    type: task.type,
    createdTime,
    queueInsertionTime: finished ? formatIso(0) : createdTime,
    statusCode: status,
    status,
    runnerStatusCode: isFinished(task.state) ? 'NONE' : task.state,
    duration: finished ? task.durationMs : -1,
    location: locationOf(task, nodes),
    dataSource: task.dataSource,
    errorMsg: task.errorMsg,
  };
}

function locationOf(task: TaskRow, nodes: readonly NodeRow[]): TaskLocation {
  const node = nodes.find((candidate) => candidate.id === task.nodeId);
  return node === undefined ? UNKNOWN_LOCATION : { host: node.host, port: node.port, tlsPort: -1 };
}
