import type { GroupedLeaf } from '../../plan/leaf-plan.js';
import type { DimensionSpec, GroupByQuery } from '../../query/native-query.js';
import type { Table, TableColumn } from '../../vectors/table.js';
import { regroup } from '../merge.js';

/** The groups of one set of dimensions, merged from those of all; the dimensions that the set lacks are null. @source Druid `GroupingEngine#processSubtotalsSpec` */
export function subtotalGroups(query: GroupByQuery, merged: Table, names: readonly string[]): Table {
  const kept = query.dimensions.flatMap(({ outputName }, i) => (names.includes(outputName) ? [i] : []));
  const numDimensions = query.dimensions.length;
  const columns = [
    merged.columns[0]!,
    ...kept.map((i) => merged.columns[1 + i]!),
    ...merged.columns.slice(1 + numDimensions),
  ];
  const columnNames = ['t', ...kept.map((_, i) => `d${i}`), ...merged.names.slice(1 + numDimensions)];
  const plan: GroupedLeaf = {
    kind: 'grouped',
    intervals: query.intervals,
    granularity: query.granularity,
    filter: null,
    virtualColumns: [],
    dimensions: kept.map((i) => query.dimensions[i]!),
    aggregators: query.aggregations,
    fillEmptyBuckets: false,
    segmentCut: null,
  };
  const groups = regroup(plan, { numRows: merged.numRows, names: columnNames, columns });
  const dimensions = query.dimensions.map((dimension, i) => {
    const at = kept.indexOf(i);
    return at < 0 ? nullColumn(dimension, groups.numRows) : groups.columns[1 + at]!;
  });
  return {
    numRows: groups.numRows,
    names: merged.names,
    columns: [groups.columns[0]!, ...dimensions, ...groups.columns.slice(1 + kept.length)],
  };
}

/** The query as it stands for the rows of one set: `grouping` aggregators tell what the set lacks. */
export function subtotalQuery(query: GroupByQuery, names: readonly string[]): GroupByQuery {
  const aggregations = query.aggregations.map((spec) =>
    spec.type === 'grouping' ? { ...spec, keyDimensions: names } : spec,
  );
  return { ...query, aggregations, subtotals: null, limitSpec: null };
}

function nullColumn({ outputType }: DimensionSpec, numRows: number): TableColumn {
  const nulls = new Uint8Array(numRows).fill(1);
  switch (outputType) {
    case 'LONG':
      return { type: 'LONG', values: new BigInt64Array(numRows), nulls };
    case 'DOUBLE':
      return { type: 'DOUBLE', values: new Float64Array(numRows), nulls };
    case 'FLOAT':
      return { type: 'FLOAT', values: new Float32Array(numRows), nulls };
    case 'STRING':
      return { type: 'STRING', ids: new Int32Array(numRows).fill(-1), dictionary: [] };
    default:
      return { type: 'JSON', texts: Array<null>(numRows).fill(null) };
  }
}
