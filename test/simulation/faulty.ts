import { DruidError } from '../../src/common/druid-error.js';
import type { DeepStorage } from '../../src/deep-storage/deep-storage.js';
import type { MetadataStore } from '../../src/metadata/metadata-store.js';
import type { NodeClock } from './node-clock.js';
import type { World } from './world.js';

/** Faults of one service as one node sees it. */
export interface Link {
  readonly name: string;
  /** Of the node that calls. */
  readonly clock: NodeClock;
  /** A killed process calls nothing any more, and hears of nothing. */
  isDead(): boolean;
  isAway(): boolean;
  /** Requests to publish are mostly given up, sent again, and arrive long afterwards. */
  isStammering(): boolean;
  readonly errorRate: number;
  readonly delayMs: number;
  /** Does the work of a call, unless the node is to die at it. */
  atCall(call: string, work: () => Promise<unknown>): Promise<unknown>;
  /** Called when a request of the node takes effect although the node was told that it failed, or was dead by then. */
  onLate?(call: string): void;
}

const never = new Promise<never>(() => {});
/** Longest time that a request lies somewhere in the network after its sender gave it up. */
const LATE_MS = 20_000;
/** Of the requests that fail, those that arrive late. */
const LATE_SHARE = 0.5;
const STAMMER_SHARE = 0.6;
/** Requests that are few and fail often. */
const SHAKY = new Set(['addDeadLetters']);
const SHAKY_SHARE = 0.6;
const PUBLISHING = new Set(['publishSequence', 'replaceSegments']);
/** Requests that change what others rely on. */
const LATE_CALLS = new Set([
  'publishSequence',
  'replaceSegments',
  'acquireLease',
  'renewLease',
  'releaseLease',
  'heartbeat',
]);

/** Every method of the service over a network: late, lost on the way there, or lost on the way back after it was done. */
function overNetwork<T extends object>(world: World, service: T, link: Link, local: readonly string[]): T {
  return new Proxy(service, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function' || typeof name !== 'string') return value;
      const method = value.bind(target) as (...args: unknown[]) => Promise<unknown>;
      return local.includes(name) ? method : (...args: unknown[]) => call(world, link, name, () => method(...args));
    },
  });
}

async function call(world: World, link: Link, name: string, work: () => Promise<unknown>): Promise<unknown> {
  const fail = (when: string): never => {
    throw new DruidError(`${link.name} ${name} ${when}`, { category: 'SERVICE_UNAVAILABLE' });
  };
  if (link.isDead()) return never;
  await world.delay(link.delayMs);
  const canBeLate = LATE_CALLS.has(name);
  const isGivenUp = PUBLISHING.has(name) && link.isStammering() && world.fault(STAMMER_SHARE);
  const isShaky = SHAKY.has(name) && world.fault(SHAKY_SHARE);
  if (isGivenUp || isShaky || link.isAway() || world.fault(link.errorRate)) {
    if (isGivenUp || (canBeLate && world.fault(LATE_SHARE))) void arriveLate(world, link, name, work);
    await link.clock.awake();
    fail('did not arrive');
  }
  const result = await link.atCall(name, work);
  await world.delay(link.delayMs);
  await link.clock.awake();
  if (link.isDead()) return never;
  if (link.isAway() || world.fault(link.errorRate)) fail('was done, but its answer is lost');
  return result;
}

/** The request was given up by its sender, who may have sent it again or be dead: it takes effect all the same. */
async function arriveLate(world: World, link: Link, name: string, work: () => Promise<unknown>): Promise<void> {
  await world.delay(LATE_MS);
  link.onLate?.(name);
  await work().catch(() => {});
}

export function remoteStore(world: World, store: MetadataStore, link: Link): MetadataStore {
  return overNetwork(world, store, link, ['onCommit']);
}

export function remoteStorage(world: World, storage: DeepStorage, link: Link): DeepStorage {
  return overNetwork(world, storage, link, ['list']);
}
