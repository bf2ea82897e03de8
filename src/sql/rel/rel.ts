/**
 * The relational tree between validation and lowering. Every node knows its output fields; `input` indexes of its expressions count in the output of what it reads
 * (a join: left fields, then right fields).
 * @source Calcite `RelNode`
 */
import type { AggregateCall, Rex, RexOrder, RexValue } from '../rex/rex.js';
import type { SqlTable } from '../sql-catalog.js';
import type { SqlField } from '../types/sql-type.js';

export type Rel =
  | ScanRel
  | ValuesRel
  | ProjectRel
  | FilterRel
  | AggregateRel
  | JoinRel
  | UnnestRel
  | UnionRel
  | SortRel
  | WindowRel;

interface RelBase {
  readonly fields: readonly SqlField[];
}

/** Several tables: TABLE(APPEND(…)), one behind the other; a table lacks some of the fields maybe. */
export interface ScanRel extends RelBase {
  readonly kind: 'scan';
  readonly tables: readonly SqlTable[];
}

export interface ValuesRel extends RelBase {
  readonly kind: 'values';
  readonly rows: readonly (readonly RexValue[])[];
}

export interface ProjectRel extends RelBase {
  readonly kind: 'project';
  readonly input: Rel;
  readonly expressions: readonly Rex[];
}

export interface FilterRel extends RelBase {
  readonly kind: 'filter';
  readonly input: Rel;
  readonly condition: Rex;
}

/** Output: the group expressions, then the calls. */
export interface AggregateRel extends RelBase {
  readonly kind: 'aggregate';
  readonly input: Rel;
  readonly groups: readonly Rex[];
  /** Grouping sets as indexes into `groups`; null = one set of all. */
  readonly sets: readonly (readonly number[])[] | null;
  readonly calls: readonly AggregateCall[];
}

export interface JoinRel extends RelBase {
  readonly kind: 'join';
  readonly type: 'INNER' | 'LEFT' | 'RIGHT' | 'FULL';
  readonly left: Rel;
  readonly right: Rel;
  readonly condition: Rex;
}

/** Output: the input's fields, then the element. */
export interface UnnestRel extends RelBase {
  readonly kind: 'unnest';
  /** null: the array does not depend on any table. */
  readonly input: Rel | null;
  readonly array: Rex;
  /** On the output; what came from a join condition. */
  readonly filter: Rex | null;
}

export interface UnionRel extends RelBase {
  readonly kind: 'union';
  readonly inputs: readonly Rel[];
}

export interface SortRel extends RelBase {
  readonly kind: 'sort';
  readonly input: Rel;
  readonly keys: readonly RexOrder[];
  readonly offset: number;
  /** null = all. */
  readonly limit: number | null;
}

/** Output: the input's fields, then one per call. */
export interface WindowRel extends RelBase {
  readonly kind: 'window';
  readonly input: Rel;
  readonly calls: readonly Extract<Rex, { kind: 'over' }>[];
}

export function project(input: Rel, expressions: readonly Rex[], names: readonly string[]): Rel {
  const fields = expressions.map((e, i) => ({ name: names[i] ?? `EXPR$${i}`, type: e.type }));
  return { kind: 'project', input, expressions, fields };
}

export function filter(input: Rel, condition: Rex): Rel {
  return { kind: 'filter', input, condition, fields: input.fields };
}

export function aggregate(
  input: Rel,
  groups: readonly Rex[],
  sets: readonly (readonly number[])[] | null,
  calls: readonly AggregateCall[],
): Rel {
  const everywhere = (i: number): boolean => sets === null || sets.every((set) => set.includes(i));
  const fields = [
    ...groups.map((g, i) => ({
      name: g.kind === 'input' ? (input.fields[g.index]?.name ?? `$f${i}`) : `$f${i}`,
      type: everywhere(i) ? g.type : { ...g.type, nullable: true },
    })),
    ...calls.map((c, i) => ({ name: c.name ?? `$f${groups.length + i}`, type: c.type })),
  ];
  return { kind: 'aggregate', input, groups, sets, calls, fields };
}

export function join(type: JoinRel['type'], left: Rel, right: Rel, condition: Rex): Rel {
  const nullable = (fields: readonly SqlField[], yes: boolean): readonly SqlField[] =>
    yes ? fields.map((f) => ({ name: f.name, type: { ...f.type, nullable: true } })) : fields;
  const fields = [
    ...nullable(left.fields, type === 'RIGHT' || type === 'FULL'),
    ...nullable(right.fields, type === 'LEFT' || type === 'FULL'),
  ];
  return { kind: 'join', type, left, right, condition, fields };
}

export function sort(input: Rel, keys: readonly RexOrder[], offset: number, limit: number | null): Rel {
  return { kind: 'sort', input, keys, offset, limit, fields: input.fields };
}
