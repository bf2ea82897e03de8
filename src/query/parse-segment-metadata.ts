/** Segment metadata queries. @source Druid `SegmentMetadataQuery.java` */
import { asObject, assertKnownType, flag, type JsonObject, optionalText, textList, typeOf } from './json-fields.js';
import type { AnalysisType, SegmentMetadataQuery } from './native-query.js';
import { refused } from './query-errors.js';
import type { QueryParts } from './query-parts.js';

const QUERY = 'query.metadata.metadata.SegmentMetadataQuery';
const INCLUDERS = new Set(['all', 'none', 'list']);
const STRATEGIES = ['strict', 'lenient', 'earliest', 'latest'] as const;

const ANALYSIS_TYPES: readonly AnalysisType[] = [
  'cardinality',
  'interval',
  'minmax',
  'size',
  'timestampspec',
  'querygranularity',
  'aggregators',
  'rollup',
  'encoding',
];
const DEFAULT_ANALYSIS_TYPES: readonly AnalysisType[] = ['cardinality', 'interval', 'minmax'];

/** @throws DruidError INVALID_INPUT */
export function parseSegmentMetadata(fields: JsonObject, common: QueryParts): SegmentMetadataQuery {
  if (common.dataSource.type !== 'tables') {
    throw refused(QUERY, 'SegmentMetadataQuery only supports table or union datasource');
  }
  return {
    queryType: 'segmentMetadata',
    ...common,
    defaultHistory: fields['intervals'] === undefined || fields['intervals'] === null,
    toInclude: parseToInclude(fields['toInclude']),
    merge: flag(fields, 'merge', false),
    analysisTypes: parseAnalysisTypes(fields),
    aggregatorMergeStrategy: parseStrategy(fields),
  };
}

function parseToInclude(json: unknown): SegmentMetadataQuery['toInclude'] {
  if (json === undefined || json === null) return { type: 'all' };
  const base = 'query.metadata.metadata.ColumnIncluderator';
  const fields = asObject(json, base);
  const type = typeOf(fields, base);
  if (type === 'all' || type === 'none') return { type };
  assertKnownType(type, base, INCLUDERS);
  return { type: 'list', columns: textList(fields, 'columns').filter((name) => name !== null) };
}

function parseAnalysisTypes(fields: JsonObject): readonly AnalysisType[] {
  if (fields['analysisTypes'] === undefined || fields['analysisTypes'] === null) return DEFAULT_ANALYSIS_TYPES;
  const asked = textList(fields, 'analysisTypes').map((name) => {
    const type = ANALYSIS_TYPES.find((known) => known === name?.toLowerCase());
    if (type !== undefined) return type;
    const enumName = `org.apache.druid.${QUERY}.AnalysisType.${String(name).toUpperCase()}`;
    throw refused(`${QUERY}$AnalysisType`, `No enum constant ${enumName}`);
  });
  return [...new Set(asked)];
}

function parseStrategy(fields: JsonObject): SegmentMetadataQuery['aggregatorMergeStrategy'] {
  const name = optionalText(fields, 'aggregatorMergeStrategy');
  const hasLenient = fields['lenientAggregatorMerge'] !== undefined && fields['lenientAggregatorMerge'] !== null;
  if (hasLenient && name !== null) {
    const both = 'Both [lenientAggregatorMerge] and [aggregatorMergeStrategy] parameters cannot be set.';
    throw refused(
      QUERY,
      `${both} Consider using [aggregatorMergeStrategy] since [lenientAggregatorMerge] is deprecated.`,
    );
  }
  if (hasLenient) return flag(fields, 'lenientAggregatorMerge', false) ? 'lenient' : 'strict';
  if (name === null) return 'strict';
  const strategy = STRATEGIES.find((known) => known === name.toLowerCase());
  if (strategy === undefined) {
    throw refused(
      'query.metadata.metadata.AggregatorMergeStrategy',
      `No enum constant AggregatorMergeStrategy.${name.toUpperCase()}`,
    );
  }
  return strategy;
}
