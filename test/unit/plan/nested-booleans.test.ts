import { expect, test } from 'vitest';
import { withNestedBooleans } from '../../../src/plan/nested-booleans.js';
import type { Filter } from '../../../src/query/filter-spec.js';
import type { VirtualColumn } from '../../../src/query/virtual-column.js';

const nested: VirtualColumn = {
  type: 'nested-field',
  name: 'v',
  columnName: 'doc',
  path: ['w'],
  processFromRaw: false,
  expectedType: 'STRING',
};
const equals = (column: string, matchValue: string): Filter => ({
  type: 'equals',
  column,
  matchValueType: 'STRING',
  matchValue,
});

test('the text of a boolean equals a nested boolean, however deep the comparison lies', () => {
  const filter: Filter = { type: 'or', fields: [{ type: 'not', field: equals('v', 'true') }, equals('v', 'FALSE')] };
  expect(withNestedBooleans(filter, [nested])).toEqual({
    type: 'or',
    fields: [
      { type: 'not', field: { type: 'inType', column: 'v', matchValueType: 'STRING', values: ['true', '1'] } },
      { type: 'inType', column: 'v', matchValueType: 'STRING', values: ['FALSE', '0'] },
    ],
  });
});

test('one of several texts may be that of a boolean', () => {
  const filter: Filter = { type: 'inType', column: 'v', matchValueType: 'STRING', values: ['x', null, 'false'] };
  expect(withNestedBooleans(filter, [nested])).toEqual({ ...filter, values: ['x', null, 'false', '0'] });
});

test('other columns and other texts stay as they are', () => {
  const filter: Filter = { type: 'and', fields: [equals('s', 'true'), equals('v', 'yes')] };
  expect(withNestedBooleans(filter, [nested])).toEqual(filter);
  expect(withNestedBooleans(null, [nested])).toBeNull();
});
