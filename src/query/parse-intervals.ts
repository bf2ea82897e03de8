/** Which time a query reads. @source Druid `LegacySegmentSpec.java`, `MultipleSpecificSegmentSpec.java` */
import { condense, type Interval } from '../common/interval.js';
import { readInterval } from '../common/iso-time.js';
import { asObject, isObject, kindOf, list, optionalText, scalarText, shown, wholeNumber } from './json-fields.js';
import type { SegmentDescriptor } from './native-query.js';
import { refused, unreadable } from './query-errors.js';

export interface QuerySegments {
  /** Condensed and sorted. */
  readonly intervals: readonly Interval[];
  readonly segments: readonly SegmentDescriptor[] | null;
}

/**
 * Every shape that Druid takes: `"A/B"`, `"A/B,C/D"`, an array, `{type: intervals, intervals}`, `{type: segments, segments}`.
 * @returns undefined when absent
 * @throws DruidError INVALID_INPUT
 */
export function parseQuerySegments(json: unknown): QuerySegments | undefined {
  if (json === undefined || json === null) return undefined;
  if (!isObject(json) || optionalText(json, 'type') !== 'segments')
    return { intervals: parseIntervals(json), segments: null };
  const segments = list(json, 'segments').map(parseSegmentDescriptor);
  return { intervals: condense(segments.map(({ interval }) => interval)), segments };
}

function parseIntervals(json: unknown): Interval[] {
  if (json === undefined || json === null) return [];
  if (isObject(json)) return parseIntervals(json['intervals']);
  if (typeof json === 'string') return condense(json.split(',').map(parseLegacyInterval));
  if (Array.isArray(json)) {
    return condense(
      json.flatMap((element: unknown) => (scalarText(element) ?? '').split(',')).map(parseLegacyInterval),
    );
  }
  throw refused('query.spec.LegacySegmentSpec', `Unknown type[${kindOf(json)}] for intervals[${shown(json)}]`);
}

function parseLegacyInterval(text: string): Interval {
  const interval = readInterval(text.trim());
  if ('problem' in interval) throw refused('query.spec.LegacySegmentSpec', interval.problem);
  return interval;
}

function parseSegmentDescriptor(json: unknown): SegmentDescriptor {
  const fields = asObject(json, 'query.SegmentDescriptor');
  return {
    interval: parseInterval(fields['itvl']),
    version: optionalText(fields, 'ver') ?? '',
    partitionNumber: wholeNumber(fields, 'part', 0),
  };
}

/** Intervals of an `interval` filter. */
export function parseFilterIntervals(elements: readonly unknown[]): Interval[] {
  return elements.map(parseInterval);
}

function parseInterval(json: unknown): Interval {
  const text = scalarText(json) ?? '';
  const interval = readInterval(text);
  if ('problem' in interval) throw unreadable(`Invalid interval[${text}]: [${interval.problem}]`);
  return interval;
}
