import type { Rex, RexOrder } from '../rex/rex.js';
import type { AggregateRel, WindowRel } from '../rel/rel.js';
import type { SqlField } from '../types/sql-type.js';
import type { NativeSignature } from './native-expression.js';

export type Json = Readonly<Record<string, unknown>>;

/** A native data source, with a column per field of the relation that it stands for. */
export interface Source {
  readonly json: Json;
  readonly signature: NativeSignature;
  /** Lookups and inline data: may be the right side of a join as they are. */
  readonly broadcast: boolean;
  /** Rows of metadata tables: every operator works on them. */
  readonly metadata: boolean;
  /** Reads a data source (which Druid does not join with metadata tables). */
  readonly dataSource: boolean;
}

/**
 * A native query in the making: stages in Druid's order, each over the output of the one before. `where` and `project` count in the source's columns, `having` and
 * `aggregateProject` in the aggregation's output, `sort` in what is projected last, `sortProject` in the same, windows in what a subquery below outputs.
 * @source Druid `PartialDruidQuery`
 */
export interface PartialQuery {
  readonly source: Source;
  readonly where: Rex | null;
  readonly project: readonly Rex[] | null;
  readonly aggregate: AggregateRel | null;
  readonly having: Rex | null;
  readonly aggregateProject: readonly Rex[] | null;
  readonly sort: PartialSort | null;
  readonly sortProject: readonly Rex[] | null;
  readonly window: WindowRel | null;
  readonly windowProject: readonly Rex[] | null;
  /** Of the output. */
  readonly fields: readonly SqlField[];
}

export interface PartialSort {
  readonly keys: readonly RexOrder[];
  readonly offset: number;
  readonly limit: number | null;
}

export function partialOf(source: Source, fields: readonly SqlField[]): PartialQuery {
  return {
    source,
    where: null,
    project: null,
    aggregate: null,
    having: null,
    aggregateProject: null,
    sort: null,
    sortProject: null,
    window: null,
    windowProject: null,
    fields,
  };
}

/** Nothing but a source, a filter and a projection. */
export function isBeforeAggregate(partial: PartialQuery): boolean {
  return partial.aggregate === null && partial.sort === null && partial.window === null;
}

export function isMapping(expressions: readonly Rex[] | null): boolean {
  return expressions === null || expressions.every((e) => e.kind === 'input');
}

/** A query ready to run, and which of its columns holds which field. */
export interface FinishedQuery {
  readonly json: Json;
  /** By output field. */
  readonly outputs: NativeSignature;
  /** All columns of its rows. */
  readonly signature: NativeSignature;
}
