import { invalidInput } from '../../common/druid-error.js';
import { localToUtc, timeZone } from '../../common/time-zone.js';
import { findFunction } from '../functions/catalog.js';
import type { Rex } from '../rex/rex.js';
import type { SqlType } from '../types/sql-type.js';
import { isText } from '../types/type-families.js';
import { notPlanned } from '../validate/planning-errors.js';
import type { LoweringContext, NativeExpression, NativeSignature } from './native-expression.js';
import { callText, columnText, numberText, stringText, unquoted } from './native-text.js';
import { nativeTypeOf } from './native-type.js';

type Literal = Extract<Rex, { kind: 'literal' }>;
type Call = Extract<Rex, { kind: 'call' }>;

/** @source Druid `sql/calcite/expression/Expressions.java` */
export function lowerExpression(rex: Rex, signature: NativeSignature, context: LoweringContext): NativeExpression {
  switch (rex.kind) {
    case 'input': {
      const column = signature[rex.index]!;
      return { ...plain(columnText(column.name), column.type), column: column.name };
    }
    case 'literal':
      return plain(literalText(rex, context), nativeTypeOf(rex.type));
    case 'call':
      return lowerCall(rex, signature, context);
    default:
      throw notPlanned(`Unsupported expression [${rex.kind}]`);
  }
}

function plain(expression: string, type: string | null): NativeExpression {
  return { expression, type, column: null, extractionFn: null, extractedColumn: null, virtualColumn: null };
}

/** Times of the session's wall clock become instants. */
export function instantOf(localMs: bigint, context: LoweringContext): number {
  return localToUtc(timeZone(context.timeZone), Number(localMs));
}

export function literalText({ value, type }: Literal, context: LoweringContext): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return stringText(value);
  if (typeof value === 'boolean') return value ? '1' : '0';
  if (typeof value === 'bigint') {
    const isTime = type.name === 'TIMESTAMP' || type.name === 'DATE';
    return isTime ? String(instantOf(value, context)) : String(value);
  }
  if (typeof value === 'number') return numberText(value);
  const element = type.element ?? type;
  const items = value.map((item) => literalText({ kind: 'literal', value: item, type: element }, context));
  return callText('array', ...items);
}

function lowerCall(rex: Call, signature: NativeSignature, context: LoweringContext): NativeExpression {
  if (rex.operator === 'CAST' || rex.operator === 'TRY_CAST') return lowerCast(rex, signature, context);
  const lowered = rex.operands.map((operand) => lowerExpression(operand, signature, context));
  const found = findFunction(rex.operator);
  if (found?.translate === undefined) throw notPlanned(`Unsupported operator [${rex.operator}]`);
  const expression = found.translate({
    args: lowered.map((operand) => operand.expression),
    operands: rex.operands,
    type: rex.type,
    timeZone: context.timeZone,
    nowMs: context.nowMs,
  });
  const result = plain(expression, nativeTypeOf(rex.type));
  const extractionFn = extraction(rex, lowered[0]);
  if (extractionFn !== null) return { ...result, extractionFn, extractedColumn: lowered[0]!.column };
  return { ...result, virtualColumn: virtualColumn(rex, lowered) };
}

/** What Druid groups by an extraction function instead of an expression. @source Druid `SimpleExtraction.java` */
function extraction(rex: Call, column: NativeExpression | undefined): NativeExpression['extractionFn'] {
  if (column?.column === undefined || column.column === null || column.type !== 'STRING') return null;
  const constants = rex.operands.slice(1).map((operand) => (operand.kind === 'literal' ? operand.value : undefined));
  if (constants.includes(undefined)) return null;
  const [first, second] = constants;
  switch (rex.operator) {
    case 'LOOKUP': {
      const missing = { retainMissingValue: false, replaceMissingValueWith: second ?? null };
      return { type: 'registeredLookup', lookup: first, ...missing, injective: null, optimize: true };
    }
    case 'SUBSTRING':
    case 'SUBSTR': {
      const index = Number(first) - 1;
      return index < 0 ? null : { type: 'substring', index, length: second === undefined ? null : Number(second) };
    }
    default:
      return null;
  }
}

/** Columns that the engine reads without an expression. */
function virtualColumn(rex: Call, [first, second]: readonly NativeExpression[]): NativeExpression['virtualColumn'] {
  if (first?.column === null || first === undefined) return null;
  switch (rex.operator) {
    case 'MV_FILTER_ONLY':
    case 'MV_FILTER_NONE': {
      const values = rex.operands[1];
      const items = arrayItems(values);
      if (items === undefined) return null;
      const delegate = { type: 'default', dimension: first.column, outputName: first.column, outputType: 'STRING' };
      return { type: 'mv-filtered', delegate, values: items, isAllowList: rex.operator === 'MV_FILTER_ONLY' };
    }
    case 'JSON_VALUE': {
      const path = second === undefined ? null : unquoted(second.expression);
      const parts = path === null ? undefined : pathParts(path);
      if (parts === undefined || first.type !== 'COMPLEX<json>') return null;
      const expectedType = nativeTypeOf(rex.type);
      return { type: 'nested-field', columnName: first.column, expectedType, pathParts: parts, processFromRaw: false };
    }
    default:
      return null;
  }
}

function arrayItems(rex: Rex | undefined): readonly (string | null)[] | undefined {
  const items =
    rex?.kind === 'literal' && Array.isArray(rex.value)
      ? rex.value
      : rex?.kind === 'call' && rex.operator === 'ARRAY'
        ? rex.operands.map((operand) => (operand.kind === 'literal' ? operand.value : undefined))
        : undefined;
  if (items === undefined || items.some((item) => item === undefined || (item !== null && typeof item !== 'string')))
    return undefined;
  return items as readonly (string | null)[];
}

/** `$.a['b'][0]`; undefined when it has more than names and numbers. */
function pathParts(path: string): readonly Readonly<Record<string, unknown>>[] | undefined {
  if (!path.startsWith('$')) return undefined;
  const parts: Record<string, unknown>[] = [];
  const step = /\.([^.[\]]+)|\[(\d+)\]|\[['"]([^'"]*)['"]\]/y;
  step.lastIndex = 1;
  while (step.lastIndex < path.length) {
    const found = step.exec(path);
    if (found === null) return undefined;
    const [, name, index, quoted] = found;
    if (index !== undefined) parts.push({ type: 'arrayElement', index: Number(index) });
    else parts.push({ type: 'field', field: name ?? quoted });
  }
  return parts;
}

function lowerCast(rex: Call, signature: NativeSignature, context: LoweringContext): NativeExpression {
  const [operand] = rex.operands as readonly [Rex];
  const from = operand.type;
  const to = rex.type;
  const lowered = lowerExpression(operand, signature, context);
  const type = nativeTypeOf(to);
  const text = castText(lowered.expression, from, to, lowered.type, context);
  return text === lowered.expression && lowered.type === type ? lowered : plain(text, type);
}

/** @source Druid `CastOperatorConversion.java` */
function castText(
  text: string,
  from: SqlType,
  to: SqlType,
  nativeFrom: string | null,
  { timeZone: zone }: LoweringContext,
): string {
  const tz = stringText(zone);
  const day = (time: string): string => callText('timestamp_floor', time, `'P1D'`, 'null', tz);
  if (isText(from) && to.name === 'TIMESTAMP') return callText('timestamp_parse', text, 'null', tz);
  if (isText(from) && to.name === 'DATE') return day(callText('timestamp_parse', text, 'null', tz));
  if (from.name === 'TIMESTAMP' && isText(to)) return callText('timestamp_format', text, `'yyyy-MM-dd HH:mm:ss'`, tz);
  if (from.name === 'DATE' && isText(to)) return callText('timestamp_format', text, `'yyyy-MM-dd'`, tz);
  if (from.name === 'TIMESTAMP' && to.name === 'DATE') return day(text);
  if (to.name === 'OTHER') {
    if (from.name === 'OTHER') return text;
    throw notPlanned(`Unsupported cast from [${from.name}] to [COMPLEX<${to.complexName}>]`);
  }
  const native = nativeTypeOf(to);
  if (nativeFrom === native || nativeTypeOf(from) === native) return text;
  return `CAST(${text}, '${native === 'FLOAT' ? 'DOUBLE' : native}')`;
}

/** @throws DruidError as Druid for constants that JSON cannot hold */
export function refuseNotFinite(value: number, expression: string): void {
  if (Number.isFinite(value)) return;
  throw invalidInput(
    `Expression [${expression}] evaluates to an unsupported value [${value}], expected something that can be a Double.  Consider casting with 'CAST(<col> AS BIGINT)'`,
    { sourceType: 'sql' },
  );
}
