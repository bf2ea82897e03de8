import { TIME_COLUMN } from '../../common/column-type.js';
import type { Rex } from '../rex/rex.js';
import { allInputs, and, conjuncts, input, inputsOf, shiftInputs, substitute, call } from '../rex/rex-tools.js';
import type { JoinRel, Rel } from '../rel/rel.js';
import { makeType, withNullable } from '../types/make-type.js';
import { notPlanned, unhandledPlan } from '../validate/planning-errors.js';
import type { NativeSignature } from './native-expression.js';
import { isBeforeAggregate, isMapping, type PartialQuery, partialOf, type Source } from './partial-query.js';
import type { RelationLowering } from './relation-lowering.js';

/** A side of the join as a source and its columns as expressions over it. */
interface Side {
  readonly source: Source;
  readonly columns: readonly Rex[];
}

/**
 * A join data source: the left side as it is when it is a table or a join (its projection moves above), the right side a subquery unless it is broadcast.
 * @source Druid `DruidJoinRule`, `DruidJoinQueryRel`
 */
export function lowerJoin(
  rel: JoinRel,
  lowering: RelationLowering,
  lower: (rel: Rel) => PartialQuery,
  toSubquery: (partial: PartialQuery) => PartialQuery,
): PartialQuery {
  const width = rel.left.fields.length;
  const split = splitCondition(rel, width);
  const keepsRight = rel.type === 'RIGHT' || rel.type === 'FULL';
  const lowered = lower(rel.left);
  const left = leftSide(keepsRight ? withoutTime(lowered, toSubquery) : lowered, toSubquery);
  const right = rightSide(lower(rel.right), split.keys, rel, toSubquery);
  if ((left.source.metadata && right.source.dataSource) || (left.source.dataSource && right.source.metadata)) {
    throw unhandledPlan();
  }
  const prefix = unusedPrefix(left.source.signature);
  const rightSignature = right.source.signature.map((c) => ({ ...c, name: `${prefix}${c.name}` }));
  const text = conditionText(split.keys, left, right, rightSignature, lowering);
  const json = {
    type: 'join',
    left: left.source.json,
    right: right.source.json,
    rightPrefix: prefix,
    condition: text,
    joinType: rel.type,
  };
  const signature = [...left.source.signature, ...rightSignature];
  const source: Source = {
    json,
    signature,
    broadcast: false,
    metadata: left.source.metadata || right.source.metadata,
    dataSource: left.source.dataSource || right.source.dataSource,
  };
  const offset = left.source.signature.length;
  const columns = [...left.columns, ...right.columns.map((c) => shiftInputs(c, offset))].map((c, i) =>
    c.kind === 'input'
      ? input(c.index, rel.fields[i]!.type)
      : { ...c, type: withNullable(c.type, rel.fields[i]!.type.nullable) },
  );
  const identity = columns.length === signature.length && columns.every((c, i) => c.kind === 'input' && c.index === i);
  const where = split.rest.length === 0 ? null : and(split.rest.map((c) => substitute(c, columns)));
  return { ...partialOf(source, rel.fields), where, project: identity ? null : columns };
}

interface JoinKey {
  readonly left: Rex;
  /** Over the right side alone. */
  readonly right: Rex;
  readonly nullSafe: boolean;
}

/** Equalities of both sides, and the rest, which an inner join filters afterwards. */
function splitCondition(rel: JoinRel, width: number): { keys: JoinKey[]; rest: Rex[] } {
  const keys: JoinKey[] = [];
  const rest: Rex[] = [];
  const onLeft: Rex[] = [];
  const onRight: Rex[] = [];
  const keepsLeft = rel.type === 'LEFT' || rel.type === 'FULL';
  const keepsRight = rel.type === 'RIGHT' || rel.type === 'FULL';
  for (const part of conjuncts(rel.condition)) {
    const key = keyOf(part, width);
    const inputs = [...inputsOf(part)];
    if (key !== null) keys.push(key);
    else if (keepsLeft && inputs.every((i) => i < width)) onLeft.push(part);
    else if (keepsRight && inputs.every((i) => i >= width)) onRight.push(shiftInputs(part, -width));
    else rest.push(part);
  }
  if (rel.type !== 'INNER' && rest.length > 0) {
    throw notPlanned('SQL requires a join with a condition that is not supported.');
  }
  if (onLeft.length + onRight.length === 0) return { keys, rest };
  const at = keys.findIndex((key) => !key.nullSafe);
  const guarded = at < 0 ? { left: ONE, right: ONE, nullSafe: false } : keys[at]!;
  const others = keys.filter((_, i) => i !== at);
  const left = guardedBy(guarded.left, onLeft);
  return { keys: [{ ...guarded, left, right: guardedBy(guarded.right, onRight) }, ...others], rest };
}

const ONE: Rex = { kind: 'literal', value: 1n, type: makeType('BIGINT') };

/** The key of rows that fulfil the conditions; a null key matches nothing. */
function guardedBy(key: Rex, conditions: readonly Rex[]): Rex {
  if (conditions.length === 0) return key;
  const type = withNullable(key.type, true);
  return call('CASE', [and(conditions), key, { kind: 'literal', value: null, type }], type);
}

function keyOf(part: Rex, width: number): JoinKey | null {
  if (part.kind !== 'call') return null;
  const nullSafe = part.operator === 'IS NOT DISTINCT FROM';
  if (part.operator !== '=' && !nullSafe) return null;
  const [a, b] = part.operands as readonly [Rex, Rex];
  const side = (rex: Rex): 'left' | 'right' | null => {
    const inputs = [...inputsOf(rex)];
    if (inputs.length === 0) return null;
    if (inputs.every((i) => i < width)) return 'left';
    return inputs.every((i) => i >= width) ? 'right' : null;
  };
  const [sideA, sideB] = [side(a), side(b)];
  if (sideA === 'left' && sideB === 'right') return { left: a, right: shiftInputs(b, -width), nullSafe };
  if (sideA === 'right' && sideB === 'left') return { left: b, right: shiftInputs(a, -width), nullSafe };
  return null;
}

function leftSide(partial: PartialQuery, toSubquery: (partial: PartialQuery) => PartialQuery): Side {
  const direct = isBeforeAggregate(partial) && partial.where === null;
  const ready = direct ? partial : toSubquery(partial);
  return { source: ready.source, columns: ready.project ?? allInputs(ready.fields) };
}

/** `__time` of a row that has no left side is null, which only a column of another name can be. */
function withoutTime(partial: PartialQuery, toSubquery: (partial: PartialQuery) => PartialQuery): PartialQuery {
  const ready = isBeforeAggregate(partial) ? partial : toSubquery(partial);
  const columns = ready.project ?? allInputs(ready.fields);
  const isTime = (rex: Rex): boolean => rex.kind === 'input' && ready.source.signature[rex.index]?.name === TIME_COLUMN;
  if (!columns.some(isTime)) return ready;
  const zero: Rex = { kind: 'literal', value: 0n, type: makeType('BIGINT') };
  const project = columns.map((rex) => (isTime(rex) ? call('+', [rex, zero], rex.type) : rex));
  return toSubquery({ ...ready, project });
}

/** Every key must be a column of the right side: others are computed in its subquery. */
function rightSide(
  partial: PartialQuery,
  keys: JoinKey[],
  rel: JoinRel,
  toSubquery: (partial: PartialQuery) => PartialQuery,
): Side {
  const direct =
    isBeforeAggregate(partial) && partial.where === null && partial.source.broadcast && isMapping(partial.project);
  const plainKeys = keys.every((k) => k.right.kind === 'input');
  if (direct && plainKeys) return { source: partial.source, columns: partial.project ?? allInputs(partial.fields) };
  let below = partial;
  if (!plainKeys) {
    const expressions: Rex[] = allInputs(rel.right.fields);
    keys.forEach((key, i) => {
      if (key.right.kind === 'input') return;
      keys[i] = { ...key, right: input(expressions.push(key.right) - 1, key.right.type) };
    });
    below = projected(isBeforeAggregate(partial) ? partial : toSubquery(partial), expressions);
  }
  const ready = toSubquery(below);
  return { source: ready.source, columns: allInputs(ready.fields).slice(0, rel.right.fields.length) };
}

function projected(partial: PartialQuery, expressions: readonly Rex[]): PartialQuery {
  const project = partial.project;
  const composed = project === null ? expressions : expressions.map((e) => substitute(e, project));
  const fields = expressions.map((e, i) => partial.fields[i] ?? { name: `$k${i}`, type: e.type });
  return { ...partial, project: composed, fields };
}

/** `j0.`, or with more underscores in front while columns of the left side have that prefix. */
function unusedPrefix(left: NativeSignature): string {
  let prefix = 'j0.';
  while (left.some((c) => c.name.startsWith(prefix))) prefix = `_${prefix}`;
  return prefix;
}

function conditionText(
  keys: readonly JoinKey[],
  left: Side,
  right: Side,
  rightSignature: NativeSignature,
  lowering: RelationLowering,
): string {
  if (keys.length === 0) return '1';
  const parts = keys.map((key) => {
    const leftRex = substitute(key.left, left.columns);
    const leftText = lowering.expressions.lowerExpression(leftRex, left.source.signature, lowering.context).expression;
    const at = key.right.kind === 'input' ? key.right.index : 0;
    const column = right.columns[at];
    const name = rightSignature[column?.kind === 'input' ? column.index : at]!.name;
    const rightText = `"${name.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
    return key.nullSafe ? `notdistinctfrom(${leftText},${rightText})` : `(${leftText} == ${rightText})`;
  });
  return parts.length === 1 ? parts[0]! : `(${parts.join(' && ')})`;
}
