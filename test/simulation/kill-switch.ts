import type { KillPoint } from '../../src/platform/kill-point.js';
import type { DiskOperation } from '../support/model-file-system.js';

/** The next death of a simulated process. */
interface KillPlan {
  readonly point: KillPoint;
  /** How many such points it reaches until then; it dies at the last. */
  points: number;
  /** Right before the work of the point, or when it is done and nobody knows it yet; late: a call is on its way then, and is done some time. */
  readonly when: 'before' | 'after' | 'late';
  /** Called once. */
  onDeath(): void;
  /** Does what the dead process sent. */
  later(call: string, work: () => Promise<unknown>): void;
}

const DISK_POINTS: { readonly [K in DiskOperation]?: KillPoint } = {
  sync: 'fsync',
  syncDirectory: 'fsync',
  rename: 'rename',
};
const CALL_POINTS: ReadonlyMap<string, KillPoint> = new Map<string, KillPoint>([
  ['put', 'put'],
  ['putFile', 'put'],
  ['publishSequence', 'commit'],
  ['replaceSegments', 'commit'],
  ['acquireLease', 'commit'],
  ['renewLease', 'commit'],
  ['releaseLease', 'commit'],
  ['announceReplicas', 'commit'],
]);

const PUBLISHES: ReadonlySet<string> = new Set(['publishSequence', 'replaceSegments']);

/** Kills a simulated process at its points as `src/platform/kill-point.ts` does with a real one. */
export class KillSwitch {
  plan: KillPlan | undefined;
  readonly #isOn: () => boolean;

  constructor(isOn: () => boolean) {
    this.#isOn = isOn;
  }

  /** Called before each operation of the disk. @returns whether the process is dead: the operation is not done */
  atDisk(operation: DiskOperation): boolean {
    const death = this.#reach(DISK_POINTS[operation]);
    if (death === undefined) return false;
    if (death.when !== 'after') death.onDeath();
    // The operation is done in this turn, and whoever waits for it goes on in a later one.
    else queueMicrotask(() => death.onDeath());
    return death.when !== 'after';
  }

  /** Does a call of another service; that of a process which dies at it never ends. */
  async atCall(call: string, work: () => Promise<unknown>): Promise<unknown> {
    // Of what is on its way when its sender dies, only publishes change what others rely on.
    if (this.plan?.when === 'late' && !PUBLISHES.has(call)) return work();
    const death = this.#reach(CALL_POINTS.get(call));
    if (death === undefined) return work();
    if (death.when === 'after') await work().catch(() => {});
    death.onDeath();
    if (death.when === 'late') death.later(call, work);
    return new Promise<never>(() => {});
  }

  #reach(point: KillPoint | undefined): KillPlan | undefined {
    const { plan } = this;
    if (plan === undefined || plan.point !== point || !this.#isOn() || --plan.points > 0) return undefined;
    this.plan = undefined;
    return plan;
  }
}
