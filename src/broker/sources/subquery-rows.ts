import { createAggregator } from '../../aggregators/create-aggregator.js';
import { expressionColumn } from '../../aggregators/expression-column.js';
import { unfinishedColumn } from '../../aggregators/grouped-aggregator.js';
import { TIME_COLUMN } from '../../common/column-type.js';
import { unsupportedOperation } from '../../query/query-errors.js';
import { parseJson } from '../../common/json-read.js';
import { compileFilter } from '../../engine/filter/compile-filter.js';
import { type RowBatch, typesOfTable } from '../../engine/heap/row-batch.js';
import { fromJson } from '../../expressions/coercion.js';
import { concatTables } from '../../vectors/concat-tables.js';
import type { Table, TableColumn } from '../../vectors/table.js';
import type { AnswerBody } from '../answer.js';
import { ETERNAL_SEGMENT } from './constant-rows.js';
import type { SubqueryLimit } from './subquery-limit.js';

/**
 * The rows that a subquery answered, as data of the query around it. `__time` is the time of the result; a groupBy over all time has it only
 * for another groupBy, which takes the start of the interval. @source Druid `ClientQuerySegmentWalker.java`, `QueryToolChest#resultsAsArrays`
 */
export async function subqueryRows(
  body: AnswerBody,
  limit: SubqueryLimit | null,
  isNestedGroupBy: boolean,
): Promise<RowBatch> {
  const table = await tableOf(body, limit, isNestedGroupBy);
  return { table, types: typesOfTable(table), segmentId: `inline_${ETERNAL_SEGMENT}`, range: null };
}

async function tableOf(body: AnswerBody, limit: SubqueryLimit | null, isNestedGroupBy: boolean): Promise<Table> {
  switch (body.kind) {
    case 'aggregate': {
      const { query, table } = body;
      limit?.add(table);
      const hasTime = isNestedGroupBy || query.queryType !== 'groupBy' || query.granularity.type !== 'all';
      const [time, ...columns] = table.columns;
      const names = table.names.slice(1);
      const shown = columns.map((column, i) => rawState(body, names[i]!, column));
      if (!hasTime || time === undefined) return { numRows: table.numRows, names, columns: shown };
      return { numRows: table.numRows, names: [TIME_COLUMN, ...names], columns: [time, ...shown] };
    }
    case 'scan': {
      const tables: Table[] = [];
      for await (const batch of body.batches) {
        const table = { ...batch, names: batch.names.slice(0, -1), columns: batch.columns.slice(0, -1) };
        limit?.add(table);
        tables.push(table);
      }
      if (tables.length > 0) return concatTables(tables);
      const empty: TableColumn = { type: 'STRING', ids: new Int32Array(0), dictionary: [] };
      return { numRows: 0, names: body.query.columns, columns: body.query.columns.map(() => empty) };
    }
    case 'rows':
      limit?.add(body.table);
      return body.table;
    default:
      throw unsupportedOperation(`Query type '${body.kind}' does not support returning results as arrays`);
  }
}

/** A sketch that was not finalized is shown as base64 of its image: the query around it merges the image. */
function rawState(body: AnswerBody & { kind: 'aggregate' }, name: string, column: TableColumn): TableColumn {
  const { query } = body;
  if (query.context.finalize !== false) return column;
  const spec = query.aggregations.findLast((candidate) => candidate.name === name);
  if (spec === undefined) return column;
  if ((spec.type === 'first' || spec.type === 'last') && column.type === 'JSON') return pairValues(column.texts);
  if (column.type !== 'STRING') return column;
  const aggregator = createAggregator(spec, compileFilter);
  aggregator.ensure(1);
  if (unfinishedColumn(aggregator).type !== 'BINARY') return column;
  const images = Array.from(column.ids, (id) => (id < 0 ? null : Buffer.from(column.dictionary[id]!, 'base64')));
  const offsets = new Uint32Array(images.length + 1);
  images.forEach((image, i) => {
    offsets[i + 1] = offsets[i]! + (image?.length ?? 0);
  });
  const nulls = Uint8Array.from(images, (image) => (image === null ? 1 : 0));
  return { type: 'BINARY', offsets, bytes: Buffer.concat(images.filter((image) => image !== null)), nulls };
}

/** Of pairs of time and value as JSON, the values. */
function pairValues(texts: readonly (string | null)[]): TableColumn {
  const values = texts.map((text) => (text === null ? null : (parseJson(text) as { readonly rhs: unknown }).rhs));
  return expressionColumn(values.map(fromJson), null);
}
