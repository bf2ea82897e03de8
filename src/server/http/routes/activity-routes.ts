import { ACTIVITY_PATH, HANDOFF_PATH } from '../../cluster-runtime.js';
import type { GroupActivity } from '../../../protocol/group-activity.js';
import { parseHandOffGroups } from '../../../coordination/overlord/supervisor-requests.js';
import { json } from '../http-message.js';
import { jsonHandler } from '../json-body.js';
import type { Router } from '../router.js';

/** What an indexing node does for the overlord of another node. */
export interface LocalActivity {
  /** Groups of the supervisor that this node owns. */
  readonly activity: (supervisorId: string) => readonly GroupActivity[];
  /** Ends the current sequence of those groups that this node owns. */
  readonly handOff: (supervisorId: string, groups: readonly number[]) => void;
}

/** Tells other nodes what the supervisors' groups on this one are doing. */
export function addActivityRoutes(router: Router, local: LocalActivity): void {
  router.add('GET', `${ACTIVITY_PATH}/:supervisorId`, (request) => json(local.activity(request.param('supervisorId'))));
  router.add(
    'POST',
    `${HANDOFF_PATH}/:supervisorId`,
    jsonHandler((body, request) => {
      local.handOff(request.param('supervisorId'), parseHandOffGroups(body));
      return { status: 200 };
    }),
  );
}
