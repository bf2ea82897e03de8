/** What a query reads: tables and intervals. */
import { DruidError } from '../common/druid-error.js';
import { type GranularityJson, parseGranularityJson } from '../common/granularity.js';
import { condense, type Interval } from '../common/interval.js';
import { readInterval } from '../common/iso-time.js';
import { isObject, kindOf, list, optionalText, scalarText, shown } from './json-fields.js';
import type { Filter, QueryContext } from './native-query.js';
import { mismatched, refused, unreadable, unsupported } from './query-errors.js';

/** What every query has; `intervals` is undefined when absent. */
export interface CommonParts {
  readonly dataSources: readonly string[];
  readonly intervals: readonly Interval[] | undefined;
  readonly filter: Filter | null;
  readonly context: QueryContext;
}

const LACKING_DATA_SOURCES = new Set(['inline', 'lookup', 'query', 'join', 'unnest', 'filter', 'restrict']);

/**
 * Table names of a dataSource member: a name, `table`, `globalTable`, or a `union` of those. An unknown type means `table`.
 * @throws DruidError INVALID_INPUT, or UNSUPPORTED for Druid's other types
 */
export function parseDataSources(json: unknown, queryClass: string): string[] {
  if (json === undefined || json === null) throw refused(queryClass, "dataSource can't be null");
  if (isObject(json) && optionalText(json, 'type') === 'union') {
    const members = list(json, 'dataSources');
    if (members.length === 0) {
      throw refused('query.UnionDataSource', "'dataSources' must be non-null and non-empty for 'union'");
    }
    return [...new Set(members.map(parseTable))];
  }
  return [parseTable(json)];
}

function parseTable(json: unknown): string {
  if (typeof json === 'string') {
    if (json === '') throw refused('query.TableDataSource', "'name' must be nonnull");
    return json;
  }
  if (!isObject(json))
    throw mismatched(`Cannot construct instance of \`org.apache.druid.query.DataSource\` from ${kindOf(json)} value`);
  const type = optionalText(json, 'type');
  if (type !== null && LACKING_DATA_SOURCES.has(type)) throw unsupported('the dataSource type', type);
  if (type === 'union') throw unsupported('the dataSource type', 'union in union');
  const name = optionalText(json, 'name');
  if (name === null || name === '') throw refused('query.TableDataSource', "'name' must be nonnull");
  return name;
}

/**
 * Every shape that Druid takes: `"A/B"`, `"A/B,C/D"`, an array, `{type: intervals, intervals}`; condensed and sorted.
 * @returns undefined when absent
 * @throws DruidError INVALID_INPUT, or UNSUPPORTED for a list of segments
 */
export function parseIntervals(json: unknown): Interval[] | undefined {
  if (json === undefined || json === null) return undefined;
  if (isObject(json)) {
    if (optionalText(json, 'type') === 'segments') throw unsupported('the intervals type', 'segments');
    return parseIntervals(json['intervals'] ?? []);
  }
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

/** Intervals of an `interval` filter. */
export function parseFilterIntervals(elements: readonly unknown[]): Interval[] {
  return elements.map((element) => {
    const text = scalarText(element) ?? '';
    const interval = readInterval(text);
    if ('problem' in interval) throw unreadable(`Invalid interval[${text}]: [${interval.problem}]`);
    return interval;
  });
}

/** @throws DruidError INVALID_INPUT in the envelope of a body that cannot be read */
export function parseQueryGranularity(json: unknown, queryClass: string): GranularityJson {
  if (json === undefined || json === null) throw refused(queryClass, 'Must specify a granularity');
  try {
    return parseGranularityJson(json);
  } catch (error) {
    if (!(error instanceof DruidError)) throw error;
    if (error.message.startsWith('Invalid format')) throw unreadable(error.message);
    throw refused('java.util.common.granularity.Granularity', error.message);
  }
}
