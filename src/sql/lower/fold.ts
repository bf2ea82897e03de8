import { invalidInput } from '../../common/druid-error.js';
import { compileExpression } from '../../expressions/compile.js';
import { ExpressionError, type ExprValue } from '../../expressions/expr.js';
import type { Rex, RexValue } from '../rex/rex.js';
import { and, mapRex } from '../rex/rex-tools.js';
import type { SqlType } from '../types/sql-type.js';
import { lowerExpression } from './lower-expression.js';
import type { LoweringContext } from './native-expression.js';
import { nativeTypeOf } from './native-type.js';
import { utcToWallClock } from './wall-clock.js';

/** Constants reduced by the engine's own evaluation, and AND, OR, NOT simplified. */
export function fold(rex: Rex, context: LoweringContext): Rex {
  if (rex.kind === 'over') return mapRex(rex, (node) => (node === rex ? undefined : fold(node, context)));
  if (rex.kind !== 'call' || rex.operator.startsWith('$')) return rex;
  let changed = false;
  const operands = rex.operands.map((operand) => {
    const folded = fold(operand, context);
    if (folded !== operand) changed = true;
    return folded;
  });
  const call = changed ? { ...rex, operands } : rex;
  return logical(call) ?? constant(call, context) ?? call;
}

function isLiteral(rex: Rex, value: boolean): boolean {
  return rex.kind === 'literal' && rex.value === value;
}

function logical(rex: Extract<Rex, { kind: 'call' }>): Rex | null {
  const { operator, operands } = rex;
  if (operator !== 'AND' && operator !== 'OR') return null;
  const absorbing = operator === 'OR';
  const found = operands.find((o) => isLiteral(o, absorbing));
  if (found !== undefined) return found;
  const rest = operands.filter((o) => !isLiteral(o, !absorbing));
  if (rest.length === operands.length) return null;
  if (rest.length === 0) return operands[0]!;
  return rest.length === 1 ? rest[0]! : operator === 'AND' ? and(rest) : { ...rex, operands: rest };
}

const NOW = new Set(['CURRENT_TIMESTAMP', 'LOCALTIMESTAMP', 'CURRENT_DATE']);
/** What depends on data beside its arguments, or has no value in the expression language. */
const KEPT = new Set(['LOOKUP', 'ROW', 'ARRAY', 'LOCALTIME', 'CURRENT_TIME']);

function constant(rex: Extract<Rex, { kind: 'call' }>, context: LoweringContext): Rex | null {
  const { operator, operands, type } = rex;
  if (NOW.has(operator)) return { kind: 'literal', value: now(operator, context), type };
  if (KEPT.has(operator) || !operands.every((o) => o.kind === 'literal')) return null;
  if (type.name === 'ARRAY' || type.name === 'OTHER' || type.name === 'ROW') return null;
  const { expression } = lowerExpression(rex, [], context);
  let value: ExprValue;
  try {
    value = compileExpression(expression, { lookup: () => undefined }).evaluate([]);
  } catch (error) {
    if (error instanceof ExpressionError) return null;
    throw error;
  }
  const time = type.name === 'TIMESTAMP' || type.name === 'DATE';
  const [operand] = operands;
  if (time && value === null && operator === 'CAST' && operand?.kind === 'literal' && operand.value !== null) {
    throw invalidInput(`Illegal TIMESTAMP constant [CAST('${String(operand.value)}'):TIMESTAMP(3) NOT NULL]`, {
      sourceType: 'sql',
    });
  }
  const native = sqlValue(value, type);
  if (native === undefined) return null;
  const folded = time && typeof native === 'bigint' ? utcToWallClock(native, context.timeZone) : native;
  return { kind: 'literal', value: folded, type: folded === null ? { ...type, nullable: true } : type };
}

function now(operator: string, context: LoweringContext): bigint {
  const wall = utcToWallClock(BigInt(context.nowMs), context.timeZone);
  return operator === 'CURRENT_DATE' ? wall - (((wall % 86_400_000n) + 86_400_000n) % 86_400_000n) : wall;
}

function sqlValue(value: ExprValue, type: SqlType): RexValue | undefined {
  if (value === null) return null;
  if (type.name === 'BOOLEAN') return value === 1n || value === 1;
  const native = nativeTypeOf(type);
  if (native === 'STRING')
    return typeof value === 'string' ? value : typeof value === 'bigint' ? String(value) : undefined;
  if (native === 'LONG') {
    if (typeof value === 'bigint') return value;
    return typeof value === 'number' && Number.isFinite(value) ? BigInt(Math.trunc(value)) : undefined;
  }
  if (typeof value === 'bigint') return Number(value);
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}
