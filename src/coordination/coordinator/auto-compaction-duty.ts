import { isDeepStrictEqual } from 'node:util';
import { formatInterval } from '../../common/iso-time.js';
import { addPeriod, parsePeriod } from '../../common/period.js';
import { UTC } from '../../common/time-zone.js';
import type { Interval } from '../../common/interval.js';
import { ETERNITY } from '../../common/interval.js';
import type { MetadataStore, SegmentRow, TaskState } from '../../metadata/metadata-store.js';
import type { MetadataView } from '../../metadata/metadata-view.js';
import type { Clock } from '../../platform/clock.js';
import type { Duty } from './coordinator.js';

type Json = Readonly<Record<string, unknown>>;

/** Auto-compaction of a data source is the config `compaction/<name>`. */
export const COMPACTION = 'compaction/';

export interface AutoCompactionOptions {
  readonly store: Pick<MetadataStore, 'configs' | 'tasks'>;
  readonly view: Pick<MetadataView, 'visible'>;
  readonly clock: Clock;
  readonly periodMs: number;
  readonly submit: (task: Json) => Promise<unknown>;
  /** What segments must be like for a config. */
  readonly stateOf: (config: Json) => unknown;
}

const UNFINISHED: readonly TaskState[] = ['WAITING', 'PENDING', 'RUNNING'];
/** An interval whose task failed is left alone for so long. */
const COOL_DOWN_MS = 300_000;
const PARTS = [
  'tuningConfig',
  'granularitySpec',
  'dimensionsSpec',
  'metricsSpec',
  'transformSpec',
  'maxRowsPerSegment',
];

/** Submits compact tasks, one at a time for a data source, newest interval first. @source Druid `CompactSegments.java` */
export function autoCompactionDuty(options: AutoCompactionOptions): Duty {
  const { store, view, clock, periodMs, submit, stateOf } = options;
  const tried = new Map<string, number>();
  return {
    name: 'autoCompaction',
    periodMs,
    run: async () => {
      for (const { payload } of await store.configs(COMPACTION)) {
        const config = payload as Json;
        const dataSource = String(config['dataSource']);
        const running = await store.tasks({ states: UNFINISHED, dataSource });
        if (running.some((task) => task.type === 'compact')) continue;
        const nowMs = clock.nowMs();
        const next = awaitingCompaction(view, dataSource, config, stateOf).find(
          ({ key }) => nowMs - (tried.get(key) ?? Number.NEGATIVE_INFINITY) >= COOL_DOWN_MS,
        );
        if (next === undefined) continue;
        tried.set(next.key, nowMs);
        const parts = PARTS.filter((part) => config[part] != null).map((part) => [part, config[part]] as const);
        await submit({
          type: 'compact',
          dataSource,
          ioConfig: { type: 'compact', inputSpec: { type: 'interval', interval: formatInterval(next.interval) } },
          ...Object.fromEntries(parts),
        });
      }
    },
  };
}

export interface AwaitingInterval {
  readonly interval: Interval;
  readonly rows: readonly SegmentRow[];
  /** Names these very segments. */
  readonly key: string;
}

/** Intervals whose segments are not as a config wants them, newest first; those within `skipOffsetFromLatest` are skipped. */
export function awaitingCompaction(
  view: Pick<MetadataView, 'visible'>,
  dataSource: string,
  config: Json,
  stateOf: (config: Json) => unknown,
): AwaitingInterval[] {
  const rows = view.visible(dataSource, ETERNITY).map(({ row }) => row);
  const latestMs = rows.reduce((latest, row) => Math.max(latest, row.intervalEndMs), Number.NEGATIVE_INFINITY);
  const period = parsePeriod(String(config['skipOffsetFromLatest'] ?? 'P1D'));
  const untilMs = period === undefined || rows.length === 0 ? latestMs : addPeriod(latestMs, period, -1, UTC);
  const wanted = stateOf(config);
  const byInterval = new Map<string, { interval: Interval; rows: SegmentRow[] }>();
  for (const row of new Set(rows)) {
    if (row.intervalEndMs > untilMs) continue;
    const interval = { startMs: row.intervalStartMs, endMs: row.intervalEndMs };
    const found = byInterval.get(formatInterval(interval)) ?? { interval, rows: [] };
    found.rows.push(row);
    byInterval.set(formatInterval(interval), found);
  }
  return [...byInterval.values()]
    .filter((of) => of.rows.some((row) => !isDeepStrictEqual(row.compactionState, wanted)))
    .sort((a, b) => b.interval.startMs - a.interval.startMs)
    .map((of) => ({ ...of, key: of.rows.map((row) => row.id).join(' ') }));
}
