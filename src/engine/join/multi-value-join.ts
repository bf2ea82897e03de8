import { DruidError } from '../../common/druid-error.js';

/** @source Druid `IndexedTableJoinMatcher` */
export function multiValueJoin(): DruidError {
  return new DruidError('Joining against a multi-value dimension is not supported.', {
    category: 'UNSUPPORTED',
    legacy: {
      error: 'Unsupported operation',
      errorClass: 'org.apache.druid.query.QueryUnsupportedException',
    },
  });
}
