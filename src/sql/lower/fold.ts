import { DruidError, invalidInput } from '../../common/druid-error.js';
import { parseSpacedInstant } from '../../common/iso-time.js';
import { timeZone, UTC } from '../../common/time-zone.js';
import { compileExpression } from '../../expressions/compile.js';
import { ExprArray, ExpressionError, type ExprValue } from '../../expressions/expr.js';
import { findFunction } from '../functions/catalog.js';
import type { Rex, RexValue } from '../rex/rex.js';
import { and } from '../rex/rex-tools.js';
import { makeType, withNullable } from '../types/make-type.js';
import type { SqlType } from '../types/sql-type.js';
import { isInteger, isNumeric, isText } from '../types/type-families.js';
import { lowerExpression, refuseNotFinite } from './lower-expression.js';
import type { LoweringContext } from './native-expression.js';
import { timeInInterval } from './time-in-interval.js';

type Call = Extract<Rex, { kind: 'call' }>;

/** Their value is not the same twice, or not known here. */
const NOT_FOLDED: ReadonlySet<string> = new Set(['ROW', '$AGGREGATE']);
const DAY_MS = 86_400_000n;

/** Constant parts become literals, conditions that are known fall away. @source Calcite `RexSimplify`; Druid `DruidRexExecutor.java` */
export function fold(rex: Rex, context: LoweringContext): Rex {
  if (rex.kind !== 'call') return rex;
  let changed = false;
  const operands = rex.operands.map((operand) => {
    const folded = fold(operand, context);
    changed ||= folded !== operand;
    return folded;
  });
  const inner = changed ? { ...rex, operands } : rex;
  if (inner.operator === 'TIME_IN_INTERVAL') return timeInInterval(inner, context);
  const simple = simplified(inner);
  if (simple !== inner)
    return simple.kind === 'call' && simple.operator !== inner.operator ? fold(simple, context) : simple;
  return evaluated(inner, context);
}

function simplified(rex: Call): Rex {
  switch (rex.operator) {
    case 'AND':
      return connected(rex, false);
    case 'OR':
      return connected(rex, true);
    case 'NOT':
      return negated(rex);
    case 'CASE':
      return chosen(rex);
    case 'IS NULL':
    case 'IS NOT NULL': {
      const operand = rex.operands[0]!;
      if (operand.kind === 'literal') return boolean((operand.value === null) === (rex.operator === 'IS NULL'));
      return operand.type.nullable ? rex : boolean(rex.operator === 'IS NOT NULL');
    }
    case '=':
    case '<>':
    case '<':
    case '<=':
    case '>':
    case '>=':
      return rex.operands.some(isNull) ? { kind: 'literal', value: null, type: makeType('BOOLEAN', true) } : rex;
    default:
      return rex;
  }
}

function isNull(rex: Rex): boolean {
  return rex.kind === 'literal' && rex.value === null;
}

function boolean(value: boolean): Rex {
  return { kind: 'literal', value, type: makeType('BOOLEAN') };
}

/** @param decides the value that decides the whole: false for AND, true for OR */
function connected(rex: Call, decides: boolean): Rex {
  const left: Rex[] = [];
  for (const operand of rex.operands) {
    if (operand.kind === 'literal' && operand.value === decides) return boolean(decides);
    if (operand.kind === 'literal' && operand.value === !decides) continue;
    if (operand.kind === 'call' && operand.operator === rex.operator) left.push(...operand.operands);
    else left.push(operand);
  }
  if (left.length === 0) return boolean(!decides);
  if (left.length === 1) return left[0]!;
  if (left.length === rex.operands.length && left.every((operand, i) => operand === rex.operands[i])) return rex;
  return decides ? { ...rex, operands: left } : and(left);
}

const OPPOSITE: Readonly<Record<string, string>> = {
  '=': '<>',
  '<>': '=',
  '<': '>=',
  '<=': '>',
  '>': '<=',
  '>=': '<',
  'IS NULL': 'IS NOT NULL',
  'IS NOT NULL': 'IS NULL',
  'IS TRUE': 'IS NOT TRUE',
  'IS NOT TRUE': 'IS TRUE',
  'IS FALSE': 'IS NOT FALSE',
  'IS NOT FALSE': 'IS FALSE',
};

function negated(rex: Call): Rex {
  const operand = rex.operands[0]!;
  if (operand.kind === 'literal') {
    return operand.value === null ? operand : boolean(operand.value === false);
  }
  if (operand.kind !== 'call') return rex;
  if (operand.operator === 'NOT') return operand.operands[0]!;
  const opposite = OPPOSITE[operand.operator];
  return opposite === undefined ? rex : { ...operand, operator: opposite };
}

/** Branches that cannot be reached fall away. */
function chosen(rex: Call): Rex {
  const { operands } = rex;
  const kept: Rex[] = [];
  for (let i = 0; i + 1 < operands.length; i += 2) {
    const condition = operands[i]!;
    if (condition.kind === 'literal' && condition.value !== true) continue;
    if (condition.kind === 'literal') {
      kept.push(operands[i + 1]!);
      return kept.length === 1 ? kept[0]! : { ...rex, operands: kept };
    }
    kept.push(condition, operands[i + 1]!);
  }
  if (kept.length + 1 === operands.length) return rex;
  kept.push(operands.at(-1)!);
  return kept.length === 1 ? kept[0]! : { ...rex, operands: kept };
}

function evaluated(rex: Call, context: LoweringContext): Rex {
  if (NOT_FOLDED.has(rex.operator) || rex.operands.some((operand) => operand.kind !== 'literal')) return rex;
  if (rex.operator === 'CAST' || rex.operator === 'TRY_CAST') return castLiteral(rex, context);
  const interval = intervalProduct(rex);
  if (interval !== undefined) return interval;
  if (findFunction(rex.operator)?.translate === undefined) return rex;
  return computed(rex, context);
}

function intervalProduct(rex: Call): Rex | undefined {
  const [first, second] = rex.operands;
  if (rex.operator !== '*' || first?.kind !== 'literal' || second?.kind !== 'literal') return undefined;
  if (!first.type.name.startsWith('INTERVAL')) return undefined;
  return { ...first, value: (first.value as bigint) * BigInt(Number(second.value)) };
}

function computed(rex: Rex, context: LoweringContext): Rex {
  const { expression } = lowerExpression(rex, [], context);
  let value: ExprValue;
  try {
    value = compileExpression(expression, { lookup: context.lookup }).evaluate([]);
  } catch (error) {
    if (error instanceof ExpressionError && error.message.includes('/ by zero')) throw divisionByZero();
    if (error instanceof ExpressionError || error instanceof DruidError) return rex;
    throw error;
  }
  const converted = toRexValue(value, rex.type, context);
  if (converted === undefined) return rex;
  if (typeof converted === 'number') refuseNotFinite(converted, expression);
  return { kind: 'literal', value: converted, type: withNullable(rex.type, converted === null) };
}

/** undefined: the value has no literal. */
function toRexValue(value: ExprValue, type: SqlType, context: LoweringContext): RexValue | undefined {
  if (value === null) return null;
  if (value instanceof ExprArray) {
    const items = value.values.map((item) => toRexValue(item, type.element ?? makeType('VARCHAR'), context));
    return items.includes(undefined) ? undefined : (items as RexValue);
  }
  if (typeof value === 'object') return undefined;
  if (type.name === 'BOOLEAN') return typeof value === 'string' ? value === 'true' : Number(value) !== 0;
  if (type.name === 'TIMESTAMP' || type.name === 'DATE') {
    const ms = Number(value);
    return BigInt(ms + timeZone(context.timeZone).offsetMs(ms));
  }
  if (isInteger(type)) return typeof value === 'bigint' ? value : BigInt(Math.trunc(Number(value)));
  if (isNumeric(type)) return Number(value);
  return isText(type) ? String(value) : undefined;
}

/** @throws DruidError for texts that are no time, as Calcite's reduction does */
function castLiteral(rex: Call, context: LoweringContext): Rex {
  const [operand] = rex.operands;
  if (operand?.kind !== 'literal') return rex;
  const { value, type: from } = operand;
  const to = rex.type;
  if (value === null) return { kind: 'literal', value, type: withNullable(to, true) };
  if (to.name === 'DATE' && from.name === 'TIMESTAMP') {
    const ms = value as bigint;
    return { kind: 'literal', value: ms - (((ms % DAY_MS) + DAY_MS) % DAY_MS), type: withNullable(to, false) };
  }
  if (to.name === 'TIMESTAMP' && from.name === 'DATE') return { kind: 'literal', value, type: withNullable(to, false) };
  if ((to.name === 'TIMESTAMP' || to.name === 'DATE') && isText(from)) return timeLiteral(rex, String(value), to);
  if (isText(to) && typeof value === 'boolean')
    return { kind: 'literal', value: String(value), type: withNullable(to, false) };
  return computed(rex, context);
}

function timeLiteral(rex: Call, text: string, to: SqlType): Rex {
  const ms = parseSpacedInstant(text.trim(), UTC) ?? parseSpacedInstant(text.trim().replace('T', ' '), UTC);
  if (ms === undefined) {
    if (rex.operator === 'TRY_CAST') return { kind: 'literal', value: null, type: withNullable(to, true) };
    const name = to.name === 'DATE' ? 'DATE' : 'TIMESTAMP(3)';
    throw invalidInput(`Illegal ${to.name} constant [CAST('${text}'):${name} NOT NULL]`, { sourceType: 'sql' });
  }
  const value = BigInt(ms);
  const day = to.name === 'DATE' ? value - (((value % DAY_MS) + DAY_MS) % DAY_MS) : value;
  return { kind: 'literal', value: day, type: withNullable(to, false) };
}

/** @source Druid: an ArithmeticException of constant reduction */
function divisionByZero(): DruidError {
  return new DruidError('/ by zero', { category: 'UNCATEGORIZED', persona: 'ADMIN', errorCode: 'general' });
}
