import { compareDoubles } from '../../../expressions/operators.js';
import type { BinaryOperator } from '../../../expressions/expr.js';
import { ALL_NULL, doubles, eitherNull, longs, type Numbers } from './numbers.js';

export type Arithmetic = '+' | '-' | '*' | '/' | '%' | '^';
export type Order = '<' | '<=' | '>' | '>=' | '==' | '!=';

/** Arrays of one node that its result is written to. */
export interface Room {
  readonly values: Float64Array;
  readonly nulls: Uint8Array;
}

/** undefined where doubles would not give the same as single values: longs beyond 2^53, division of longs by zero, results of two types. */
export function arithmetic(operator: Arithmetic, a: Numbers, b: Numbers, n: number, room: Room): Numbers | undefined {
  if (a.kind === 'NULL' || b.kind === 'NULL') return ALL_NULL;
  const nulls = eitherNull(a.nulls, b.nulls, n, room.nulls);
  const out = room.values;
  if (a.kind === 'LONG' && b.kind === 'LONG') return longArithmetic(operator, a, b, nulls, n, out);
  const isMixed = (a.isMixed && b.kind === 'LONG') || (b.isMixed && a.kind === 'LONG') || (a.isMixed && b.isMixed);
  // What these give depends on which of the two types a row has.
  if (isMixed && (operator === '/' || operator === '%' || operator === '^')) return undefined;
  doubleArithmetic(operator, a.values, b.values, n, out);
  return doubles(out, nulls, isMixed);
}

/** A function of its own for each, so that each is compiled for the arrays that it meets. */
function doubleArithmetic(operator: Arithmetic, x: Float64Array, y: Float64Array, n: number, out: Float64Array): void {
  switch (operator) {
    case '+':
      return addDoubles(x, y, n, out);
    case '-':
      return subtractDoubles(x, y, n, out);
    case '*':
      return multiplyDoubles(x, y, n, out);
    case '/':
      return divideDoubles(x, y, n, out);
    case '%':
      for (let i = 0; i < n; i++) out[i] = x[i]! % y[i]!;
      return;
    case '^':
      for (let i = 0; i < n; i++) out[i] = x[i]! ** y[i]!;
  }
}

function addDoubles(x: Float64Array, y: Float64Array, n: number, out: Float64Array): void {
  for (let i = 0; i < n; i++) out[i] = x[i]! + y[i]!;
}

function subtractDoubles(x: Float64Array, y: Float64Array, n: number, out: Float64Array): void {
  for (let i = 0; i < n; i++) out[i] = x[i]! - y[i]!;
}

function multiplyDoubles(x: Float64Array, y: Float64Array, n: number, out: Float64Array): void {
  for (let i = 0; i < n; i++) out[i] = x[i]! * y[i]!;
}

function divideDoubles(x: Float64Array, y: Float64Array, n: number, out: Float64Array): void {
  for (let i = 0; i < n; i++) out[i] = x[i]! / y[i]!;
}

function longArithmetic(
  operator: Arithmetic,
  a: Numbers,
  b: Numbers,
  nulls: Uint8Array | undefined,
  n: number,
  out: Float64Array,
): Numbers | undefined {
  const x = a.values;
  const y = b.values;
  switch (operator) {
    case '+':
      for (let i = 0; i < n; i++) out[i] = x[i]! + y[i]!;
      return longs(out, nulls, a.min + b.min, a.max + b.max);
    case '-':
      for (let i = 0; i < n; i++) out[i] = x[i]! - y[i]!;
      return longs(out, nulls, a.min - b.max, a.max - b.min);
    case '*': {
      // Adding 0 makes 0 of -0.
      for (let i = 0; i < n; i++) out[i] = x[i]! * y[i]! + 0;
      if (a.min > a.max || b.min > b.max) return longs(out, nulls, 1, 0);
      const corners = [a.min * b.min, a.min * b.max, a.max * b.min, a.max * b.max];
      return longs(out, nulls, Math.min(...corners), Math.max(...corners));
    }
    case '/':
    case '%':
      return longDivision(operator, a, b, nulls, n, out);
    case '^':
      return undefined;
  }
}

function longDivision(
  operator: '/' | '%',
  a: Numbers,
  b: Numbers,
  nulls: Uint8Array | undefined,
  n: number,
  out: Float64Array,
): Numbers | undefined {
  if (b.min <= 0 && b.max >= 0) {
    for (let i = 0; i < n; i++) if (b.values[i] === 0 && nulls?.[i] !== 1) return undefined;
  }
  const bound = Math.max(Math.abs(a.min), Math.abs(a.max));
  if (operator === '%') {
    for (let i = 0; i < n; i++) out[i] = (a.values[i]! % b.values[i]!) + 0;
  } else {
    // Both steps are exact, which a quotient that is cut off need not be.
    for (let i = 0; i < n; i++) {
      const x = a.values[i]!;
      const y = b.values[i]!;
      out[i] = (x - (x % y)) / y + 0;
    }
  }
  return Number.isFinite(bound) ? longs(out, nulls, -bound, bound) : longs(out, nulls, 1, 0);
}

/** 1 or 0; numbers in Java's order. */
export function comparison(operator: Order, a: Numbers, b: Numbers, n: number, room: Room): Numbers | undefined {
  if (a.kind === 'NULL' || b.kind === 'NULL') return ALL_NULL;
  const nulls = eitherNull(a.nulls, b.nulls, n, room.nulls);
  const out = room.values;
  const x = a.values;
  const y = b.values;
  if (a.kind === 'LONG' && b.kind === 'LONG') compareLongs(operator, x, y, n, out);
  else {
    const isTrue = ORDERS[operator];
    for (let i = 0; i < n; i++) {
      const left = x[i]!;
      const right = y[i]!;
      const order = left < right ? -1 : left > right ? 1 : compareDoubles(left, right);
      out[i] = isTrue[order + 1]!;
    }
  }
  return longs(out, nulls, 0, 1);
}

/** By order -1, 0, 1. */
const ORDERS: Readonly<Record<Order, readonly number[]>> = {
  '<': [1, 0, 0],
  '<=': [1, 1, 0],
  '>': [0, 0, 1],
  '>=': [0, 1, 1],
  '==': [0, 1, 0],
  '!=': [1, 0, 1],
};

function compareLongs(operator: Order, x: Float64Array, y: Float64Array, n: number, out: Float64Array): void {
  switch (operator) {
    case '<':
      for (let i = 0; i < n; i++) out[i] = x[i]! < y[i]! ? 1 : 0;
      return;
    case '<=':
      for (let i = 0; i < n; i++) out[i] = x[i]! <= y[i]! ? 1 : 0;
      return;
    case '>':
      for (let i = 0; i < n; i++) out[i] = x[i]! > y[i]! ? 1 : 0;
      return;
    case '>=':
      for (let i = 0; i < n; i++) out[i] = x[i]! >= y[i]! ? 1 : 0;
      return;
    case '==':
      for (let i = 0; i < n; i++) out[i] = x[i] === y[i] ? 1 : 0;
      return;
    case '!=':
      for (let i = 0; i < n; i++) out[i] = x[i] !== y[i] ? 1 : 0;
  }
}

/** Kleene's and/or of truths: a number above 0 is true. */
export function logic(operator: '&&' | '||', a: Numbers, b: Numbers, n: number, room: Room): Numbers | undefined {
  const decisive = operator === '||' ? 1 : 0;
  let hasNull = 0;
  for (let i = 0; i < n; i++) {
    const x = truth(a, i);
    const y = truth(b, i);
    const isDecided = x === decisive || y === decisive;
    const isNull = !isDecided && (x < 0 || y < 0) ? 1 : 0;
    room.nulls[i] = isNull;
    hasNull |= isNull;
    room.values[i] = isDecided ? decisive : 1 - decisive;
  }
  return longs(room.values, hasNull === 1 ? room.nulls : undefined, 0, 1);
}

/** 1, 0, or -1 for null. */
export function truth(of: Numbers, row: number): number {
  if (of.kind === 'NULL' || of.nulls?.[row] === 1) return -1;
  return of.values[row]! > 0 ? 1 : 0;
}

export function isArithmetic(operator: BinaryOperator): operator is Arithmetic {
  return '+-*/%^'.includes(operator);
}
