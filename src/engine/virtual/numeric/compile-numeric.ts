/** Expressions over numbers, computed a block at a time on typed arrays. */
import type { ColumnType } from '../../../common/column-type.js';
import { type CompiledExpression, compileTree } from '../../../expressions/compile.js';
import { type Expr, ExpressionError, freeIdentifiers } from '../../../expressions/expr.js';
import type { FunctionContext } from '../../../expressions/functions/expr-function.js';
import type { ColumnVector, StringVector } from '../../../vectors/block.js';
import { wholeVector } from '../long-vector.js';
import type { VirtualSource } from '../virtual-definition.js';
import { arithmetic, comparison, isArithmetic, logic, type Order, type Room } from './arithmetic.js';
import { choose, coalesce } from './choices.js';
import { numericFunction } from './functions.js';
import { ALL_NULL, doubles, loadNumbers, longs, type Numbers, toLongs } from './numbers.js';

export interface NumericExpression {
  /** undefined where the block's columns or values must be computed one by one; the result is the same. */
  read(source: VirtualSource, type: ColumnType): ColumnVector | undefined;
}

/** @returns undefined where there is no such row; the arrays of a node are used again for the next block */
export type NumericNode = (source: VirtualSource) => Numbers | undefined;

/** undefined when the expression has parts that are not computed so. */
export function compileNumeric(compiled: CompiledExpression, context: FunctionContext): NumericExpression | undefined {
  const node = compileNode(compiled.expr, context);
  if (node === undefined) return undefined;
  return {
    read(source, type) {
      if (type !== 'LONG' && type !== 'DOUBLE' && type !== 'FLOAT') return undefined;
      const result = node(source);
      return result && vectorOf(result, type, source.numRows);
    },
  };
}

function vectorOf(result: Numbers, type: 'LONG' | 'DOUBLE' | 'FLOAT', n: number): ColumnVector | undefined {
  const { kind, values } = result;
  if (kind === 'NULL') {
    const nulls = new Uint8Array(n).fill(1);
    if (type === 'LONG') return { kind: 'long', base: 0, values: new Uint8Array(n), nulls };
    if (type === 'DOUBLE') return { kind: 'double', values: new Float64Array(n), nulls };
    return { kind: 'float', values: new Float32Array(n), nulls };
  }
  // The arrays of nodes are written again for the next block.
  const nulls = result.nulls?.slice(0, n);
  const some = nulls !== undefined && { nulls };
  if (type === 'LONG') {
    const whole = kind === 'LONG' ? result : toLongs(result, n, new Float64Array(n));
    return whole && wholeVector(whole.values.subarray(0, n), whole.min, whole.max, nulls);
  }
  if (type === 'FLOAT') return { kind: 'float', values: Float32Array.from(values.subarray(0, n)), ...some };
  return { kind: 'double', values: values.slice(0, n), ...some };
}

/** Arrays of a node, as large as the largest block so far. */
export function makeRoom(): (n: number) => Room {
  let room: Room = { values: new Float64Array(0), nulls: new Uint8Array(0) };
  return (n) => {
    if (room.values.length < n) room = { values: new Float64Array(n), nulls: new Uint8Array(n) };
    return room;
  };
}

function compileNode(expr: Expr, context: FunctionContext): NumericNode | undefined {
  const names = freeIdentifiers(expr);
  const [name] = names;
  if (names.length !== 1 || name === undefined) return compilePart(expr, context);
  const onNumbers = compilePart(expr, context);
  const onTexts = compileOnTexts(expr, name, context);
  return (source) => {
    const column = source.column(name);
    if (column?.kind === 'string') return onTexts(column, source.numRows);
    return column?.kind === 'multiString' ? undefined : onNumbers?.(source);
  };
}

/** A part that reads one dictionary column only: once per value. */
function compileOnTexts(
  expr: Expr,
  name: string,
  context: FunctionContext,
): (column: StringVector, n: number) => Numbers | undefined {
  const room = makeRoom();
  let compiled: CompiledExpression | undefined;
  let key = '';
  let table = new TextTable(0);
  return ({ ids, dictionary }, n) => {
    compiled ??= compileTree(expr, context);
    if (compiled.inputs[0] !== name) return undefined;
    if (key !== dictionary.key || table.size < dictionary.size) table = new TextTable(dictionary.size);
    key = dictionary.key;
    const { values, nulls } = room(n);
    let hasNull = 0;
    for (let i = 0; i < n; i++) {
      const id = ids[i]!;
      if (table.states[id] === UNKNOWN) {
        const result = evaluate(compiled, id === 0 ? null : dictionary.value(id));
        if (result === undefined) return undefined;
        table.put(id, result);
      }
      values[i] = table.values[id]!;
      hasNull |= nulls[i] = table.states[id]!;
    }
    if (table.hasLongs && table.hasDoubles) return undefined;
    const some = hasNull === 1 ? nulls : undefined;
    if (!table.hasLongs && !table.hasDoubles) return ALL_NULL;
    return table.hasLongs ? longs(values, some, table.min, table.max) : doubles(values, some);
  };
}

const UNKNOWN = 2;

/** What an expression gives for the ids of a dictionary. */
class TextTable {
  readonly size: number;
  readonly values: Float64Array;
  /** 1 = null, 0 = not, 2 = not computed. */
  readonly states: Uint8Array;
  hasLongs = false;
  hasDoubles = false;
  min = Number.POSITIVE_INFINITY;
  max = Number.NEGATIVE_INFINITY;

  constructor(size: number) {
    this.size = size;
    this.values = new Float64Array(size + 1);
    this.states = new Uint8Array(size + 1).fill(UNKNOWN);
  }

  put(id: number, value: number | bigint | null): void {
    this.states[id] = value === null ? 1 : 0;
    if (value === null) return;
    if (typeof value === 'bigint') this.hasLongs = true;
    else this.hasDoubles = true;
    const number = Number(value);
    this.values[id] = number;
    if (number < this.min) this.min = number;
    if (number > this.max) this.max = number;
  }
}

/** undefined for what is no number. */
function evaluate(compiled: CompiledExpression, text: string | null): number | bigint | null | undefined {
  try {
    const result = compiled.evaluate([text]);
    return result === null || typeof result === 'number' || typeof result === 'bigint' ? result : undefined;
  } catch (error) {
    // The row that has the value may not be wanted: single values decide.
    if (error instanceof ExpressionError) return undefined;
    throw error;
  }
}

function compilePart(expr: Expr, context: FunctionContext): NumericNode | undefined {
  switch (expr.kind) {
    case 'literal':
      return compileLiteral(expr.value);
    case 'identifier': {
      const room = makeRoom();
      return (source) => loadNumbers(source.column(expr.name), source.numRows, room(source.numRows).values);
    }
    case 'unary': {
      const operand = compileNode(expr.operand, context);
      return operand && (expr.operator === '-' ? negation(operand) : inversion(operand));
    }
    case 'binary':
      return compileBinary(expr, context);
    case 'call':
      return compileCall(expr, context);
    case 'lambda':
      return undefined;
  }
}

function compileLiteral(value: unknown): NumericNode | undefined {
  if (value === null) return () => ALL_NULL;
  if (typeof value !== 'bigint' && typeof value !== 'number') return undefined;
  const number = Number(value);
  let values = new Float64Array(0);
  return ({ numRows }) => {
    if (values.length < numRows) values = new Float64Array(numRows).fill(number);
    return typeof value === 'bigint' ? longs(values, undefined, number, number) : doubles(values, undefined);
  };
}

function negation(operand: NumericNode): NumericNode {
  const room = makeRoom();
  return (source) => {
    const of = operand(source);
    if (of === undefined || of.kind === 'NULL') return of;
    const { values } = room(source.numRows);
    if (of.kind === 'LONG') {
      for (let i = 0; i < source.numRows; i++) values[i] = 0 - of.values[i]!;
      return longs(values, of.nulls, -of.max, -of.min);
    }
    if (of.isMixed) return undefined;
    for (let i = 0; i < source.numRows; i++) values[i] = -of.values[i]!;
    return doubles(values, of.nulls);
  };
}

function inversion(operand: NumericNode): NumericNode {
  const room = makeRoom();
  return (source) => {
    const of = operand(source);
    if (of === undefined || of.kind === 'NULL') return of;
    const { values } = room(source.numRows);
    for (let i = 0; i < source.numRows; i++) values[i] = of.values[i]! > 0 ? 0 : 1;
    return longs(values, of.nulls, 0, 1);
  };
}

function compileBinary(expr: Expr & { kind: 'binary' }, context: FunctionContext): NumericNode | undefined {
  const left = compileNode(expr.left, context);
  const right = compileNode(expr.right, context);
  if (left === undefined || right === undefined) return undefined;
  const { operator } = expr;
  const room = makeRoom();
  const apply = (a: Numbers, b: Numbers, n: number): Numbers | undefined => {
    if (isArithmetic(operator)) return arithmetic(operator, a, b, n, room(n));
    if (operator === '&&' || operator === '||') return logic(operator, a, b, n, room(n));
    return comparison(operator as Order, a, b, n, room(n));
  };
  return (source) => {
    const a = left(source);
    const b = a && right(source);
    return a && b && apply(a, b, source.numRows);
  };
}

function compileCall(expr: Expr & { kind: 'call' }, context: FunctionContext): NumericNode | undefined {
  const own = numericFunction(expr, context);
  const literal = own?.literalArgs ?? 0;
  const args = expr.args.slice(0, expr.args.length - literal).map((arg) => compileNode(arg, context));
  if (!args.every((arg) => arg !== undefined)) return undefined;
  const room = makeRoom();
  const apply = own?.apply ?? choiceFunction(expr.name);
  if (apply === undefined) return undefined;
  return (source) => {
    const parts: Numbers[] = [];
    for (const arg of args) {
      const part = arg(source);
      if (part === undefined) return undefined;
      parts.push(part);
    }
    return apply(parts, source.numRows, room(source.numRows));
  };
}

type Apply = (args: readonly Numbers[], n: number, room: Room) => Numbers | undefined;

function choiceFunction(name: string): Apply | undefined {
  switch (name) {
    case 'if':
      return ([condition, then, otherwise], n, room) =>
        choose(
          [
            { condition: condition!, result: then! },
            { condition: null, result: otherwise! },
          ],
          n,
          room,
        );
    case 'case_searched':
      return (args, n, room) => choose(casesOf(args), n, room);
    case 'nvl':
    case 'coalesce':
      return coalesce;
    default:
      return undefined;
  }
}

function casesOf(args: readonly Numbers[]): { condition: Numbers | null; result: Numbers }[] {
  const cases: { condition: Numbers | null; result: Numbers }[] = [];
  for (let i = 0; i + 1 < args.length; i += 2) cases.push({ condition: args[i]!, result: args[i + 1]! });
  if (args.length % 2 === 1) cases.push({ condition: null, result: args.at(-1)! });
  return cases;
}
