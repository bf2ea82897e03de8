import type { SupervisorRuntime } from '../coordination/overlord/supervisor-runtime.js';
import type { GroupActivity } from '../protocol/group-activity.js';
import type { NodeRow } from '../metadata/metadata-store.js';
import { nodeAddress } from './placed-servers.js';

/** Paths of the endpoints of an indexing node, each with `/{supervisorId}`. */
export const ACTIVITY_PATH = '/internal/v1/activity';
export const HANDOFF_PATH = '/internal/v1/handoff';

const ANSWER_WITHIN_MS = 3000;

/** Asks every live indexing node over HTTP, this one included; a node that does not answer in time is left out. */
export class ClusterRuntime implements SupervisorRuntime {
  readonly #indexers: () => readonly NodeRow[];

  constructor(indexers: () => readonly NodeRow[]) {
    this.#indexers = indexers;
  }

  async activity(supervisorId: string): Promise<readonly GroupActivity[]> {
    const answers = await this.#ask(`${ACTIVITY_PATH}/${encodeURIComponent(supervisorId)}`, { method: 'GET' });
    return answers.flatMap((text) => JSON.parse(text) as readonly GroupActivity[]).sort((a, b) => a.group - b.group);
  }

  async handOff(supervisorId: string, groups: readonly number[]): Promise<void> {
    await this.#ask(`${HANDOFF_PATH}/${encodeURIComponent(supervisorId)}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ taskGroupIds: groups }),
    });
  }

  async #ask(path: string, init: RequestInit): Promise<string[]> {
    const settled = await Promise.allSettled(
      this.#indexers().map(async (node) => {
        const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
        const response = await fetch(`http://${nodeAddress(node)}${path}`, { ...init, signal });
        return { ok: response.ok, text: await response.text() };
      }),
    );
    return settled.flatMap((result) => (result.status === 'fulfilled' && result.value.ok ? [result.value.text] : []));
  }
}
