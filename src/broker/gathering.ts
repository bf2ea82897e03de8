import type { QueryContext } from '../query/native-query.js';
import { resourceLimitExceeded } from '../query/query-errors.js';
import { tableBytes } from '../vectors/table-size.js';
import type { OffsetVector } from '../metadata/offset-vector.js';
import type { Table } from '../vectors/table.js';
import { addBlocks, type Gathered, NO_BLOCKS } from './scatter.js';

/** The state cannot be served as it is now; a later view may. The broker tries again, no client sees this. */
export class StateUnavailable extends Error {
  override readonly name = 'StateUnavailable';
}

/** What leaves of one query found and reached. */
export class Gathering {
  /** Vectors that streams reached, by supervisor id. */
  readonly reached = new Map<string, OffsetVector>();
  rowsScanned = 0;
  blocks = NO_BLOCKS;
  readonly #context: Pick<QueryContext, 'queryId' | 'maxScatterGatherBytes'>;
  #bytes = 0;

  constructor(context: Pick<QueryContext, 'queryId' | 'maxScatterGatherBytes'>) {
    this.#context = context;
  }

  /** The partials of a part of the leaves. @throws StateUnavailable; DruidError when they are more than the query may gather */
  tablesOf(part: Gathered): readonly Table[] {
    if (part.kind === 'unavailable') throw new StateUnavailable(part.reason);
    this.rowsScanned += part.rowsScanned;
    this.blocks = addBlocks(this.blocks, part.blocks);
    for (const [supervisorId, vector] of part.reached) this.reached.set(supervisorId, vector);
    this.#count(part.tables);
    return part.tables;
  }

  /** @source Druid `client/DirectDruidClient.java` */
  #count(tables: readonly Table[]): void {
    const { queryId, maxScatterGatherBytes } = this.#context;
    if (maxScatterGatherBytes === null) return;
    for (const table of tables) this.#bytes += tableBytes(table);
    if (this.#bytes > maxScatterGatherBytes) {
      throw resourceLimitExceeded(`Query[${queryId}] max scatter-gather bytes reached.`);
    }
  }
}
