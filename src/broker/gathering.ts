import type { OffsetVector } from '../metadata/offset-vector.js';
import type { Table } from '../vectors/table.js';
import type { Gathered } from './scatter.js';

/** The state cannot be served as it is now; a later view may. The broker tries again, no client sees this. */
export class StateUnavailable extends Error {
  override readonly name = 'StateUnavailable';
}

/** What leaves of one query found and reached. */
export class Gathering {
  /** Vectors that streams reached, by supervisor id. */
  readonly reached = new Map<string, OffsetVector>();
  rowsScanned = 0;

  /** The partials of a part of the leaves. @throws StateUnavailable */
  tablesOf(part: Gathered): readonly Table[] {
    if (part.kind === 'unavailable') throw new StateUnavailable(part.reason);
    this.rowsScanned += part.rowsScanned;
    for (const [supervisorId, vector] of part.reached) this.reached.set(supervisorId, vector);
    return part.tables;
  }
}
