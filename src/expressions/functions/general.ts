/** Conditions, nulls and casts. @source Druid `Function.java` */
import { asBoolean, asText, castTo, commonType, fromBoolean } from '../coercion.js';
import { type Expr, type ExprType, type ExprValue, ExpressionError } from '../expr.js';
import { isSame } from '../operators.js';
import { ANY, constant, type ExprFunction } from './expr-function.js';

const LONG = (): ExprType => 'LONG';

function never(): never {
  throw new ExpressionError('A lazy function has no eager form');
}

const conditional: ExprFunction = {
  names: ['if'],
  arity: [3, 3],
  outputType: (types) => commonType(types.slice(1)),
  bind: never,
  lazy: ([condition, then, otherwise]) => (asBoolean(condition!()) === true ? then!() : otherwise!()),
};

const coalesce: ExprFunction = {
  names: ['coalesce'],
  arity: [1, ANY],
  outputType: (types) => commonType(types),
  bind: never,
  lazy: (args) => {
    for (const arg of args) {
      const value = arg();
      if (value !== null) return value;
    }
    return null;
  },
};

const nvl: ExprFunction = { ...coalesce, names: ['nvl'], arity: [2, 2] };

/** Results are at the odd places, and last when the number of arguments is odd. */
const caseSearched: ExprFunction = {
  names: ['case_searched'],
  arity: [2, ANY],
  outputType: (types) => commonType(types.filter((_, i) => i % 2 === 1 || i === types.length - 1)),
  bind: never,
  lazy: (args) => {
    for (let i = 0; i + 1 < args.length; i += 2) if (asBoolean(args[i]!()) === true) return args[i + 1]!();
    return args.length % 2 === 1 ? args.at(-1)!() : null;
  },
};

const caseSimple: ExprFunction = {
  names: ['case_simple'],
  arity: [3, ANY],
  outputType: (types) => commonType(types.filter((_, i) => i > 0 && (i % 2 === 0 || i === types.length - 1))),
  bind: never,
  lazy: (args) => {
    const value = args[0]!();
    for (let i = 1; i + 1 < args.length; i += 2) {
      const candidate = args[i]!();
      if (value !== null && candidate !== null && isSame(value, candidate)) return args[i + 1]!();
    }
    return args.length % 2 === 0 ? args.at(-1)!() : null;
  },
};

const cast: ExprFunction = {
  names: ['cast'],
  arity: [2, 2],
  outputType: (_types, args) => castType(args),
  bind: (args) => {
    const type = castType(args);
    return ([value]) => castTo(value!, type);
  },
};

function castType(args: readonly Expr[]): ExprType {
  const name = asText(constant(args, 1, 'cast'));
  const type = name?.toUpperCase() === 'FLOAT' ? 'DOUBLE' : name;
  if (type === null || type === undefined || !/^(?:STRING|LONG|DOUBLE|ARRAY<.+>|COMPLEX<.+>)$/i.test(type)) {
    throw new ExpressionError(`Invalid type [${name}] in cast`);
  }
  return type.toUpperCase().startsWith('COMPLEX') ? (type as ExprType) : (type.toUpperCase() as ExprType);
}

function test(name: string, decide: (value: ExprValue) => boolean): ExprFunction {
  return {
    names: [name],
    arity: [1, 1],
    outputType: LONG,
    bind:
      () =>
      ([value]) =>
        fromBoolean(decide(value!)),
  };
}

function pair(name: string, decide: (left: ExprValue, right: ExprValue) => boolean): ExprFunction {
  return {
    names: [name],
    arity: [2, 2],
    outputType: LONG,
    bind:
      () =>
      ([left, right]) =>
        fromBoolean(decide(left!, right!)),
  };
}

export const generalFunctions: readonly ExprFunction[] = [
  conditional,
  coalesce,
  nvl,
  caseSearched,
  caseSimple,
  cast,
  test('isnull', (value) => value === null),
  test('notnull', (value) => value !== null),
  test('istrue', (value) => asBoolean(value) === true),
  test('isfalse', (value) => asBoolean(value) === false),
  test('nottrue', (value) => asBoolean(value) !== true),
  test('notfalse', (value) => asBoolean(value) !== false),
  pair('isdistinctfrom', (left, right) => !isSame(left, right)),
  pair('notdistinctfrom', isSame),
];
