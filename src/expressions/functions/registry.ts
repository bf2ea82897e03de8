import type { ExprFunction } from './expr-function.js';
import { generalFunctions } from './general.js';
import { mathFunctions } from './math.js';

const BY_NAME = new Map<string, ExprFunction>();
for (const fn of [...generalFunctions, ...mathFunctions]) for (const name of fn.names) BY_NAME.set(name, fn);

/** @param name in lower case */
export function functionNamed(name: string): ExprFunction | undefined {
  return BY_NAME.get(name);
}
