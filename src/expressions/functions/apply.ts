/** Functions that take a lambda. @source Druid `ApplyFunction.java` */
import { asArray, asBoolean, fromBoolean } from '../coercion.js';
import { ExprArray, type ExprType, type ExprValue, ExpressionError, typeOf } from '../expr.js';

export interface ApplyFunction {
  readonly names: readonly string[];
  readonly arity: readonly [number, number];
  isArrayArgument?(index: number): boolean;
  /** Types of the lambda's parameters for the types of the arguments after it. */
  parameterTypes(
    types: readonly (ExprType | null)[],
    elementOf: (type: ExprType | null) => ExprType | null,
  ): (ExprType | null)[];
  outputType(bodyType: ExprType | null, types: readonly (ExprType | null)[]): ExprType | null;
  apply(lambda: (...values: ExprValue[]) => ExprValue, numParameters: number, args: readonly ExprValue[]): ExprValue;
}

const isArrayArgument = (index: number): boolean => index > 0;

const map: ApplyFunction = {
  names: ['map'],
  arity: [2, 2],
  isArrayArgument,
  parameterTypes: (types, elementOf) => types.map(elementOf),
  outputType: (body) => `ARRAY<${body ?? 'STRING'}>`,
  apply: (lambda, _numParameters, [array]) => mapped([asArray(array!)], lambda),
};

const cartesianMap: ApplyFunction = {
  ...map,
  names: ['cartesian_map'],
  arity: [2, Number.POSITIVE_INFINITY],
  apply: (lambda, _numParameters, arrays) => mapped(arrays.map(asArray), lambda),
};

const filter: ApplyFunction = {
  names: ['filter'],
  arity: [2, 2],
  isArrayArgument,
  parameterTypes: (types, elementOf) => types.map(elementOf),
  outputType: (_body, types) => types[0] ?? null,
  apply: (lambda, _numParameters, [value]) => {
    const array = asArray(value!);
    if (array === null) return null;
    const kept = array.values.filter((element) => asBoolean(lambda(element)) === true);
    return kept.length === 0 ? null : new ExprArray(array.elementType, kept);
  },
};

const fold: ApplyFunction = {
  names: ['fold'],
  arity: [3, 3],
  isArrayArgument: (index) => index === 1,
  parameterTypes: (types, elementOf) => [elementOf(types[0] ?? null), types[1] ?? null],
  outputType: (body) => body,
  apply: (lambda, _numParameters, [value, initial]) => folded([asArray(value!)], initial!, lambda),
};

const cartesianFold: ApplyFunction = {
  names: ['cartesian_fold'],
  arity: [3, Number.POSITIVE_INFINITY],
  isArrayArgument,
  parameterTypes: (types, elementOf) => [...types.slice(0, -1).map(elementOf), types.at(-1) ?? null],
  outputType: (body) => body,
  apply: (lambda, _numParameters, args) => folded(args.slice(0, -1).map(asArray), args.at(-1)!, lambda),
};

function quantifier(name: string, decisive: boolean): ApplyFunction {
  return {
    names: [name],
    arity: [2, 2],
    isArrayArgument,
    parameterTypes: (types, elementOf) => types.map(elementOf),
    outputType: () => 'LONG',
    apply: (lambda, _numParameters, [value]) => {
      const array = asArray(value!);
      if (array === null) return 0n;
      const decided = array.values.some((element) => (asBoolean(lambda(element)) === true) === decisive);
      return fromBoolean(decided ? decisive : !decisive);
    },
  };
}

function mapped(arrays: readonly (ExprArray | null)[], lambda: (...values: ExprValue[]) => ExprValue): ExprValue {
  const product = cartesianProduct(arrays);
  if (product === null) return null;
  const results = product.map((values) => lambda(...values));
  const first = results.find((result) => result !== null);
  return new ExprArray(typeOf(first ?? null) ?? arrays[0]!.elementType, results);
}

function folded(
  arrays: readonly (ExprArray | null)[],
  initial: ExprValue,
  lambda: (...values: ExprValue[]) => ExprValue,
): ExprValue {
  const product = cartesianProduct(arrays);
  return product === null ? null : product.reduce<ExprValue>((acc, values) => lambda(...values, acc), initial);
}

const MAX_PRODUCT = 1_000_000;

/** The last array varies fastest; null when any array is. */
export function cartesianProduct(arrays: readonly (ExprArray | null)[]): ExprValue[][] | null {
  let product: ExprValue[][] = [[]];
  for (const array of arrays) {
    if (array === null) return null;
    if (product.length * array.values.length > MAX_PRODUCT) {
      throw new ExpressionError(`Arrays have more than [${MAX_PRODUCT}] combinations`);
    }
    product = product.flatMap((values) => array.values.map((value) => [...values, value]));
  }
  return product;
}

const BY_NAME = new Map(
  [map, cartesianMap, filter, fold, cartesianFold, quantifier('any', true), quantifier('all', false)].map((fn) => [
    fn.names[0]!,
    fn,
  ]),
);

export function applyFunctionNamed(name: string): ApplyFunction | undefined {
  return BY_NAME.get(name);
}
