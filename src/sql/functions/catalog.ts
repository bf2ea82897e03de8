import { makeType } from '../types/make-type.js';
import { AGGREGATES, WINDOW_FUNCTIONS } from './aggregates.js';
import { ARRAY_FUNCTIONS, JSON_FUNCTIONS, MULTI_VALUE_FUNCTIONS, SKETCH_FUNCTIONS } from './collections.js';
import { type CatalogFunction, define } from './define.js';
import { OPERATORS } from './operators.js';
import { CONDITIONAL_FUNCTIONS, NUMERIC_FUNCTIONS, STRING_FUNCTIONS } from './scalar.js';
import { TIME_FUNCTIONS } from './time.js';

/** What lowering knows by itself: their types are given where they are written. */
const CASTS: readonly CatalogFunction[] = [
  define('CAST', 'X', () => makeType('ANY', true)),
  define('TRY_CAST', 'X', () => makeType('ANY', true)),
];

const FUNCTIONS: readonly CatalogFunction[] = [
  ...NUMERIC_FUNCTIONS,
  ...STRING_FUNCTIONS,
  ...TIME_FUNCTIONS,
  ...CONDITIONAL_FUNCTIONS,
  ...ARRAY_FUNCTIONS,
  ...MULTI_VALUE_FUNCTIONS,
  ...JSON_FUNCTIONS,
  ...SKETCH_FUNCTIONS,
  ...AGGREGATES,
  ...WINDOW_FUNCTIONS,
];

const BY_NAME = new Map<string, CatalogFunction>(
  [...OPERATORS, ...CASTS, ...FUNCTIONS].map((entry) => [entry.name, entry]),
);

/** By name in any case; undefined when there is none. */
export function findFunction(name: string): CatalogFunction | undefined {
  return BY_NAME.get(name.toUpperCase());
}

/** Functions that are called by name, sorted: INFORMATION_SCHEMA.ROUTINES. */
export function namedFunctions(): readonly CatalogFunction[] {
  return [...FUNCTIONS].sort((a, b) => (a.name < b.name ? -1 : 1));
}
