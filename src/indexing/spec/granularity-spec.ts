/** How rows are cut into segments and how fine their time stays. @source Druid `UniformGranularitySpec.java`, `ArbitraryGranularitySpec.java` */
import { parseGranularityJson, toDruidGranularity } from '../../common/granularity.js';
import { condense, type Interval, overlaps } from '../../common/interval.js';
import { invalidInput } from '../../common/druid-error.js';
import { formatInterval, parseInterval } from '../../common/iso-time.js';
import type { GranularityJson } from '../../query/native-query.js';
import { boolean, type JsonObject, optionalString, stringArray, unknownType } from './json-reader.js';

export interface GranularitySpec {
  readonly type: 'uniform' | 'arbitrary';
  /** null for `arbitrary`: the intervals themselves are the buckets. */
  readonly segmentGranularity: GranularityJson | null;
  readonly queryGranularity: GranularityJson;
  readonly rollup: boolean;
  /** Sorted, without overlaps; null = no limit. */
  readonly intervals: readonly Interval[] | null;
}

export function parseGranularitySpec(json: JsonObject | undefined): GranularitySpec {
  const spec = json ?? {};
  const type = optionalString(spec, 'type') ?? 'uniform';
  if (type !== 'uniform' && type !== 'arbitrary') {
    throw unknownType(type, 'org.apache.druid.segment.indexing.granularity.GranularitySpec', ['arbitrary', 'uniform']);
  }
  const texts = stringArray(spec, 'intervals');
  const parsed = texts === undefined || texts.length === 0 ? null : texts.map((text) => parseInterval(text));
  const queryGranularity = parseGranularityJson(spec['queryGranularity'] ?? 'none');
  const rollup = boolean(spec, 'rollup', true);
  if (type === 'uniform') {
    const segmentGranularity = parseGranularityJson(spec['segmentGranularity'] ?? 'DAY');
    return { type, segmentGranularity, queryGranularity, rollup, intervals: parsed && condense(parsed) };
  }
  if (parsed === null) throw invalidInput('granularitySpec of type [arbitrary] must have intervals');
  return { type, segmentGranularity: null, queryGranularity, rollup, intervals: disjoint(parsed) };
}

export function granularitySpecJson(spec: GranularitySpec): JsonObject {
  return {
    type: spec.type,
    ...(spec.segmentGranularity && { segmentGranularity: toDruidGranularity(spec.segmentGranularity) }),
    queryGranularity: toDruidGranularity(spec.queryGranularity),
    rollup: spec.rollup,
    intervals: (spec.intervals ?? []).map(formatInterval),
  };
}

function disjoint(intervals: readonly Interval[]): readonly Interval[] {
  const sorted = [...intervals].sort((a, b) => a.startMs - b.startMs || a.endMs - b.endMs);
  for (let i = 1; i < sorted.length; i++) {
    const before = sorted[i - 1];
    const next = sorted[i];
    if (before && next && overlaps(before, next)) {
      throw invalidInput(`Overlapping intervals: ${formatInterval(before)}, ${formatInterval(next)}`);
    }
  }
  return sorted;
}
