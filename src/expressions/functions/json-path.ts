import { JsonDouble } from '../../common/json-double.js';
import { ExpressionError } from '../expr.js';

/** A step into JSON: a field, or a place in an array (negative from its end). */
export type JsonStep = string | number;

const STEP = /\.(\*|[^.[\]'"]+)|\.?\[(-?\d+)\]|\.?\['((?:[^'\\]|\\.)*)'\]|\.?\["((?:[^"\\]|\\.)*)"\]/y;

/**
 * The JSONPath subset of nested columns: `$`, `.name`, `['name']`, `[0]`.
 * @throws ExpressionError
 * @source Druid `NestedPathFinder.java`
 */
export function parseJsonPath(path: string): JsonStep[] {
  if (!path.startsWith('$')) throw badPath(path, "it must start with '$'");
  const steps: JsonStep[] = [];
  STEP.lastIndex = 1;
  while (STEP.lastIndex < path.length) {
    const at = STEP.lastIndex;
    const match = STEP.exec(path);
    if (match === null) {
      if (path === '$.') return [];
      throw badPath(path, `at position [${at}]`);
    }
    const [, name, index, single, double] = match;
    if (index !== undefined) steps.push(Number(index));
    else steps.push(name ?? (single ?? double ?? '').replaceAll(/\\(.)/g, '$1'));
  }
  return steps;
}

function badPath(path: string, why: string): ExpressionError {
  return new ExpressionError(`JSONPath [${path}] is invalid, ${why}`);
}

export function isJsonObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof JsonDouble);
}

/** What lies at the path in parsed JSON; undefined when nothing does. */
export function valueAt(json: unknown, steps: readonly JsonStep[]): unknown {
  let value = json;
  for (const step of steps) {
    if (typeof step === 'number') {
      if (!Array.isArray(value)) return undefined;
      value = (value as readonly unknown[])[step < 0 ? value.length + step : step];
    } else {
      if (!isJsonObject(value) || !Object.hasOwn(value, step)) return undefined;
      value = value[step];
    }
  }
  return value;
}
