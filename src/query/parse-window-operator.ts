/** Operators of a `windowOperator` query. @source Druid `OperatorFactory.java`, `Processor.java`, `WindowFrame.java` */
import { readInterval } from '../common/iso-time.js';
import type { Interval } from '../common/interval.js';
import {
  asObject,
  assertKnownType,
  flag,
  type JsonObject,
  list,
  optionalText,
  requiredText,
  textList,
  typeOf,
  wholeNumber,
} from './json-fields.js';
import { parseAggregator } from './parse-aggregator.js';
import { parseOptionalFilter } from './parse-filter.js';
import { QueryScope, type RequestScope } from './parse-scope.js';
import { parseVirtualColumns } from './parse-virtual-columns.js';
import { refused, unreadable } from './query-errors.js';
import { allVirtualColumns } from './query-parts.js';
import type { ColumnDirection, ScanOperator, WindowFrame, WindowOperator, WindowProcessor } from './window-operator.js';

const OPERATOR = 'query.operator.OperatorFactory';
const OPERATORS = new Set('glueingPartition naivePartition naiveSort partitionSort scan window'.split(' '));
const PROCESSOR = 'query.operator.window.Processor';
const PROCESSORS = new Set(
  'composing cumeDist denseRank first framedAgg last offset percentile rank rowNumber'.split(' '),
);
const FRAME = 'query.operator.window.WindowFrame';
const FRAMES = new Set(['groups', 'rows']);

/** @throws DruidError INVALID_INPUT */
export function parseWindowOperator(json: unknown, request: RequestScope): WindowOperator {
  const fields = asObject(json, OPERATOR);
  const type = typeOf(fields, OPERATOR);
  assertKnownType(type, OPERATOR, OPERATORS);
  switch (type) {
    case 'naiveSort':
      return { type: 'sort', columns: directions(fields, 'columns') };
    case 'partitionSort':
      return { type: 'partitionSort', columns: directions(fields, 'sortColumns') };
    case 'scan':
      return parseScanOperator(fields, request);
    case 'window':
      return { type: 'window', processor: parseProcessor(fields['processor'], request) };
    default:
      return { type: 'partition', columns: names(fields, 'partitionColumns') };
  }
}

function directions(fields: JsonObject, key: string): ColumnDirection[] {
  return list(fields, key).map((json) => {
    const javaClass = 'query.operator.ColumnWithDirection';
    const column = asObject(json, javaClass);
    const direction = optionalText(column, 'direction') ?? 'ASC';
    if (direction !== 'ASC' && direction !== 'DESC') {
      throw refused(`${javaClass}$Direction`, `No enum constant org.apache.druid.${javaClass}.Direction.${direction}`);
    }
    return { column: requiredText(column, 'column', javaClass, 'column'), isDescending: direction === 'DESC' };
  });
}

function names(fields: JsonObject, key: string): string[] {
  return textList(fields, key).filter((name) => name !== null);
}

function parseScanOperator(fields: JsonObject, request: RequestScope): ScanOperator {
  const scope = new QueryScope(request);
  const own = parseVirtualColumns(fields['virtualColumns'], scope);
  const filter = parseOptionalFilter(fields['filter'], scope);
  const bounds = fields['offsetLimit'];
  const { offset, limit } = bounds === undefined || bounds === null ? NO_BOUNDS : parseOffsetLimit(bounds);
  const hasColumns = fields['projectedColumns'] !== undefined && fields['projectedColumns'] !== null;
  return {
    type: 'scan',
    timeRange: parseTimeRange(optionalText(fields, 'timeRange')),
    filter,
    virtualColumns: allVirtualColumns(own, scope.derivedColumns),
    offset,
    limit,
    projectedColumns: hasColumns ? names(fields, 'projectedColumns') : null,
    ordering: directions(fields, 'ordering'),
  };
}

const NO_BOUNDS = { offset: 0, limit: null } as const;

function parseOffsetLimit(json: unknown): { readonly offset: number; readonly limit: number | null } {
  const javaClass = 'query.operator.OffsetLimit';
  const fields = asObject(json, javaClass);
  const offset = wholeNumber(fields, 'offset', 0);
  if (offset < 0) throw refused(javaClass, 'offset >= 0');
  const limit = wholeNumber(fields, 'limit', -1);
  return { offset, limit: limit < 0 || limit >= Number.MAX_SAFE_INTEGER ? null : limit };
}

function parseTimeRange(text: string | null): Interval | null {
  if (text === null) return null;
  const interval = readInterval(text);
  if ('problem' in interval) throw unreadable(`Invalid interval[${text}]: [${interval.problem}]`);
  return interval;
}

function parseProcessor(json: unknown, request: RequestScope): WindowProcessor {
  const fields = asObject(json, PROCESSOR);
  const type = typeOf(fields, PROCESSOR);
  assertKnownType(type, PROCESSOR, PROCESSORS);
  const javaClass = `query.operator.window.${type}`;
  const output = (): string => requiredText(fields, 'outputColumn', javaClass, 'outputColumn');
  switch (type) {
    case 'composing':
      return { type, processors: list(fields, 'processors').map((part) => parseProcessor(part, request)) };
    case 'framedAgg':
      return parseFramedAggregates(fields, request);
    case 'rank':
      return {
        type,
        group: names(fields, 'group'),
        outputColumn: output(),
        asPercent: flag(fields, 'asPercent', false),
      };
    case 'cumeDist':
    case 'denseRank':
      return { type, group: names(fields, 'group'), outputColumn: output() };
    case 'percentile': {
      const numBuckets = wholeNumber(fields, 'numBuckets', 0);
      if (numBuckets <= 0) throw refused(javaClass, `numBuckets[${numBuckets}] must be greater than zero`);
      return { type, outputColumn: output(), numBuckets };
    }
    case 'offset':
    case 'first':
    case 'last': {
      const columns = {
        inputColumn: requiredText(fields, 'inputColumn', javaClass, 'inputColumn'),
        outputColumn: output(),
      };
      if (type === 'offset') return { type, ...columns, offset: wholeNumber(fields, 'offset', 0) };
      const frame = fields['frame'];
      return { type, ...columns, frame: frame === undefined || frame === null ? null : parseFrame(frame) };
    }
    default:
      return { type: 'rowNumber', outputColumn: output() };
  }
}

function parseFramedAggregates(fields: JsonObject, request: RequestScope): WindowProcessor {
  const scope = new QueryScope(request);
  const aggregations = list(fields, 'aggregations').map((json) => parseAggregator(json, scope));
  const frame = parseFrame(fields['frame']);
  return { type: 'framedAgg', frame, aggregations, virtualColumns: scope.derivedColumns };
}

function parseFrame(json: unknown): WindowFrame {
  const fields = asObject(json, FRAME);
  const type = typeOf(fields, FRAME);
  assertKnownType(type, FRAME, FRAMES);
  const bound = (key: string): number | null => {
    const value = fields[key];
    return value === undefined || value === null ? null : wholeNumber(fields, key, 0);
  };
  const bounds = { lower: bound('lowerOffset'), upper: bound('upperOffset') };
  if (type === 'rows') return { type, ...bounds };
  return { type: 'groups', ...bounds, columns: names(fields, 'orderByColumns') };
}
