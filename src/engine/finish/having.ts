import type { HavingSpec } from '../../query/native-query.js';
import { stringsOf } from '../../vectors/ids-column.js';
import { keptRows } from '../heap/kept-rows.js';
import { type RowBatch, typesOfTable } from '../heap/row-batch.js';
import type { FinishedGroups } from './finished-groups.js';
import { compareDoubles, isNullAt, textAt } from './group-cells.js';

/** Which groups are kept; a null metric satisfies no comparison. @source Druid `having/*.java` */
export function havingFilter(having: HavingSpec, groups: FinishedGroups): (row: number) => boolean {
  switch (having.type) {
    case 'always':
      return () => true;
    case 'and': {
      const parts = having.havingSpecs.map((spec) => havingFilter(spec, groups));
      return (row) => parts.every((part) => part(row));
    }
    case 'or': {
      const parts = having.havingSpecs.map((spec) => havingFilter(spec, groups));
      return (row) => parts.some((part) => part(row));
    }
    case 'not': {
      const part = havingFilter(having.havingSpec, groups);
      return (row) => !part(row);
    }
    case 'greaterThan':
      return comparison(having.aggregation, having.value, groups, (order) => order > 0);
    case 'lessThan':
      return comparison(having.aggregation, having.value, groups, (order) => order < 0);
    case 'equalTo':
      return comparison(having.aggregation, having.value, groups, (order) => order === 0);
    case 'filter': {
      const rows = new Set(keptRows(resultRows(groups), having.filter, having.virtualColumns, groups.lookups));
      return (row) => rows.has(row);
    }
    case 'dimSelector': {
      const column = groups.dimensions.get(having.dimension);
      if (column === undefined) return () => having.value === null;
      return (row) => textAt(column, row) === having.value;
    }
  }
}

/** The groups as rows of their output columns. */
function resultRows(groups: FinishedGroups): RowBatch {
  const columns = new Map(groups.dimensions);
  for (const name of groups.metricNames) {
    const column = groups.metric(name);
    if (column !== undefined) columns.set(name, column);
  }
  const table = { numRows: groups.numRows, names: [...columns.keys()], columns: [...columns.values()].map(stringsOf) };
  return { table, types: typesOfTable(table), segmentId: 'having', range: null };
}

function comparison(
  name: string,
  value: number,
  groups: FinishedGroups,
  isKept: (order: number) => boolean,
): (row: number) => boolean {
  const column = groups.metric(name) ?? groups.dimensions.get(name);
  if (column === undefined) return () => false;
  return (row) => {
    if (isNullAt(column, row)) return false;
    if (column.type === 'LONG') return isKept(compareLong(column.values[row]!, value));
    if (column.type === 'DOUBLE' || column.type === 'FLOAT') return isKept(compareDoubles(column.values[row]!, value));
    return isKept(compareDoubles(Number(textAt(column, row)), value));
  };
}

/** JavaScript compares a bigint with a number exactly. */
function compareLong(long: bigint, value: number): number {
  return long < value ? -1 : long > value ? 1 : 0;
}
