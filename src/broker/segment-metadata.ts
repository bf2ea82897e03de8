import type { SegmentMetadataQuery } from '../query/native-query.js';
import type { ColumnAnalysis, SegmentAnalysis, StoredAnalysis } from '../protocol/segment-analysis.js';
import type { Table } from '../vectors/table.js';

/** The analyses of all leaves in id order; with `merge` one that describes them together. */
export function mergeAnalyses(query: SegmentMetadataQuery, tables: readonly Table[]): readonly SegmentAnalysis[] {
  const analyses = tables.flatMap(analysesOf).sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  if (!query.merge || analyses.length < 2) return analyses;
  const merged = analyses.reduce((a, b) => merge(query, a, b));
  return [{ ...merged, id: mergedId(analyses) }];
}

export function analysesOf(table: Table): SegmentAnalysis[] {
  const column = table.columns[0];
  if (column?.type !== 'JSON') return [];
  return column.texts.flatMap((text) => (text === null ? [] : [JSON.parse(text) as SegmentAnalysis]));
}

/** Druid names a merged analysis after the last segment, `merged` in place of the version. */
function mergedId(analyses: readonly SegmentAnalysis[]): string {
  const last = analyses.at(-1)?.id ?? '';
  return last.replace(/_([^_]*Z)_([^_]*Z)_[^_]+(_\d+)?$/, '_$1_$2_merged');
}

function merge(query: SegmentMetadataQuery, a: SegmentAnalysis, b: SegmentAnalysis): SegmentAnalysis {
  const columns: Record<string, ColumnAnalysis> = { ...a.columns };
  for (const [name, column] of Object.entries(b.columns)) {
    const known = columns[name];
    columns[name] = known === undefined ? column : mergeColumns(known, column);
  }
  return {
    id: b.id,
    intervals: a.intervals && b.intervals ? [...new Set([...a.intervals, ...b.intervals])] : null,
    columns,
    size: a.size + b.size,
    numRows: a.numRows + b.numRows,
    aggregators: mergeAggregators(query, a.aggregators, b.aggregators),
    timestampSpec: same(a.timestampSpec, b.timestampSpec),
    queryGranularity: same(a.queryGranularity, b.queryGranularity),
    rollup: a.rollup === b.rollup ? a.rollup : null,
  };
}

/** @source Druid `query/metadata/metadata/ColumnAnalysis.java` fold */
function mergeColumns(a: ColumnAnalysis, b: ColumnAnalysis): ColumnAnalysis {
  if (a.errorMessage !== null) return a;
  if (b.errorMessage !== null) return b;
  const hasMultipleValues = a.hasMultipleValues || b.hasMultipleValues;
  const hasNulls = a.hasNulls || b.hasNulls;
  if (a.typeSignature !== b.typeSignature) {
    const errorMessage = `error:cannot_merge_diff_types: [${a.type}] and [${b.type}]`;
    return {
      typeSignature: 'STRING',
      type: 'STRING',
      hasMultipleValues,
      hasNulls,
      size: -1,
      cardinality: null,
      minValue: null,
      maxValue: null,
      errorMessage,
    };
  }
  return {
    ...a,
    hasMultipleValues,
    hasNulls,
    size: a.size + b.size,
    cardinality: a.cardinality === null ? b.cardinality : Math.max(a.cardinality, b.cardinality ?? 0),
    minValue:
      a.minValue !== null && b.minValue !== null
        ? a.minValue < b.minValue
          ? a.minValue
          : b.minValue
        : (a.minValue ?? b.minValue),
    maxValue:
      a.maxValue !== null && b.maxValue !== null
        ? a.maxValue > b.maxValue
          ? a.maxValue
          : b.maxValue
        : (a.maxValue ?? b.maxValue),
    ...mergeStored(a.stored, b.stored),
  };
}

function mergeStored(a?: StoredAnalysis, b?: StoredAnalysis): { readonly stored?: StoredAnalysis } {
  const either = a ?? b;
  if (a === undefined || b === undefined) return either === undefined ? {} : { stored: either };
  return {
    stored: {
      layouts: [...new Set([...a.layouts, ...b.layouts])].toSorted(),
      valueBytes: a.valueBytes + b.valueBytes,
      dictionaryBytes: a.dictionaryBytes + b.dictionaryBytes,
      indexBytes: a.indexBytes + b.indexBytes,
    },
  };
}

function mergeAggregators(
  query: SegmentMetadataQuery,
  a: SegmentAnalysis['aggregators'],
  b: SegmentAnalysis['aggregators'],
): SegmentAnalysis['aggregators'] {
  switch (query.aggregatorMergeStrategy) {
    case 'strict':
      return a !== null && b !== null && JSON.stringify(a) === JSON.stringify(b) ? a : null;
    case 'earliest':
      return a === null ? b : { ...b, ...a };
    case 'latest':
      return b === null ? a : { ...a, ...b };
    case 'lenient':
      return lenient(a, b);
  }
}

/** Aggregators that differ between segments become null, the others stay. */
function lenient(a: SegmentAnalysis['aggregators'], b: SegmentAnalysis['aggregators']): SegmentAnalysis['aggregators'] {
  if (a === null || b === null) return a ?? b;
  const merged: Record<string, unknown> = { ...a };
  for (const [name, aggregator] of Object.entries(b)) {
    merged[name] = name in a ? same(a[name], aggregator) : aggregator;
  }
  return merged;
}

function same(a: unknown, b: unknown): unknown {
  return JSON.stringify(a) === JSON.stringify(b) ? a : null;
}
