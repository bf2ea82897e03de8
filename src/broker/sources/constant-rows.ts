import { type RowBatch, typesOfTable } from '../../engine/heap/row-batch.js';
import { typeOfValues, valueColumn } from '../../engine/heap/value-column.js';
import type { Lookup } from '../../lookups/lookup-factory.js';
import type { DataSource } from '../../query/data-source.js';

/** What follows the name in the id of a segment that stands for data without one. @source Druid `SegmentId#dummy` */
export const ETERNAL_SEGMENT = '-146136543-09-08T08:23:32.096Z_146140482-04-24T15:36:27.903Z_dummy_version';

export function inlineRows(dataSource: DataSource & { type: 'inline' }): RowBatch {
  const { columnNames, columnTypes, rows } = dataSource;
  const columns = columnNames.map((_, i) => {
    const values = rows.map((row) => row[i] ?? null);
    return valueColumn(values, columnTypes[i] ?? typeOfValues(values));
  });
  const table = { numRows: rows.length, names: columnNames, columns };
  const declared = columnNames.flatMap((name, i) => {
    const type = columnTypes[i] ?? null;
    return type === null ? [] : [[name, type] as const];
  });
  const types = { ...typesOfTable(table), ...Object.fromEntries(declared) };
  return { table, types, segmentId: `inline_${ETERNAL_SEGMENT}`, range: null };
}

/** A lookup as rows of `k` and `v`, in the order of its map. */
export function lookupRows(name: string, lookup: Lookup): RowBatch {
  const table = {
    numRows: lookup.map.size,
    names: ['k', 'v'],
    columns: [valueColumn([...lookup.map.keys()], 'STRING'), valueColumn([...lookup.map.values()], 'STRING')],
  };
  return { table, types: { k: 'STRING', v: 'STRING' }, segmentId: `${name}_${ETERNAL_SEGMENT}`, range: null };
}
