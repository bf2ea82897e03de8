import { invalidInput } from '../../common/druid-error.js';
import type { Rex, RexOrder } from '../rex/rex.js';
import { allInputs, containsOver, input, mapRex, rexKey, visitRex } from '../rex/rex-tools.js';
import { aggregate, filter, project, type Rel, sort } from '../rel/rel.js';
import type { Expression, OrderItem, SelectItem, SelectNode, WindowSpec } from '../syntax/ast.js';
import { errorAt } from '../syntax/token-stream.js';
import {
  aggregateOf,
  type ExpressionScope,
  expressionRex,
  refuseInterval,
  withNestedErrors,
} from './expression-rex.js';
import type { From, FromContext } from './from.js';
import { emptyRow, fromRel, scopeOf } from './from-rel.js';
import { groupSets } from './group-sets.js';
import { Grouping } from './grouping.js';
import { keepColumns } from './keep-columns.js';
import { isDynamicParameter } from './literal-rex.js';
import { nullOrderKey } from './null-order.js';
import type { Scope } from './scope.js';
import { filterWithSubqueries, isPending, joinSubqueries } from './subquery-rex.js';
import { windowRel } from './window-rel.js';

interface Item {
  readonly name: string;
  /** null for columns that `*` brought. */
  readonly node: Expression | null;
  readonly rex: Rex;
}

interface SortKey {
  readonly rex: Rex;
  readonly item: OrderItem;
  /** Orders nulls before the key behind it does the rest. */
  readonly isOfNulls: boolean;
}

function sortKeysOf(item: OrderItem, rex: Rex, isGrouped: boolean): SortKey[] {
  const nulls = nullOrderKey(rex, item, isGrouped);
  const key = { item, rex, isOfNulls: false };
  return nulls === null ? [key] : [{ item: { ...item, descending: false }, rex: nulls, isOfNulls: true }, key];
}

/** SELECT … with the ORDER BY that stands behind it. */
export function selectRel(
  select: SelectNode,
  orderBy: readonly OrderItem[],
  offset: number,
  limit: number | null,
  context: FromContext,
): Rel {
  return new SelectBuilder(select, context).build(orderBy, offset, limit);
}

class SelectBuilder {
  readonly #select: SelectNode;
  readonly #context: FromContext;
  readonly #from: From;
  readonly #scope: Scope;
  readonly #windows: ReadonlyMap<string, WindowSpec>;
  #rel: Rel;

  constructor(select: SelectNode, context: FromContext) {
    this.#select = select;
    this.#context = context;
    this.#from = select.from === null ? { rel: emptyRow(), namespaces: [], merged: [] } : fromRel(select.from, context);
    this.#scope = scopeOf(this.#from, context, context.validation.nextScopeId++);
    this.#windows = new Map(select.windows.map(({ name, spec }) => [name.text, spec]));
    this.#rel = this.#from.rel;
  }

  build(orderBy: readonly OrderItem[], offset: number, limit: number | null): Rel {
    const { validation } = this.#context;
    this.#where();
    let items = this.#items();
    const aliases = aliasesOf(this.#select.items);
    const having = this.#optional(this.#select.having, aliases);
    const qualify = this.#optional(this.#select.qualify, aliases);
    let keys = orderBy.flatMap((item) =>
      sortKeysOf(item, this.#orderKey(item, items, aliases), this.#select.groupBy !== null),
    );
    let conditions = { having, qualify };
    if (this.#isAggregating(items, having, qualify, keys)) {
      const grouping = this.#group(items);
      const rewrite = (rex: Rex): Rex => grouping.grouping.rewrite(rex);
      items = items.map((item) => ({ ...item, rex: rewrite(item.rex) }));
      conditions = {
        having: having === null ? null : rewrite(having),
        qualify: qualify === null ? null : rewrite(qualify),
      };
      keys = keys.map((key) => ({ ...key, rex: rewrite(key.rex) }));
      const exact = validation.lowering.context['useApproximateCountDistinct'] === false;
      this.#rel = grouping.grouping.finish(this.#rel, grouping.sets, exact);
    }
    if (conditions.having !== null) {
      this.#rel = filterWithSubqueries(this.#rel, validation.fold(conditions.having), validation);
    }
    return this.#finish(items, keys, conditions.qualify, offset, limit);
  }

  #where(): void {
    const { where } = this.#select;
    if (where === null) return;
    const condition = withNestedErrors(where, () => expressionRex(where, this.#expressions('WHERE')));
    const { validation } = this.#context;
    if (containsOver(condition)) throw errorAt('Windowed aggregate expression is illegal in WHERE clause', where.at);
    this.#rel = filterWithSubqueries(this.#rel, validation.fold(condition), validation);
  }

  #expressions(noAggregates: string | null, aliases: ReadonlyMap<string, Expression> = new Map()): ExpressionScope {
    const { validation, tables } = this.#context;
    return { validation, scope: this.#scope, tables, windows: this.#windows, aliases, noAggregates };
  }

  #items(): Item[] {
    const items: Item[] = [];
    for (const { expression, alias } of this.#select.items) {
      if (expression.kind === 'identifier' && expression.star) {
        if (this.#select.items.length > 1 && expression.names.length === 0 && this.#select.from === null) {
          throw errorAt('SELECT * requires a FROM clause', expression.at);
        }
        for (const column of this.#scope.star(expression)) {
          items.push({ name: column.name, node: null, rex: { ...column.rex } });
        }
        continue;
      }
      const rex = withNestedErrors(expression, () => expressionRex(expression, this.#expressions(null)));
      if (isDynamicParameter(rex)) throw errorAt('Illegal use of dynamic parameter', expression.at);
      items.push({ name: alias?.text ?? derivedName(expression) ?? `EXPR$${items.length}`, node: expression, rex });
    }
    return items;
  }

  #optional(node: Expression | null, aliases: ReadonlyMap<string, Expression>): Rex | null {
    return node === null ? null : expressionRex(node, this.#expressions(null, aliases));
  }

  #orderKey(item: OrderItem, items: readonly Item[], aliases: ReadonlyMap<string, Expression>): Rex {
    const { expression } = item;
    if (expression.kind === 'literal' && expression.type === 'integer') {
      const found = items[Number(expression.text) - 1];
      if (found === undefined) throw errorAt('Ordinal out of range', expression.at);
      return found.rex;
    }
    if (expression.kind === 'identifier' && expression.names.length === 1) {
      const found = items.find((i) => i.name === expression.names[0]!.text);
      if (found !== undefined) return found.rex;
    }
    return expressionRex(expression, this.#expressions(null, aliases));
  }

  #isAggregating(items: readonly Item[], having: Rex | null, qualify: Rex | null, keys: readonly SortKey[]): boolean {
    if (this.#select.groupBy !== null || having !== null) return true;
    return [...items.map((i) => i.rex), ...keys.map((k) => k.rex), ...(qualify === null ? [] : [qualify])].some(
      hasAggregate,
    );
  }

  #group(items: readonly Item[]): { grouping: Grouping; sets: readonly (readonly number[])[] | null } {
    const { groupBy } = this.#select;
    if (groupBy === null) return { grouping: new Grouping([], false, this.#context.validation), sets: null };
    let parsed: ReturnType<typeof groupSets>;
    try {
      parsed = groupSets(groupBy);
    } catch (error) {
      if (error instanceof RangeError) throw invalidInput('GROUP BY has too many grouping sets', { sourceType: 'sql' });
      throw error;
    }
    const groups = parsed.expressions.map((expression) => this.#groupKey(expression, items));
    // A key that is written twice is one.
    const unique: Rex[] = [];
    const position = groups.map((group) => {
      const known = unique.findIndex((u) => rexKey(u) === rexKey(group));
      return known >= 0 ? known : unique.push(group) - 1;
    });
    const sets = parsed.sets?.map((set) => [...new Set(set.map((i) => position[i]!))].sort((a, b) => a - b)) ?? null;
    return { grouping: new Grouping(unique, sets !== null, this.#context.validation), sets };
  }

  #groupKey(node: Expression, items: readonly Item[]): Rex {
    if (node.kind === 'literal' && node.type === 'integer') {
      const found = items[Number(node.text) - 1];
      if (found === undefined) throw errorAt('Ordinal out of range', node.at);
      if (hasAggregate(found.rex)) throw errorAt('Aggregate expression is illegal in GROUP BY clause', node.at);
      return found.rex;
    }
    return expressionRex(node, this.#expressions('GROUP BY'));
  }

  /** Windows, QUALIFY, projection, DISTINCT, order and limit. */
  #finish(
    items: readonly Item[],
    keys: readonly SortKey[],
    qualify: Rex | null,
    offset: number,
    limit: number | null,
  ): Rel {
    const { validation } = this.#context;
    let outputs = items.map((i) => validation.fold(i.rex));
    let sortKeys = keys.map((k) => validation.fold(k.rex));
    let condition = qualify === null ? null : validation.fold(qualify);
    if ([...outputs, ...sortKeys].some(isPending)) {
      const joined = joinSubqueries(this.#rel, [...outputs, ...sortKeys], validation);
      this.#rel = joined.rel;
      outputs = joined.expressions.slice(0, outputs.length);
      sortKeys = joined.expressions.slice(outputs.length);
    }
    const all = [...outputs, ...sortKeys, ...(condition === null ? [] : [condition])];
    if (all.some(containsOver)) {
      const windowed = windowRel(this.#rel, all);
      this.#rel = windowed.rel;
      outputs = windowed.expressions.slice(0, outputs.length);
      sortKeys = windowed.expressions.slice(outputs.length, outputs.length + sortKeys.length);
      if (condition !== null) condition = windowed.expressions.at(-1)!;
    }
    if (condition !== null) this.#rel = filter(this.#rel, condition);
    outputs.forEach(refuseInterval);
    return this.#order(items, outputs, sortKeys, keys, offset, limit);
  }

  #order(
    items: readonly Item[],
    outputs: readonly Rex[],
    sortKeys: readonly Rex[],
    keys: readonly SortKey[],
    offset: number,
    limit: number | null,
  ): Rel {
    const expressions = [...outputs];
    /** Computed over the distinct rows. */
    const above: Rex[] = [];
    const columns = sortKeys.map((rex, i) => {
      const known = expressions.findIndex((e) => rexKey(e) === rexKey(rex));
      if (known >= 0) return known;
      if (this.#select.distinct && keys[i]!.isOfNulls)
        return outputs.length + above.push(overColumns(rex, outputs)) - 1;
      if (this.#select.distinct) {
        throw errorAt(
          `Expression '${sourceText(keys[i]!.item.expression)}' is not in the select clause`,
          keys[i]!.item.expression.at,
        );
      }
      return expressions.push(rex) - 1;
    });
    const names = expressions.map((_, i) => items[i]?.name ?? `$o${i}`);
    let rel = project(this.#rel, expressions, names);
    if (this.#select.distinct) rel = aggregate(rel, allInputs(rel.fields), null, []);
    if (above.length > 0)
      rel = project(rel, [...allInputs(rel.fields), ...above], [...names, ...above.map((_, i) => `$o${i}`)]);
    if (keys.length > 0 || offset > 0 || limit !== null) {
      const orders = keys.map(({ item }, i): RexOrder => {
        const column = columns[i]!;
        const expression = input(column, rel.fields[column]!.type);
        return { expression, descending: item.descending, nullsFirst: null };
      });
      const distinctKeys = orders.filter(
        (o, i) => orders.findIndex((p) => rexKey(p.expression) === rexKey(o.expression)) === i,
      );
      rel = sort(rel, distinctKeys, offset, limit);
    }
    return keepColumns(rel, outputs.length);
  }
}

/** An expression of what is selected as one over the columns of the answer. */
function overColumns(rex: Rex, outputs: readonly Rex[]): Rex {
  return mapRex(rex, (node) => {
    const at = outputs.findIndex((output) => rexKey(output) === rexKey(node));
    return at < 0 ? undefined : input(at, node.type);
  });
}

function sourceText(node: Expression): string {
  return node.kind === 'identifier' ? node.names.map((n) => n.text).join('.') : node.kind;
}

function aliasesOf(items: readonly SelectItem[]): ReadonlyMap<string, Expression> {
  const aliases = new Map<string, Expression>();
  for (const { expression, alias } of items) {
    if (alias !== null && !aliases.has(alias.text)) aliases.set(alias.text, expression);
  }
  return aliases;
}

/** Columns keep their names; everything else is `EXPR$0`. */
function derivedName(node: Expression): string | null {
  return node.kind === 'identifier' ? node.names.at(-1)!.text : null;
}

function hasAggregate(rex: Rex): boolean {
  let found = false;
  visitRex(rex, (node) => {
    if (aggregateOf(node) !== undefined) found = true;
  });
  return found;
}
