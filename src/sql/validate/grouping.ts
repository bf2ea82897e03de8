import { DruidError } from '../../common/druid-error.js';
import type { AggregateCall, Rex } from '../rex/rex.js';
import { aggregateKey, allInputs, and, call, input, mapRex, nullableBoolean, rexKey } from '../rex/rex-tools.js';
import { aggregate, filter, join, project, type Rel } from '../rel/rel.js';
import { errorAt } from '../syntax/token-stream.js';
import { aggregateOf } from './expression-rex.js';
import { notPlanned } from './planning-errors.js';
import { sourceOf } from './scope.js';
import { regroupPending } from './subquery-rex.js';
import type { Validation } from './validation.js';

/** Collects the aggregates of SELECT, HAVING, QUALIFY and ORDER BY, and turns expressions over FROM into ones over the aggregation's output. */
export class Grouping {
  readonly #groups: readonly Rex[];
  readonly #byKey = new Map<string, number>();
  readonly #calls: AggregateCall[] = [];
  readonly #callKeys = new Map<string, number>();
  readonly #validation: Validation;

  constructor(groups: readonly Rex[], validation: Validation) {
    this.#groups = groups;
    this.#validation = validation;
    groups.forEach((group, i) => {
      const key = rexKey(group);
      if (!this.#byKey.has(key)) this.#byKey.set(key, i);
    });
  }

  /** @throws DruidError `Expression 'x' is not being grouped` */
  rewrite(rex: Rex): Rex {
    return mapRex(rex, (node) => {
      const aggregateCall = aggregateOf(node);
      if (aggregateCall !== undefined) return input(this.#groups.length + this.#add(aggregateCall), aggregateCall.type);
      const index = this.#byKey.get(rexKey(node));
      if (index !== undefined && node.kind !== 'literal') return input(index, node.type);
      const pending = regroupPending(node, this.#validation, (inner) => this.rewrite(inner));
      if (pending !== undefined) return pending;
      if (node.kind === 'input') {
        const source = sourceOf(node);
        const place = source?.at ?? { line: 1, column: 1, endLine: 1, endColumn: 1 };
        throw errorAt(`Expression '${source?.text ?? `$${node.index}`}' is not being grouped`, place);
      }
      return undefined;
    });
  }

  /** The aggregation, after everything was rewritten. */
  finish(rel: Rel, sets: readonly (readonly number[])[] | null, exact: boolean): Rel {
    const distinct = this.#calls.filter((c) => c.distinct && c.operands.length > 0 && isCountLike(c));
    if (!exact) {
      if (distinct.some((c) => c.function === 'COUNT' && c.operands.length > 1)) {
        throw new DruidError('expected one element but was: <1, 13>', { category: 'UNCATEGORIZED', persona: 'ADMIN' });
      }
      return aggregate(rel, this.#groups, sets, this.#calls);
    }
    if (distinct.length === 0) return aggregate(rel, this.#groups, sets, this.#calls);
    if (sets !== null)
      throw notPlanned('SQL requires exact distinct aggregates over grouping sets, which are not supported.');
    return exactDistinct(rel, this.#groups, this.#calls);
  }

  #add(aggregateCall: AggregateCall): number {
    const key = aggregateKey(aggregateCall);
    const known = this.#callKeys.get(key);
    if (known !== undefined) return known;
    const index = this.#calls.push(aggregateCall) - 1;
    this.#callKeys.set(key, index);
    return index;
  }
}

function isCountLike(aggregateCall: AggregateCall): boolean {
  return ['COUNT', 'SUM', 'AVG', 'MIN', 'MAX'].includes(aggregateCall.function);
}

/** The part without calls of its own. */
const EVERY_GROUP: number[] = [];

/**
 * Exact distinct aggregates: each set of operands is grouped once more below. With other aggregates beside, the parts are joined on the group keys.
 */
function exactDistinct(rel: Rel, groups: readonly Rex[], calls: readonly AggregateCall[]): Rel {
  const parts = new Map<string, number[]>();
  calls.forEach((aggregateCall, i) => {
    const own = aggregateCall.distinct && isCountLike(aggregateCall);
    const filterKey = aggregateCall.filter === null ? '' : rexKey(aggregateCall.filter);
    const key = own ? `${aggregateCall.operands.map(rexKey).join(',')}|${filterKey}` : '';
    parts.set(key, [...(parts.get(key) ?? []), i]);
  });
  const built = [...parts].map(([key, indexes]) => {
    const mine = indexes.map((i) => calls[i]!);
    return { indexes, rel: key === '' ? aggregate(rel, groups, null, mine) : distinctPart(rel, groups, mine) };
  });
  // The part that has every group comes first, so that filters lose none.
  if (!parts.has('') && groups.length > 0 && calls.some((c) => c.filter !== null)) {
    built.push({ indexes: EVERY_GROUP, rel: aggregate(rel, groups, null, []) });
    parts.set('', EVERY_GROUP);
  }
  built.sort((a, b) => Number(parts.get('') === b.indexes) - Number(parts.get('') === a.indexes));
  if (built.length === 1) return built[0]!.rel;
  const width = groups.length;
  let joined = built[0]!.rel;
  const columns = new Map(built[0]!.indexes.map((call_, i) => [call_, width + i]));
  for (const part of built.slice(1)) {
    const offset = joined.fields.length;
    const matches = groups.map((group, i) =>
      call('IS NOT DISTINCT FROM', [input(i, group.type), input(offset + i, group.type)], nullableBoolean),
    );
    joined = join(width === 0 ? 'INNER' : 'LEFT', joined, part.rel, and(matches));
    part.indexes.forEach((call_, i) => columns.set(call_, offset + width + i));
  }
  const outputs = [
    ...groups.map((group, i) => input(i, group.type)),
    ...calls.map((aggregateCall, i) => valueOf(aggregateCall, input(columns.get(i)!, aggregateCall.type))),
  ];
  const names = outputs.map((_, i) => calls[i - width]?.name ?? joined.fields[i]?.name ?? `$f${i}`);
  return project(joined, outputs, names);
}

/** A group that its part does not have counts nothing. */
function valueOf({ function: name, type }: AggregateCall, column: Rex): Rex {
  if (name !== 'COUNT') return column;
  return call('COALESCE', [column, { kind: 'literal', value: 0n, type }], type);
}

function distinctPart(rel: Rel, groups: readonly Rex[], calls: readonly AggregateCall[]): Rel {
  const [first] = calls;
  const below = first!.filter === null ? rel : filter(rel, first!.filter);
  const distinct = aggregate(below, [...groups, ...first!.operands], null, []);
  const all = allInputs(distinct.fields);
  const operands = all.slice(groups.length);
  const outer = calls.map((aggregateCall) => ({ ...aggregateCall, distinct: false, filter: null, operands }));
  return aggregate(distinct, all.slice(0, groups.length), null, outer);
}
