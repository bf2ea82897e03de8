import { parseContext } from '../../src/query/parse-context.js';
import { EVER } from './run-leaf.js';

/** What every query over one table has when nothing is said. */
export const plainQuery = {
  dataSource: { type: 'tables' as const, names: ['w'] },
  dataSources: ['w'],
  segments: null,
  virtualColumns: [],
  intervals: EVER,
  filter: null,
  context: parseContext({}, () => 'q'),
};
