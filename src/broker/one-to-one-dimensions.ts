import type { FunctionContext } from '../expressions/functions/expr-function.js';
import { asText } from '../expressions/coercion.js';
import { compileExtraction, type Extraction } from '../engine/virtual/extraction/compile-extraction.js';
import type { LookupSource } from '../lookups/lookup-source.js';
import { isDerivedColumn } from '../query/desugar/derived-columns.js';
import type { ExtractionFn } from '../query/extraction-fn.js';
import type { DimensionSpec, GroupByQuery, NativeQuery, TopNMetric, TopNQuery } from '../query/native-query.js';
import { stringColumn } from '../aggregators/expression-column.js';
import { textAt } from '../engine/finish/group-cells.js';
import type { Table } from '../vectors/table.js';

/** A query over the values as they are stored, and what its rows become in the end. */
export interface Unextracted<Q> {
  readonly query: Q;
  readonly extract: (table: Table) => Table;
}

/**
 * Dimensions whose extraction function gives each value another one are grouped, ordered and limited by the stored values; only the rows
 * of the answer are extracted. Where the function is not one to one after all (a lookup said so wrongly, or lacks keys), an answer has a text
 * several times, as Druid's has.
 * @source Druid `TopNQueryQueryToolChest#preMergeQueryDecoration`, `GroupByQueryQueryToolChest#extractionsToRewrite`
 */
export function unextracted(
  query: TopNQuery | GroupByQuery,
  lookups: LookupSource,
): Unextracted<TopNQuery | GroupByQuery> | undefined {
  const context: FunctionContext = { lookup: (name) => mappingOf(lookups, name) };
  const extractions = new Map<string, Extraction>();
  const plain = (spec: DimensionSpec): DimensionSpec => {
    const column = query.virtualColumns.find(({ name }) => name === spec.dimension);
    if (column?.type !== 'extraction' || !isDerivedColumn(column.name)) return spec;
    if (!isOneToOne(column.extractionFn, lookups)) return spec;
    extractions.set(spec.outputName, compileExtraction(column.extractionFn, context));
    return { ...spec, dimension: column.column, outputType: 'STRING' };
  };
  const changed = changeDimensions(query, plain);
  if (extractions.size === 0) return undefined;
  return { query: changed, extract: (table) => extracted(table, extractions) };
}

function changeDimensions(
  query: TopNQuery | GroupByQuery,
  change: (spec: DimensionSpec) => DimensionSpec,
): TopNQuery | GroupByQuery {
  if (query.queryType === 'groupBy') return { ...query, dimensions: query.dimensions.map(change) };
  return isByMetric(query.metric) ? { ...query, dimension: change(query.dimension) } : query;
}

/** The order of a topN by its dimension is that of the extracted values. */
function isByMetric(metric: TopNMetric): boolean {
  return metric.type === 'inverted' ? isByMetric(metric.metric) : metric.type === 'numeric';
}

/** Whether `unextracted` has something to look at. */
export function hasExtractedDimension(query: NativeQuery): query is TopNQuery | GroupByQuery {
  if (query.queryType !== 'topN' && query.queryType !== 'groupBy') return false;
  return query.virtualColumns.some(({ type, name }) => type === 'extraction' && isDerivedColumn(name));
}

/** @source Druid `ExtractionFn.ExtractionType`, `LookupExtractionFn.java`, `RegisteredLookupExtractionFn.java` */
function isOneToOne(fn: ExtractionFn, lookups: LookupSource): boolean {
  switch (fn.type) {
    case 'identity':
    case 'stringFormat':
      return true;
    case 'lookup':
      return fn.injective ?? false;
    case 'registeredLookup':
      return fn.injective ?? lookups.get(fn.lookup)?.isOneToOne ?? false;
    case 'cascade':
      return fn.extractionFns.every((step) => isOneToOne(step, lookups));
    default:
      return false;
  }
}

function mappingOf(lookups: LookupSource, name: string): ReturnType<FunctionContext['lookup']> {
  const map = lookups.get(name)?.map;
  return map && ((key) => (key === null ? null : map.get(key)));
}

function extracted(table: Table, extractions: ReadonlyMap<string, Extraction>): Table {
  const columns = table.columns.map((column, i) => {
    const extract = extractions.get(table.names[i]!);
    if (extract === undefined || i === 0) return column;
    const texts = Array.from({ length: table.numRows }, (_, row) => asText(extract(textAt(column, row))));
    return stringColumn(texts);
  });
  return { ...table, columns };
}
