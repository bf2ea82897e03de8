import { TIME_COLUMN } from '../../common/column-type.js';
import { jsonText } from '../../common/json-write.js';
import type { PlannedRowsRequest } from '../../protocol/planned-rows.js';
import { type BatchSpec, parseBatchSpec } from '../spec/batch-spec.js';
import { isObject, type JsonObject } from '../spec/json-reader.js';
import { dimensionType } from './output-spec.js';
import type { QueryTaskSpec } from './query-task-spec.js';

/** An input of EXTERN, and the data source that its rows are put into while the task runs. */
export interface ExternalInput {
  readonly dataSource: string;
  readonly spec: BatchSpec;
}

/**
 * The queries of a task with tables in the place of what is external, each of which is read once.
 * @param nameOf the data source for the rows of an input, by its number
 * @throws DruidError INVALID_INPUT, UNSUPPORTED for sources and formats that cannot be read
 */
export function separateInputs(
  task: QueryTaskSpec,
  nameOf: (number: number) => string,
): { readonly inputs: readonly ExternalInput[]; readonly queries: readonly PlannedRowsRequest[] } {
  const inputs = new Map<string, ExternalInput>();
  const replaced = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(replaced);
    if (!isObject(value)) return value;
    if (value['type'] !== 'external' || !isObject(value['inputSource']))
      return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, replaced(member)]));
    const key = jsonText(value);
    let input = inputs.get(key);
    if (input === undefined) {
      const dataSource = nameOf(inputs.size);
      inputs.set(key, (input = { dataSource, spec: inputSpec(value, dataSource, task) }));
    }
    return { type: 'table', name: input.dataSource };
  };
  const queries = task.queries.map(({ query, columnMappings }) => ({
    query: replaced(query) as PlannedRowsRequest['query'],
    columnMappings,
  }));
  return { inputs: [...inputs.values()], queries };
}

/** Every row as it is, in order of input as far as one file goes; without a time of its own all are of 1970. */
function inputSpec(external: JsonObject, dataSource: string, task: QueryTaskSpec): BatchSpec {
  const signature = (external['signature'] as readonly { readonly name: string; readonly type: string }[]) ?? [];
  const columns = signature.filter(({ name }) => name !== TIME_COLUMN);
  const dimensions = columns.map(({ name, type }) => ({
    name,
    type: dimensionType(type) ?? 'auto',
    ...(type === 'STRING' && { multiValueHandling: 'ARRAY' }),
  }));
  return parseBatchSpec({
    type: 'index_parallel',
    spec: {
      dataSchema: {
        dataSource,
        timestampSpec: {
          column: TIME_COLUMN,
          format: 'auto',
          missingValue: '1970-01-01T00:00:00Z',
        },
        dimensionsSpec: dimensions.length > 0 ? { dimensions } : { dimensions: [{ type: 'long', name: TIME_COLUMN }] },
        granularitySpec: { segmentGranularity: 'ALL', queryGranularity: 'NONE', rollup: false },
      },
      ioConfig: { inputSource: external['inputSource'], inputFormat: external['inputFormat'] },
      tuningConfig: { maxRowsInMemory: task.maxRowsInMemory, maxSavedParseExceptions: 5 },
    },
  });
}
