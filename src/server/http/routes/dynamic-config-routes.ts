import { DruidError } from '../../../common/druid-error.js';
import { formatIso } from '../../../common/iso-time.js';
import type { ConfigChange, MetadataStore } from '../../../metadata/metadata-store.js';
import { type HttpRequest, json } from '../http-message.js';
import { jsonHandler } from '../json-body.js';
import { integerParameter } from '../parameters.js';
import type { Router } from '../router.js';

type Json = Readonly<Record<string, unknown>>;
type Kind = 'int' | 'long' | 'double' | 'boolean' | 'strings' | 'any';

const COORDINATOR = '/druid/coordinator/v1/config';
const WORKER = '/druid/indexer/v1/worker';
const MAX_HISTORY = 10_000;
const INT_RANGE = 2 ** 31;

/** What each key of the coordinator's configuration holds, and its value before anyone sets it. @source Druid `CoordinatorDynamicConfig.java` */
const COORDINATOR_KEYS: Readonly<Record<string, readonly [Kind, unknown]>> = {
  millisToWaitBeforeDeleting: ['long', 900_000],
  maxSegmentsToMove: ['int', 100],
  replicantLifetime: ['int', 15],
  replicationThrottleLimit: ['int', 500],
  balancerComputeThreads: ['int', 1],
  killDataSourceWhitelist: ['strings', []],
  killTaskSlotRatio: ['double', 0.1],
  maxKillTaskSlots: ['int', 2_147_483_647],
  killPendingSegmentsSkipList: ['strings', []],
  maxSegmentsInNodeLoadingQueue: ['int', 500],
  decommissioningNodes: ['strings', []],
  pauseCoordination: ['boolean', false],
  replicateAfterLoadTimeout: ['boolean', false],
  useRoundRobinSegmentAssignment: ['boolean', true],
  smartSegmentLoading: ['boolean', true],
  debugDimensions: ['any', null],
  turboLoadingNodes: ['strings', []],
};
const COORDINATOR_DEFAULTS = Object.fromEntries(
  Object.entries(COORDINATOR_KEYS).map(([key, [, value]]) => [key, value]),
);

/** @source Druid `DefaultWorkerBehaviorConfig.java` */
const WORKER_DEFAULTS = {
  type: 'default',
  selectStrategy: { type: 'equalDistribution', affinityConfig: null },
  autoScaler: null,
};

export interface DynamicConfigRoutesOptions {
  readonly store: Pick<MetadataStore, 'config' | 'putConfig' | 'configHistory'>;
}

/**
 * The configurations that operators change at run time: kept with their history and shown, for clients that set them.
 * @source Druid `CoordinatorDynamicConfigsResource.java`, `OverlordResource.java`
 */
export function addDynamicConfigRoutes(router: Router, { store }: DynamicConfigRoutesOptions): void {
  const add = (path: string, key: string, defaults: Json, merged: (current: Json, body: Json) => Json): void => {
    const current = async (): Promise<Json> => ({ ...defaults, ...((await store.config(key)) as Json | undefined) });
    router.add('GET', path, async () => json(await current()));
    router.add('GET', `${path}/history`, async (request) => {
      const count = integerParameter(request, 'count', { min: 1, max: MAX_HISTORY, fallback: MAX_HISTORY });
      return json((await store.configHistory(key, count)).map((change) => auditJson(change, key)));
    });
    router.add(
      'POST',
      path,
      jsonHandler(async (body, request) => {
        await store.putConfig(key, merged(await current(), (body ?? {}) as Json), auditOf(request));
        return { status: 200 };
      }),
    );
  };
  add(COORDINATOR, 'coordinator.config', COORDINATOR_DEFAULTS, (current, body) => ({ ...current, ...known(body) }));
  add(WORKER, 'worker.config', WORKER_DEFAULTS, (_current, body) => ({ ...WORKER_DEFAULTS, ...body }));
}

/** The members of a body that are keys of the configuration, as their kinds. @throws DruidError INVALID_INPUT */
function known(body: Json): Json {
  const members = Object.entries(COORDINATOR_KEYS).flatMap(([key, [kind]]) => {
    const value = body[key];
    return value === undefined || value === null ? [] : [[key, valueOf(kind, value)] as const];
  });
  return Object.fromEntries(members);
}

function valueOf(kind: Kind, value: unknown): unknown {
  switch (kind) {
    case 'any':
      return value;
    case 'strings':
      if (typeof value === 'string') return value === '' ? [] : value.split(',').map((part) => part.trim());
      if (Array.isArray(value)) return value.map(String);
      throw unreadable('java.util.Set', value, 'not a list of strings');
    case 'boolean':
      if (typeof value === 'boolean') return value;
      if (/^(true|True|TRUE)$/.test(String(value))) return true;
      if (/^(false|False|FALSE)$/.test(String(value))) return false;
      throw unreadable(kind, value, 'only "true"/"True"/"TRUE" or "false"/"False"/"FALSE" recognized');
    default: {
      const number = typeof value === 'string' && value.trim() === '' ? Number.NaN : Number(value);
      const isWhole = kind === 'double' || Number.isInteger(number);
      const isInRange = kind !== 'int' || (number >= -INT_RANGE && number < INT_RANGE);
      if (typeof value !== 'object' && Number.isFinite(number) && isWhole && isInRange) return number;
      throw unreadable(kind, value, `not a valid \`${kind}\` value`);
    }
  }
}

/** In Jackson's words. */
function unreadable(type: string, value: unknown, why: string): DruidError {
  const shown = typeof value === 'string' ? `String "${value}"` : JSON.stringify(value);
  return new DruidError(`Cannot deserialize value of type \`${type}\` from ${shown}: ${why}`, {
    category: 'INVALID_INPUT',
  });
}

function auditOf(request: HttpRequest): { readonly author: string; readonly comment: string } {
  return { author: request.header('x-druid-author') ?? '', comment: request.header('x-druid-comment') ?? '' };
}

/** @source Druid `AuditEntry.java` */
function auditJson({ author, comment, payload, atMs }: ConfigChange, key: string): Json {
  return {
    key,
    type: key,
    auditInfo: { author, identity: 'allowAll', comment, ip: '127.0.0.1' },
    request: null,
    payload: JSON.stringify(payload),
    auditTime: formatIso(atMs),
  };
}
