import { expect, test } from 'vitest';
import { parseInterval } from '../../../src/common/iso-time.js';
import { formatSegmentId, parseSegmentId } from '../../../src/common/segment-id.js';

const id = {
  dataSource: 'my_table_2015',
  interval: parseInterval('2015-09-12/2015-09-13'),
  version: '2026-11-22T15:34:49.780Z',
  partitionNum: 3,
};
const TEXT = 'my_table_2015_2015-09-12T00:00:00.000Z_2015-09-13T00:00:00.000Z_2026-11-22T15:34:49.780Z';

test('partition 0 is not written', () => {
  expect(formatSegmentId(id)).toBe(`${TEXT}_3`);
  expect(formatSegmentId({ ...id, partitionNum: 0 })).toBe(TEXT);
});

test('ids read back, table names with underscores included', () => {
  expect(parseSegmentId(`${TEXT}_3`)).toEqual(id);
  expect(parseSegmentId(TEXT)).toEqual({ ...id, partitionNum: 0 });
  expect(parseSegmentId('my_table')).toBeUndefined();
});
