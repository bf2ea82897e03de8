import type { MetadataStore } from '../../metadata/metadata-store.js';
import type { MetadataView } from '../../metadata/metadata-view.js';
import type { Clock } from '../../platform/clock.js';
import type { Logger } from '../../telemetry/logger.js';
import type { Duty } from './coordinator.js';
import { parseRules, type Rule, ruleFor } from './rules.js';

/** Rules of a data source are the config `rules/<name>`; these are for all, after its own. */
export const RULES = 'rules/';
export const DEFAULT_RULES = '_default';

export interface RetentionOptions {
  readonly store: Pick<MetadataStore, 'configs' | 'retireSegments'>;
  readonly view: Pick<MetadataView, 'segments'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly periodMs: number;
}

/** Marks segments unused whose first rule drops them. They stay in deep storage until a kill task deletes them. */
export function retentionDuty({ store, view, clock, logger, periodMs }: RetentionOptions): Duty {
  return {
    name: 'retention',
    periodMs,
    run: async () => {
      const rules = new Map<string, readonly Rule[]>();
      for (const { name, payload } of await store.configs(RULES))
        rules.set(name.slice(RULES.length), parseRules(payload));
      if (rules.size === 0) return;
      const nowMs = clock.nowMs();
      const dropped = new Map<string, string[]>();
      for (const { id, dataSource, intervalStartMs, intervalEndMs } of view.segments()) {
        const all = [...(rules.get(dataSource) ?? []), ...(rules.get(DEFAULT_RULES) ?? [])];
        const interval = { startMs: intervalStartMs, endMs: intervalEndMs };
        if (ruleFor(all, interval, nowMs)?.action !== 'drop') continue;
        dropped.set(dataSource, [...(dropped.get(dataSource) ?? []), id]);
      }
      for (const [dataSource, ids] of dropped) {
        const changed = await store.retireSegments(dataSource, ids);
        if (changed > 0) logger.info('Segments are dropped by rules', { dataSource, segments: changed });
      }
    },
  };
}
