import type { GroupActivity } from '../../protocol/group-activity.js';

/** The way to the indexing nodes that run supervisors. */
export interface SupervisorRuntime {
  /** Groups that a live node owns; empty when none does. Nodes that do not answer are left out. */
  activity(supervisorId: string): Promise<readonly GroupActivity[]>;
  /** Asks the owners of these groups to end their sequence now. */
  handOff(supervisorId: string, groups: readonly number[]): Promise<void>;
}
