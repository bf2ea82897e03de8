import type { Rex } from '../rex/rex.js';
import { allInputs, and, conjuncts, inputsOf, mapAggregate, substitute } from '../rex/rex-tools.js';
import type { Rel, ScanRel } from '../rel/rel.js';
import type { SqlField } from '../types/sql-type.js';
import { notPlanned, unhandledPlan } from '../validate/planning-errors.js';
import { finishQuery } from './finish-query.js';
import { lowerJoin } from './lower-join.js';
import { nativeTypeOf } from './native-type.js';
import { isBeforeAggregate, isMapping, type PartialQuery, partialOf, type Source } from './partial-query.js';
import type { RelationLowering } from './relation-lowering.js';

/** A relation as a native query in the making; what one query cannot do becomes a query over a subquery. */
export function lowerRelation(rel: Rel, lowering: RelationLowering): PartialQuery {
  switch (rel.kind) {
    case 'scan':
      return partialOf(scanSource(rel, lowering), rel.fields);
    case 'values':
      return partialOf(inlineSource(rel.fields, rel.rows), rel.fields);
    case 'filter':
      return withFilter(lowerRelation(rel.input, lowering), rel.condition, lowering);
    case 'project':
      return withProject(lowerRelation(rel.input, lowering), rel.expressions, rel.fields, lowering);
    case 'aggregate':
      return withAggregate(lowerRelation(rel.input, lowering), rel, lowering);
    case 'sort':
      return withSort(lowerRelation(rel.input, lowering), rel, lowering);
    case 'window': {
      const below = subquery(lowerRelation(rel.input, lowering), lowering);
      return { ...below, window: rel, fields: rel.fields };
    }
    case 'join':
      return lowerJoin(
        rel,
        lowering,
        (side) => lowerRelation(side, lowering),
        (p) => subquery(p, lowering),
      );
    case 'unnest':
      return lowerUnnest(rel, lowering);
    case 'union':
      return lowerUnion(rel, lowering);
  }
}

/** The finished query as the data source of a new one. */
export function subquery(partial: PartialQuery, lowering: RelationLowering): PartialQuery {
  const { json, outputs } = finishQuery(partial, lowering);
  const source: Source = {
    json: { type: 'query', query: json },
    signature: outputs,
    broadcast: false,
    metadata: partial.source.metadata,
    dataSource: partial.source.dataSource,
  };
  return partialOf(source, partial.fields);
}

function scanSource(rel: ScanRel, lowering: RelationLowering): Source {
  const [first] = rel.tables;
  if (rel.tables.length > 1) {
    const columns = rel.fields.map((field) => ({
      name: field.name,
      type: nativeTypeOf(field.type),
      mayBeMultiValue: true,
    }));
    const dataSources = rel.tables.map((t) => ({ type: 'table', name: t.name }));
    return dataSourceOf({ type: 'union', dataSources }, columns);
  }
  const table = first!;
  const signature = table.fields.map((field, i) => ({
    name: field.name,
    type: table.nativeTypes[i]!,
    mayBeMultiValue: table.mayBeMultiValue[i] ?? true,
  }));
  if (table.schema === 'lookup') {
    const json = { type: 'lookup', lookup: table.name };
    return { json, signature, broadcast: true, metadata: false, dataSource: false };
  }
  if (table.external !== undefined) return dataSourceOf({ type: 'external', ...table.external }, signature);
  const rows = lowering.metadataRows.get(table);
  if (rows === undefined) return dataSourceOf({ type: 'table', name: table.name }, signature);
  const json = inlineJson(signature, rows);
  return { json, signature, broadcast: true, metadata: true, dataSource: false };
}

function dataSourceOf(json: Source['json'], signature: Source['signature']): Source {
  return { json, signature, broadcast: false, metadata: false, dataSource: true };
}

function inlineJson(signature: Source['signature'], rows: readonly (readonly unknown[])[]): Source['json'] {
  return {
    type: 'inline',
    columnNames: signature.map((c) => c.name),
    columnTypes: signature.map((c) => c.type),
    rows: rows.map((row) => row.map(inlineValue)),
  };
}

/** LONGs as JSON numbers where they are exact. */
function inlineValue(value: unknown): unknown {
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value !== 'bigint') return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** Constant rows; a row without columns has one nobody reads, as in Druid. */
export function inlineSource(fields: readonly SqlField[], rows: readonly (readonly unknown[])[]): Source {
  const signature =
    fields.length === 0
      ? [{ name: 'ZERO', type: 'LONG', mayBeMultiValue: false }]
      : fields.map((f) => ({ name: f.name, type: nativeTypeOf(f.type), mayBeMultiValue: false }));
  const json = inlineJson(signature, fields.length === 0 ? rows.map(() => [0]) : rows);
  return { json, signature, broadcast: true, metadata: false, dataSource: false };
}

function withFilter(partial: PartialQuery, condition: Rex, lowering: RelationLowering): PartialQuery {
  const folded = lowering.expressions.fold(condition, lowering.context);
  const parts = conjuncts(folded);
  if (parts.length === 0) return partial;
  const over = (below: Rex | null, expressions: readonly Rex[] | null): Rex => {
    const mine = expressions === null ? folded : substitute(folded, expressions);
    return below === null ? mine : and([...conjuncts(below), ...conjuncts(mine)]);
  };
  if (isBeforeAggregate(partial)) return { ...partial, where: over(partial.where, partial.project) };
  if (partial.aggregate !== null && partial.sort === null && partial.window === null) {
    return withHaving(
      partial,
      partial.aggregateProject === null ? folded : substitute(folded, partial.aggregateProject),
    );
  }
  const below = subquery(partial, lowering);
  return { ...below, where: folded };
}

/** Conditions on group keys alone filter rows before they are grouped. */
function withHaving(partial: PartialQuery, condition: Rex): PartialQuery {
  const { groups, sets } = partial.aggregate!;
  const below: Rex[] = [];
  const above: Rex[] = partial.having === null ? [] : conjuncts(partial.having);
  for (const part of conjuncts(condition)) {
    const inputs = [...inputsOf(part)];
    if (sets === null && inputs.length > 0 && inputs.every((i) => i < groups.length)) {
      below.push(substitute(part, groups));
    } else {
      above.push(part);
    }
  }
  const where = [...(partial.where === null ? [] : conjuncts(partial.where)), ...below];
  return {
    ...partial,
    where: where.length === 0 ? null : and(where),
    having: above.length === 0 ? null : and(above),
  };
}

function withProject(
  partial: PartialQuery,
  expressions: readonly Rex[],
  fields: readonly SqlField[],
  lowering: RelationLowering,
): PartialQuery {
  const { source, where, window } = partial;
  if (partial.sort !== null) return { ...partial, sortProject: compose(expressions, partial.sortProject), fields };
  if (window !== null) return { ...partial, windowProject: compose(expressions, partial.windowProject), fields };
  if (partial.aggregate !== null) {
    return { ...partial, aggregateProject: compose(expressions, partial.aggregateProject), fields };
  }
  const project = compose(expressions, partial.project);
  if (where === null && source.json['type'] === 'inline' && !source.metadata) {
    const folded = constantRow(source, project, lowering);
    if (folded !== null) return partialOf(inlineSource(fields, [folded]), fields);
  }
  return { ...partial, project, fields };
}

function compose(expressions: readonly Rex[], below: readonly Rex[] | null): readonly Rex[] {
  return below === null ? expressions : expressions.map((e) => substitute(e, below));
}

/** SELECT without FROM over literals: its row. */
function constantRow(source: Source, project: readonly Rex[], lowering: RelationLowering): readonly unknown[] | null {
  if ((source.json['rows'] as readonly unknown[]).length !== 1) return null;
  const values: unknown[] = [];
  for (const rex of project) {
    const folded = lowering.expressions.fold(rex, lowering.context);
    if (folded.kind !== 'literal') return null;
    values.push(folded.value);
  }
  return values.length === 0 ? null : values;
}

function withAggregate(
  partial: PartialQuery,
  rel: Extract<Rel, { kind: 'aggregate' }>,
  lowering: RelationLowering,
): PartialQuery {
  const sorted = partial.sort !== null && (partial.sort.limit !== null || partial.sort.offset > 0);
  const nested = partial.aggregate !== null || partial.window !== null || sorted;
  if (!nested) {
    // An order below an aggregation means nothing.
    const plain = partial.sort === null ? partial : { ...partial, sort: null, sortProject: null };
    const columns = compose(partial.sortProject ?? allInputs(beforeSortFields(partial)), plain.project);
    const map = (rex: Rex): Rex => (partial.sort === null && plain.project === null ? rex : substitute(rex, columns));
    const substituted = { ...rel, groups: rel.groups.map(map), calls: rel.calls.map((c) => mapAggregate(c, map)) };
    return { ...plain, project: null, aggregate: substituted, fields: rel.fields };
  }
  return { ...subquery(partial, lowering), aggregate: rel, fields: rel.fields };
}

function beforeSortFields(partial: PartialQuery): readonly SqlField[] {
  if (partial.project === null) {
    return partial.source.signature.map((c, i) => partial.fields[i] ?? { name: c.name, type: partial.fields[0]!.type });
  }
  return partial.project.map((e, i) => ({ name: `$${i}`, type: e.type }));
}

function withSort(
  partial: PartialQuery,
  rel: Extract<Rel, { kind: 'sort' }>,
  lowering: RelationLowering,
): PartialQuery {
  const { keys, offset, limit } = rel;
  if (partial.sort === null) return { ...partial, sort: { keys, offset, limit } };
  if (keys.length === 0) {
    const below = partial.sort;
    const left = below.limit === null ? null : Math.max(0, below.limit - offset);
    const merged = left === null ? limit : limit === null ? left : Math.min(left, limit);
    return { ...partial, sort: { keys: below.keys, offset: below.offset + offset, limit: merged } };
  }
  if (partial.sort.limit === null && partial.sort.offset === 0 && partial.sortProject === null) {
    return { ...partial, sort: { keys, offset, limit } };
  }
  return { ...subquery(partial, lowering), sort: { keys, offset, limit } };
}

function lowerUnnest(rel: Extract<Rel, { kind: 'unnest' }>, lowering: RelationLowering): PartialQuery {
  const { array } = rel;
  const elementType = nativeTypeOf(rel.fields.at(-1)!.type);
  if (rel.input === null) {
    const literals = literalItems(array, lowering);
    if (literals === null) throw unhandledPlan();
    return partialOf(
      inlineSource(
        rel.fields,
        literals.map((v) => [v]),
      ),
      rel.fields,
    );
  }
  const below = lowerRelation(rel.input, lowering);
  const base = isBeforeAggregate(below) ? below : subquery(below, lowering);
  const { source } = base;
  const over = base.project === null ? array : substitute(array, base.project);
  const lowered = lowering.expressions.lowerExpression(over, source.signature, lowering.context);
  const taken = new Set(source.signature.map((c) => c.name));
  let name = 'j0.unnest';
  while (taken.has(name)) name = `_${name}`;
  const virtualColumn = {
    type: 'expression',
    name,
    expression: lowered.expression,
    outputType: lowered.type ?? nativeTypeOf(array.type),
  };
  const json = { type: 'unnest', base: source.json, virtualColumn, unnestFilter: null };
  const column = { name, type: elementType, mayBeMultiValue: false };
  const unnested: Source = { ...source, json, signature: [...source.signature, column], broadcast: false };
  const width = source.signature.length;
  const element: Rex = { kind: 'input', index: width, type: rel.fields.at(-1)!.type };
  const project = base.project === null ? null : [...base.project, element];
  return { ...partialOf(unnested, rel.fields), where: base.where, project };
}

function literalItems(array: Rex, lowering: RelationLowering): readonly unknown[] | null {
  if (array.kind === 'literal' && Array.isArray(array.value)) return array.value as readonly unknown[];
  if (array.kind !== 'call' || array.operator !== 'ARRAY') return null;
  const items = array.operands.map((o) => lowering.expressions.fold(o, lowering.context));
  return items.every((i) => i.kind === 'literal') ? items.map((i) => (i.kind === 'literal' ? i.value : null)) : null;
}

/** UNION ALL of tables: the same columns of each. @source Druid `DruidUnionDataSourceRule` */
function lowerUnion(rel: Extract<Rel, { kind: 'union' }>, lowering: RelationLowering): PartialQuery {
  const parts = rel.inputs.map((part) => lowerRelation(part, lowering));
  if (parts.every(isConstant)) {
    const rows = parts.flatMap((part) => rowsOf(part));
    return partialOf(inlineSource(rel.fields, rows), rel.fields);
  }
  const columns = parts.map(columnsOfScan);
  const [first] = columns;
  if (first === undefined || first === null || columns.some((c) => c === null || !sameColumns(c, first))) {
    throw notPlanned(
      'SQL requires union between inputs that are not simple table scans and involve a filter or aliasing. Or column types of tables being unioned are not of same type.',
    );
  }
  const dataSources = parts.map((part) => part.source.json);
  return partialOf(dataSourceOf({ type: 'union', dataSources }, first), rel.fields);
}

function isConstant(part: PartialQuery): boolean {
  return (
    part.source.json['type'] === 'inline' &&
    isBeforeAggregate(part) &&
    part.where === null &&
    isMapping(part.project) &&
    part.source.signature[0]?.name !== 'ZERO'
  );
}

function rowsOf(part: PartialQuery): readonly (readonly unknown[])[] {
  const rows = part.source.json['rows'] as readonly (readonly unknown[])[];
  if (part.project === null) return rows;
  return rows.map((row) => part.project!.map((e) => (e.kind === 'input' ? row[e.index] : null)));
}

function columnsOfScan(part: PartialQuery): Source['signature'] | null {
  const plain = isBeforeAggregate(part) && part.where === null && isMapping(part.project);
  if (!plain || part.source.json['type'] !== 'table') return null;
  if (part.project === null) return part.source.signature;
  return part.project.map((e) => part.source.signature[e.kind === 'input' ? e.index : 0]!);
}

function sameColumns(a: Source['signature'], b: Source['signature']): boolean {
  return a.length === b.length && a.every((c, i) => c.name === b[i]!.name && c.type === b[i]!.type);
}
