/** Retention rules. @source Druid `server/coordinator/rules/*.java` */
import { invalidInput } from '../../common/druid-error.js';
import { contains, type Interval, overlaps } from '../../common/interval.js';
import { formatInterval, parseInterval } from '../../common/iso-time.js';
import { addPeriod, parsePeriod, type Period } from '../../common/period.js';
import { UTC } from '../../common/time-zone.js';
import { unknownTypeId } from '../overlord/overlord-error.js';

type Json = Readonly<Record<string, unknown>>;
type Scope = 'Forever' | 'ByInterval' | 'ByPeriod' | 'BeforeByPeriod';

export interface Rule {
  readonly action: 'load' | 'drop' | 'broadcast';
  readonly scope: Scope;
  readonly interval?: Interval;
  readonly period?: Period;
  readonly includeFuture: boolean;
  /** With Druid's defaults filled in. */
  readonly json: Json;
}

const CLASS = 'org.apache.druid.server.coordinator.rules.Rule';
const TYPES = [
  'broadcastByInterval',
  'broadcastByPeriod',
  'broadcastForever',
  'dropBeforeByPeriod',
  'dropByInterval',
  'dropByPeriod',
  'dropForever',
  'loadByInterval',
  'loadByPeriod',
  'loadForever',
];
export const DEFAULT_TIER = '_default_tier';

/** @throws DruidError INVALID_INPUT */
export function parseRules(json: unknown): readonly Rule[] {
  if (!Array.isArray(json)) throw invalidInput('Rules must be a list');
  return json.map(parseRule);
}

function parseRule(json: unknown): Rule {
  const given = typeof json === 'object' && json !== null && !Array.isArray(json) ? (json as Json) : {};
  const type = given['type'];
  if (typeof type !== 'string') {
    throw invalidInput(`Could not resolve subtype of [simple type, class ${CLASS}]: missing type id property 'type'`);
  }
  const match = TYPES.includes(type) ? /^(load|drop|broadcast)(.+)$/.exec(type) : null;
  if (match === null) throw unknownTypeId(type, CLASS, TYPES);
  const action = match[1] as Rule['action'];
  const scope = match[2] as Scope;
  const includeFuture = given['includeFuture'] !== false;
  const interval = scope === 'ByInterval' ? parseInterval(String(given['interval'])) : undefined;
  const period = scope.endsWith('ByPeriod') ? parsePeriod(String(given['period'])) : undefined;
  if (scope.endsWith('ByPeriod') && period === undefined)
    throw invalidInput(`Period [${String(given['period'])}] of rule [${type}] is not a period`);
  return {
    action,
    scope,
    ...(interval && { interval }),
    ...(period && { period }),
    includeFuture,
    json: {
      ...(interval && { interval: formatInterval(interval) }),
      ...(period && { period: given['period'] }),
      ...(scope === 'ByPeriod' && { includeFuture }),
      ...(action === 'load' && {
        tieredReplicants: given['tieredReplicants'] ?? { [DEFAULT_TIER]: 2 },
        useDefaultTierForNull: given['useDefaultTierForNull'] ?? true,
      }),
      type,
    },
  };
}

/** The first rule that speaks of an interval; undefined: none does, and the segment is left as it is. */
export function ruleFor(rules: readonly Rule[], interval: Interval, nowMs: number): Rule | undefined {
  return rules.find((rule) => applies(rule, interval, nowMs));
}

function applies({ action, scope, interval, period, includeFuture }: Rule, of: Interval, nowMs: number): boolean {
  if (scope === 'Forever') return true;
  if (scope === 'ByInterval') return action === 'drop' ? contains(interval!, of) : overlaps(interval!, of);
  const startMs = addPeriod(nowMs, period!, -1, UTC);
  const recent = { startMs, endMs: nowMs };
  if (scope === 'BeforeByPeriod') return of.endMs <= startMs;
  if (action === 'drop') return includeFuture ? startMs <= of.startMs : contains(recent, of);
  return overlaps(recent, of) || (includeFuture && of.startMs >= nowMs);
}
