/** `dataSchema`: how records become rows of a data source. @source Druid `DataSchema.java` */
import { TIME_COLUMN } from '../../common/column-type.js';
import { invalidInput } from '../../common/druid-error.js';
import type { AggregatorSpec, NamedLookups } from '../../query/native-query.js';
import { metricInputs } from '../../segments/incremental/metric-inputs.js';
import type { RowSchema } from '../../segments/incremental/row-schema.js';
import { parseAggregator } from '../../query/parse-aggregator.js';
import { checkExpression } from '../../query/check-expression.js';
import { ingestionScope } from '../../query/parse-scope.js';
import type { VirtualColumn } from '../../query/virtual-column.js';
import { dimensionJson, type DimensionsSpec, parseDimensionsSpec } from './dimensions-spec.js';
import { type GranularitySpec, granularitySpecJson, parseGranularitySpec } from './granularity-spec.js';
import { type JsonObject, optionalArray, optionalObject, unsupported } from './json-reader.js';
import { parseTimestampSpec, type TimestampSpec } from './timestamp-spec.js';
import { parseTransformSpec, type TransformSpec } from './transform-spec.js';

export interface DataSchema {
  readonly dataSource: string;
  readonly timestampSpec: TimestampSpec;
  readonly dimensionsSpec: DimensionsSpec;
  readonly metricsSpec: readonly AggregatorSpec[];
  readonly granularitySpec: GranularitySpec;
  readonly transformSpec: TransformSpec;
  /** What metrics and the filter compute from the transformed row; each after those that it is derived from. */
  readonly derivedColumns: readonly DerivedColumn[];
  /** Those that its expressions name, as they were when its task began: whoever starts a task adds them. */
  readonly lookups?: NamedLookups;
  /** With Druid's defaults filled in, as its API returns it. */
  readonly json: JsonObject;
}

export type DerivedColumn = Extract<VirtualColumn, { type: 'expression' }>;

/** @throws DruidError INVALID_INPUT, or UNSUPPORTED for parts that Millrace does not have */
export function parseDataSchema(json: JsonObject): DataSchema {
  const dataSource = checkDataSource(json['dataSource']);
  const timestampSpec = parseTimestampSpec(optionalObject(json, 'timestampSpec'));
  const metricsJson = optionalArray(json, 'metricsSpec') ?? [];
  const scope = ingestionScope();
  const metricsSpec = metricsJson.map((metric) => parseAggregator(metric, scope));
  const transformJson = optionalObject(json, 'transformSpec');
  const transformSpec = parseTransformSpec(transformJson, scope);
  const derivedColumns = scope.derivedColumns.map(expressionColumn);
  if ((optionalArray(json, 'projections') ?? []).length > 0) throw unsupported('projections are not supported');
  const reserved = [
    timestampSpec.column,
    ...metricsSpec.map((metric) => metric.name),
    ...metricInputs(metricsSpec).map((input) => input.fieldName),
    ...derivedInputs(metricsJson),
  ];
  const dimensionsSpec = parseDimensionsSpec(optionalObject(json, 'dimensionsSpec'), reserved);
  const granularitySpec = parseGranularitySpec(optionalObject(json, 'granularitySpec'));
  checkColumnNames(dimensionsSpec, metricsSpec);
  const normalized: JsonObject = {
    dataSource,
    timestampSpec: {
      column: timestampSpec.column,
      format: timestampSpec.format,
      missingValue: optionalObject(json, 'timestampSpec')?.['missingValue'] ?? null,
    },
    dimensionsSpec: {
      dimensions: dimensionsSpec.dimensions.map(dimensionJson),
      dimensionExclusions: dimensionsSpec.exclusions,
      includeAllDimensions: dimensionsSpec.includeAllDimensions,
      useSchemaDiscovery: dimensionsSpec.useSchemaDiscovery,
    },
    metricsSpec: metricsJson,
    granularitySpec: granularitySpecJson(granularitySpec),
    transformSpec: { filter: transformJson?.['filter'] ?? null, transforms: transformJson?.['transforms'] ?? [] },
  };
  return {
    dataSource,
    timestampSpec,
    dimensionsSpec,
    metricsSpec,
    granularitySpec,
    transformSpec,
    derivedColumns,
    json: normalized,
  };
}

/** The part that an incremental index needs. */
export function rowSchemaOf(schema: DataSchema): RowSchema {
  return {
    dimensions: schema.dimensionsSpec.dimensions,
    metrics: schema.metricsSpec,
    queryGranularity: schema.granularitySpec.queryGranularity,
    rollup: schema.granularitySpec.rollup,
  };
}

/** @source Druid `IdUtils.validateId` */
function checkDataSource(value: unknown): string {
  const problem = (text: string) => invalidInput(`Invalid value for field [dataSource]: ${text}`);
  if (typeof value !== 'string' || value === '') throw problem('must not be null');
  if (value.startsWith('.')) throw problem(`Value [${value}] cannot start with '.'.`);
  if (value.includes('/')) throw problem(`Value [${value}] cannot contain '/'.`);
  if (/[^\S ]/.test(value))
    throw problem(`Value [${value}] contains illegal whitespace characters. Only space is allowed.`);
  return value;
}

function expressionColumn(column: VirtualColumn): DerivedColumn {
  if (column.type === 'expression') return column;
  throw unsupported(`Extraction functions in ingestion specs are not supported`);
}

/** Fields that expressions of metrics read: like other inputs of metrics they do not become dimensions by themselves. */
function derivedInputs(metrics: readonly unknown[]): string[] {
  return metrics.flatMap((metric) => {
    const { expression, aggregator } = metric as { readonly expression?: unknown; readonly aggregator?: unknown };
    const inner = typeof aggregator === 'object' && aggregator !== null ? derivedInputs([aggregator]) : [];
    const verdict = typeof expression === 'string' ? checkExpression(expression) : undefined;
    return verdict !== undefined && 'inputs' in verdict ? [...inner, ...verdict.inputs] : inner;
  });
}

/** @source Druid `DataSchema.computeAndValidateOutputFieldNames` */
function checkColumnNames(dimensions: DimensionsSpec, metrics: readonly AggregatorSpec[]): void {
  const seen = new Map<string, Map<string, number>>();
  const add = (name: string, where: string): void => {
    const places = seen.get(name) ?? new Map<string, number>();
    seen.set(name, places.set(where, (places.get(where) ?? 0) + 1));
  };
  add(TIME_COLUMN, 'primary timestamp');
  for (const dimension of dimensions.dimensions) add(dimension.name, 'dimensions list');
  for (const metric of metrics) add(metric.name, 'metricsSpec list');
  const repeated: string[] = [];
  for (const [name, places] of seen) {
    let total = 0;
    for (const count of places.values()) total += count;
    if (total < 2) continue;
    const parts = [...places].map(([where, count]) => (count > 1 ? `${where} (${count} occurrences)` : where));
    repeated.push(`[${name}] seen in ${parts.join(', ')}`);
  }
  if (repeated.length > 0) throw invalidInput(`Cannot specify a column more than once: ${repeated.join('; ')}`);
}
