import { arrayFunctions } from './array.js';
import type { ExprFunction } from './expr-function.js';
import { generalFunctions } from './general.js';
import { humanReadableFunctions } from './human-readable.js';
import { jsonFunctions } from './json.js';
import { mathFunctions } from './math.js';
import { networkFunctions } from './network.js';
import { sketchFunctions } from './sketch.js';
import { stringFunctions } from './string.js';
import { timeFunctions } from './time.js';

const FUNCTIONS: readonly ExprFunction[] = [
  ...generalFunctions,
  ...mathFunctions,
  ...humanReadableFunctions,
  ...stringFunctions,
  ...timeFunctions,
  ...arrayFunctions,
  ...jsonFunctions,
  ...networkFunctions,
  ...sketchFunctions,
];

const BY_NAME = new Map(FUNCTIONS.flatMap((fn) => fn.names.map((name): [string, ExprFunction] => [name, fn])));

/** @param name in lower case */
export function functionNamed(name: string): ExprFunction | undefined {
  return BY_NAME.get(name);
}
