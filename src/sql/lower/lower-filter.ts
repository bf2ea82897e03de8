import type { Rex } from '../rex/rex.js';
import { call } from '../rex/rex-tools.js';
import { lowerExpression } from './lower-expression.js';
import type { LoweringContext, NativeSignature, VirtualColumnRegistry } from './native-expression.js';
import type { Json } from './partial-query.js';
import { wallClockToUtc } from './wall-clock.js';

type Literal = Extract<Rex, { kind: 'literal' }>;
interface At {
  readonly signature: NativeSignature;
  readonly registry: VirtualColumnRegistry;
  readonly context: LoweringContext;
}

/** A condition as Druid's typed filters. @source Druid `Expressions.toFilter` */
export function lowerFilter(
  rex: Rex,
  signature: NativeSignature,
  registry: VirtualColumnRegistry,
  context: LoweringContext,
): Json {
  return filterOf(rex, { signature, registry, context });
}

const FLIPPED: Readonly<Record<string, string>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=', '=': '=', '<>': '<>' };
const NEGATED: Readonly<Record<string, string>> = { '<': '>=', '<=': '>', '>': '<=', '>=': '<' };

function filterOf(rex: Rex, at: At): Json {
  if (rex.kind !== 'call') return expressionFilter(rex, at);
  const { operator, operands } = rex;
  switch (operator) {
    case 'AND':
      return combined('and', mergeRanges(operands.map((o) => filterOf(o, at))));
    case 'OR':
      return combined('or', mergeEquals(operands.map((o) => filterOf(o, at))));
    case 'NOT': {
      const [inner] = operands as readonly [Rex];
      const flipped = inner.kind === 'call' ? NEGATED[inner.operator] : undefined;
      if (inner.kind === 'call' && flipped !== undefined) return filterOf({ ...inner, operator: flipped }, at);
      return not(filterOf(inner, at));
    }
    case 'IS NULL':
      return { type: 'null', column: columnFor(operands[0]!, at) };
    case 'IS NOT NULL':
      return not({ type: 'null', column: columnFor(operands[0]!, at) });
    case 'IS TRUE':
      return { type: 'istrue', field: filterOf(operands[0]!, at) };
    case 'IS NOT TRUE':
      return not({ type: 'istrue', field: filterOf(operands[0]!, at) });
    case 'IS FALSE':
      return { type: 'isfalse', field: filterOf(operands[0]!, at) };
    case 'IS NOT FALSE':
      return not({ type: 'isfalse', field: filterOf(operands[0]!, at) });
    case 'LIKE':
      return likeFilter(rex, at);
    case '=':
    case '<>':
    case '<':
    case '<=':
    case '>':
    case '>=':
      return comparison(operator, operands[0]!, operands[1]!, at) ?? expressionFilter(rex, at);
    case 'TIME_IN_INTERVAL':
      return intervalFilter(rex, at) ?? expressionFilter(rex, at);
    default:
      return expressionFilter(rex, at);
  }
}

function not(field: Json): Json {
  return field['type'] === 'not' ? (field['field'] as Json) : { type: 'not', field };
}

function combined(type: 'and' | 'or', fields: readonly Json[]): Json {
  const flat = fields.flatMap((f) => (f['type'] === type ? (f['fields'] as readonly Json[]) : [f]));
  return flat.length === 1 ? flat[0]! : { type, fields: flat };
}

function expressionFilter(rex: Rex, at: At): Json {
  return { type: 'expression', expression: lowerExpression(rex, at.signature, at.context).expression };
}

function columnFor(rex: Rex, at: At): string {
  return at.registry.columnFor(lowerExpression(rex, at.signature, at.context), rex.type);
}

function matchOf(literal: Literal, at: At): { readonly type: string; readonly value: unknown } | null {
  const { value, type } = literal;
  if (typeof value === 'string') return { type: 'STRING', value };
  if (typeof value === 'number') return { type: 'DOUBLE', value };
  if (typeof value === 'boolean') return { type: 'LONG', value: value ? 1 : 0 };
  if (typeof value !== 'bigint') return null;
  const time = type.name === 'TIMESTAMP' || type.name === 'DATE';
  const long = time ? wallClockToUtc(value, at.context.timeZone) : value;
  return { type: 'LONG', value: Number.isSafeInteger(Number(long)) ? Number(long) : long };
}

function comparison(operator: string, left: Rex, right: Rex, at: At): Json | null {
  if (left.kind === 'literal' && right.kind !== 'literal') return comparison(FLIPPED[operator]!, right, left, at);
  if (right.kind !== 'literal') return null;
  const match = matchOf(right, at);
  if (match === null) return null;
  const lowered = lowerExpression(left, at.signature, at.context);
  const text = lowered.type === 'STRING';
  // Text is compared as text, numbers as numbers: what mixes them is left to the expression.
  if (text !== (match.type === 'STRING')) return null;
  if (lowered.type?.startsWith('ARRAY') || lowered.type?.startsWith('COMPLEX')) return null;
  const column = at.registry.columnFor(lowered, left.type);
  const matchValueType = match.type;
  if (operator === '=') return { type: 'equals', column, matchValueType, matchValue: match.value };
  if (operator === '<>') return not({ type: 'equals', column, matchValueType, matchValue: match.value });
  const base = { type: 'range', column, matchValueType };
  if (operator === '>') return { ...base, lower: match.value, lowerOpen: true };
  if (operator === '>=') return { ...base, lower: match.value };
  if (operator === '<') return { ...base, upper: match.value, upperOpen: true };
  return { ...base, upper: match.value };
}

/** `a >= 1 AND a < 5` is one range. */
function mergeRanges(filters: readonly Json[]): Json[] {
  const merged: Json[] = [];
  for (const filter of filters) {
    const other = merged.findIndex(
      (m) =>
        isHalf(m) &&
        isHalf(filter) &&
        m['column'] === filter['column'] &&
        m['matchValueType'] === filter['matchValueType'] &&
        'lower' in m !== 'lower' in filter,
    );
    if (other < 0) {
      merged.push(filter);
      continue;
    }
    const [low, high] = 'lower' in filter ? [filter, merged[other]!] : [merged[other]!, filter];
    merged[other] = {
      type: 'range',
      column: low['column'],
      matchValueType: low['matchValueType'],
      lower: low['lower'],
      upper: high['upper'],
      ...(low['lowerOpen'] === true && { lowerOpen: true }),
      ...(high['upperOpen'] === true && { upperOpen: true }),
    };
  }
  return merged;
}

function isHalf(filter: Json): boolean {
  return filter['type'] === 'range' && 'lower' in filter !== 'upper' in filter;
}

/** `a = 1 OR a = 2` is one set. */
function mergeEquals(filters: readonly Json[]): Json[] {
  const flat = filters.flatMap((f) => (f['type'] === 'or' ? (f['fields'] as readonly Json[]) : [f]));
  const groups = new Map<string, Json[]>();
  for (const filter of flat) {
    const key = filter['type'] === 'equals' ? `${String(filter['column'])}|${String(filter['matchValueType'])}` : null;
    if (key !== null) groups.set(key, [...(groups.get(key) ?? []), filter]);
  }
  const done = new Set<string>();
  return flat.flatMap((filter): Json[] => {
    if (filter['type'] !== 'equals') return [filter];
    const key = `${String(filter['column'])}|${String(filter['matchValueType'])}`;
    const group = groups.get(key)!;
    if (group.length === 1) return [filter];
    if (done.has(key)) return [];
    done.add(key);
    const values = [...new Set(group.map((g) => g['matchValue']))].sort(compare);
    return [
      { type: 'inType', column: filter['column'], matchValueType: filter['matchValueType'], sortedValues: values },
    ];
  });
}

function compare(a: unknown, b: unknown): number {
  return (a as string) < (b as string) ? -1 : (a as string) > (b as string) ? 1 : 0;
}

function likeFilter(rex: Extract<Rex, { kind: 'call' }>, at: At): Json {
  const [value, pattern, escape] = rex.operands as readonly [Rex, Rex, Rex | undefined];
  if (pattern.kind !== 'literal' || typeof pattern.value !== 'string') return expressionFilter(rex, at);
  return {
    type: 'like',
    dimension: columnFor(value, at),
    pattern: pattern.value,
    escape: escape?.kind === 'literal' ? escape.value : null,
    extractionFn: null,
  };
}

function intervalFilter(rex: Extract<Rex, { kind: 'call' }>, at: At): Json | null {
  const [time, interval] = rex.operands as readonly [Rex, Rex];
  if (interval.kind !== 'literal' || typeof interval.value !== 'string') return null;
  const bounds = interval.value.split('/');
  const parts = bounds.map((bound) =>
    Date.parse(/Z|[+-]\d\d:?\d\d$/.test(bound) ? bound : bound.length <= 10 ? `${bound}T00:00Z` : `${bound}Z`),
  );
  if (parts.length !== 2) return null;
  const period = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/;
  const length = (text: string): number => {
    const found = period.exec(text);
    if (found === null) return Number.NaN;
    const [, d, h, m, s] = found.map((x) => Number(x ?? 0));
    return d! * 86_400_000 + h! * 3_600_000 + m! * 60_000 + s! * 1000;
  };
  const start = Number.isNaN(parts[0]!) ? parts[1]! - length(bounds[0]!) : parts[0]!;
  const end = Number.isNaN(parts[1]!) ? parts[0]! + length(bounds[1]!) : parts[1]!;
  if (Number.isNaN(start) || Number.isNaN(end)) return null;
  const literal = (ms: number): Rex => ({ kind: 'literal', value: BigInt(ms), type: { ...time.type, name: 'BIGINT' } });
  const both = [call('>=', [time, literal(start)], rex.type), call('<', [time, literal(end)], rex.type)];
  return filterOf(call('AND', both, rex.type), at);
}
