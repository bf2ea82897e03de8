import type { Config } from '../../config/options.js';
import { DruidError } from '../../common/druid-error.js';
import type { QueryContext } from '../../query/native-query.js';

/** Most queries at once, over all (infinite = no limit) and by lane. */
export interface QueryCapacity {
  readonly total: number;
  /** Queries without a lane and with a negative priority go to lane `low`. */
  readonly lowByPriority: boolean;
  readonly lanes: ReadonlyMap<string, number>;
}

export const UNLIMITED: QueryCapacity = { total: Number.POSITIVE_INFINITY, lowByPriority: false, lanes: new Map() };

/**
 * Capacity with Druid's `hilo` lanes: low-priority queries take at most so many percent of all.
 * @source Druid `server/scheduling/HiLoQueryLaningStrategy.java`
 */
export function hiLoCapacity(total: number, maxLowPercent: number): QueryCapacity {
  return { total, lowByPriority: true, lanes: new Map([['low', percentOf(total, maxLowPercent)]]) };
}

/**
 * Capacity with lanes that queries name in their context, each with a number of queries or percent of all.
 * @source Druid `server/scheduling/ManualQueryLaningStrategy.java`
 */
export function manualCapacity(
  total: number,
  lanes: Readonly<Record<string, { readonly limit: number; readonly isPercent: boolean }>>,
): QueryCapacity {
  const limits = Object.entries(lanes).map(
    ([lane, { limit, isPercent }]) => [lane, isPercent ? percentOf(total, limit) : limit] as const,
  );
  return { total, lowByPriority: false, lanes: new Map(limits) };
}

/** As configured; shares of no limit are none. */
export function configuredCapacity({
  queryCapacity,
  queryLanes,
}: Pick<Config, 'queryCapacity' | 'queryLanes'>): QueryCapacity {
  const total = queryCapacity === 0 ? Number.POSITIVE_INFINITY : queryCapacity;
  switch (queryLanes.strategy) {
    case 'none':
      return { ...UNLIMITED, total };
    case 'hilo':
      return hiLoCapacity(total, queryLanes.maxLowPercent);
    case 'manual':
      return manualCapacity(total, queryLanes.lanes);
  }
}

/**
 * Lets at most so many queries run at once and refuses the others at once: waiting ones would only time out later.
 * @source Druid `server/QueryScheduler.java`
 */
export class QueryScheduler {
  readonly #capacity: QueryCapacity;
  readonly #running = new Map<string, number>();
  #total = 0;

  constructor(capacity: QueryCapacity) {
    this.#capacity = capacity;
  }

  get running(): number {
    return this.#total;
  }

  /**
   * Takes a place for a query. @returns gives the place back; calling it again does nothing
   * @throws DruidError CAPACITY_EXCEEDED when there is none
   */
  enter(context: Pick<QueryContext, 'lane' | 'priority'>): () => void {
    const { total, lanes } = this.#capacity;
    if (this.#total >= total) {
      throw exceeded(
        `Too many concurrent queries, total query capacity of ${total} exceeded. Please try your query again later.`,
      );
    }
    const lane = this.#laneOf(context);
    const limit = lane === null ? undefined : lanes.get(lane);
    if (lane === null || limit === undefined) return this.#take(null);
    if ((this.#running.get(lane) ?? 0) >= limit) {
      throw exceeded(
        `Too many concurrent queries for lane '${lane}', query capacity of ${limit} exceeded. Please try your query again later.`,
      );
    }
    return this.#take(lane);
  }

  #laneOf({ lane, priority }: Pick<QueryContext, 'lane' | 'priority'>): string | null {
    return lane ?? (this.#capacity.lowByPriority && priority < 0 ? 'low' : null);
  }

  #take(lane: string | null): () => void {
    this.#add(lane, 1);
    let isHeld = true;
    return () => {
      if (isHeld) this.#add(lane, -1);
      isHeld = false;
    };
  }

  #add(lane: string | null, change: 1 | -1): void {
    this.#total += change;
    if (lane !== null) this.#running.set(lane, (this.#running.get(lane) ?? 0) + change);
  }
}

function percentOf(total: number, percent: number): number {
  return Math.ceil((total * percent) / 100);
}

/** @source Druid `query/QueryCapacityExceededException.java` */
function exceeded(message: string): DruidError {
  return new DruidError(message, {
    category: 'CAPACITY_EXCEEDED',
    persona: 'OPERATOR',
    errorCode: 'legacyQueryException',
    legacy: {
      error: 'Query capacity exceeded',
      errorClass: 'org.apache.druid.query.QueryCapacityExceededException',
    },
  });
}
