import type { QueryContext } from '../../query/native-query.js';
import { resourceLimitExceeded } from '../../query/query-errors.js';
import { tableBytes } from '../../vectors/table-size.js';
import type { Table } from '../../vectors/table.js';

/** Counts what subqueries of one query give; they must fit into memory. @source Druid `ClientQuerySegmentWalker.java` */
export class SubqueryLimit {
  readonly #context: QueryContext;
  #rows = 0;
  #bytes = 0;

  constructor(context: QueryContext) {
    this.#context = context;
  }

  /** @throws DruidError CAPACITY_EXCEEDED in the legacy envelope of status 400 */
  add(table: Table): void {
    const { maxSubqueryRows, maxSubqueryBytes } = this.#context;
    this.#rows += table.numRows;
    if (maxSubqueryBytes !== null) {
      this.#bytes += tableBytes(table);
      if (this.#bytes > maxSubqueryBytes)
        throw resourceLimitExceeded(BYTES_MESSAGE.replace('%d', String(maxSubqueryBytes)));
      return;
    }
    if (this.#rows > maxSubqueryRows) throw resourceLimitExceeded(ROWS_MESSAGE.replace('%d', String(maxSubqueryRows)));
  }
}

const ROWS_MESSAGE =
  'Cannot issue the query, subqueries generated results beyond maximum[%d] rows. Try setting the ' +
  "'maxSubqueryBytes' in the query context to 'auto' for enabling byte based limit, which chooses an optimal limit based on " +
  "memory size and result's heap usage or manually configure the values of either 'maxSubqueryBytes' or 'maxSubqueryRows' in the query " +
  'context. Manually alter the value carefully as it can cause the broker to go out of memory.';
const BYTES_MESSAGE =
  'Cannot issue the query, subqueries generated results beyond maximum[%d] bytes. Increase the ' +
  "JVM's memory or set the 'maxSubqueryBytes' in the query context carefully to increase the space allocated for subqueries to " +
  'materialize their results. Manually alter the value carefully as it can cause the broker to go out of memory.';
