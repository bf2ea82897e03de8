/** Runs a JSON path over parsed JSON. What a path does not find is undefined; a path of many steps gives a list, as Jayway does. */
import { linearRegex } from '../../common/linear-regex.js';
import type { ManySteps, PathFunctionName, PathOperand, PathOperator, PathStep, PathTest } from '../spec/json-path.js';
import { isDefinite } from '../spec/json-path.js';

/** Values below one deep scan; a record of more is given up. */
const MAX_FOUND = 100_000;

export function readPath(root: unknown, steps: readonly PathStep[], from: unknown = root): unknown {
  if (isDefinite(steps)) return stepsInto(from, steps);
  let found: unknown[] = [from];
  let isMany = false;
  for (const [i, step] of steps.entries()) {
    if (typeof step === 'object' && step.kind === 'function') {
      const value = applyFunction(step.name, isMany ? found : found[0]);
      found = value === undefined ? [] : [value];
      isMany = false;
    } else if (typeof step === 'object') {
      found = found.flatMap((value) => many(value, step, root, steps[i + 1] !== undefined));
      isMany = true;
    } else found = found.map((value) => one(value, step)).filter((value) => value !== undefined);
    if (found.length > MAX_FOUND) return undefined;
  }
  return isMany ? found : found[0];
}

/** The place that plain names and indexes lead to. */
export function stepsInto(from: unknown, steps: readonly (string | number)[]): unknown {
  let value = from;
  for (const step of steps) {
    value = one(value, step);
    if (value === undefined) return undefined;
  }
  return value;
}

function one(value: unknown, step: string | number): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  if (typeof step === 'number') return Array.isArray(value) ? value.at(step) : undefined;
  return Object.hasOwn(value, step) ? (value as Readonly<Record<string, unknown>>)[step] : undefined;
}

function many(value: unknown, step: ManySteps, root: unknown, goesOn: boolean): unknown[] {
  if (typeof value !== 'object' || value === null) return step.kind === 'deep' && !goesOn ? [value] : [];
  switch (step.kind) {
    case 'wildcard':
      return Object.values(value);
    case 'union':
      return step.members.map((member) => one(value, member)).filter((member) => member !== undefined);
    case 'slice':
      return Array.isArray(value) ? slice(value, step) : [];
    case 'deep':
      return below(value);
    case 'filter': {
      const candidates: readonly unknown[] = Array.isArray(value) ? value : [value];
      return candidates.filter((candidate) => passes(step.test, candidate, root));
    }
  }
}

function slice(list: readonly unknown[], { from, to, by }: Extract<ManySteps, { kind: 'slice' }>): unknown[] {
  return list.slice(from ?? 0, to ?? undefined).filter((_, i) => i % by === 0);
}

function below(value: object): unknown[] {
  const found: unknown[] = [value];
  for (let at = 0; at < found.length && found.length <= MAX_FOUND; at++) {
    const next = found[at];
    if (typeof next === 'object' && next !== null)
      for (const member of Object.values(next)) if (typeof member === 'object' && member !== null) found.push(member);
  }
  return found;
}

function passes(test: PathTest, value: unknown, root: unknown): boolean {
  switch (test.kind) {
    case 'and':
      return passes(test.left, value, root) && passes(test.right, value, root);
    case 'or':
      return passes(test.left, value, root) || passes(test.right, value, root);
    case 'not':
      return !passes(test.test, value, root);
    case 'exists':
      return operand(test.path, value, root) !== undefined;
    case 'compare':
      return compare(test.operator, operand(test.left, value, root), operand(test.right, value, root));
  }
}

function operand(of: PathOperand, value: unknown, root: unknown): unknown {
  return of.kind === 'value' ? of.value : readPath(root, of.steps, of.fromRoot ? root : value);
}

function compare(operator: PathOperator, left: unknown, right: unknown): boolean {
  switch (operator) {
    case '==':
      return left === right;
    case '!=':
      return left !== right;
    case 'in':
      return Array.isArray(right) && right.includes(left);
    case 'nin':
      return Array.isArray(right) && !right.includes(left);
    case 'contains':
      return Array.isArray(left) ? left.includes(right) : typeof left === 'string' && left.includes(String(right));
    case '=~':
      return typeof left === 'string' && matches(left, right);
    default:
      return ordered(operator, left, right);
  }
}

function ordered(operator: '<' | '<=' | '>' | '>=', left: unknown, right: unknown): boolean {
  const isPair =
    (typeof left === 'number' && typeof right === 'number') || (typeof left === 'string' && typeof right === 'string');
  if (!isPair) return false;
  if (operator === '<') return left < right;
  if (operator === '<=') return left <= right;
  return operator === '>' ? left > right : left >= right;
}

function matches(text: string, regex: unknown): boolean {
  const { pattern } = regex as { readonly pattern?: unknown };
  return typeof pattern === 'string' && linearRegex(`^(?:${pattern})$`).test(text);
}

function applyFunction(name: PathFunctionName, value: unknown): unknown {
  if (name === 'keys') return typeof value === 'object' && value !== null ? Object.keys(value) : undefined;
  if (name === 'length' || name === 'size') {
    if (typeof value === 'string' || Array.isArray(value)) return value.length;
    return typeof value === 'object' && value !== null ? Object.keys(value).length : undefined;
  }
  if (!Array.isArray(value)) return undefined;
  if (name === 'first' || name === 'last') return value.at(name === 'first' ? 0 : -1);
  const numbers = value.flat().filter((element): element is number => typeof element === 'number');
  if (numbers.length === 0) return undefined;
  const sum = numbers.reduce((total, number) => total + number, 0);
  switch (name) {
    case 'sum':
      return sum;
    case 'avg':
      return sum / numbers.length;
    case 'min':
      return numbers.reduce((least, number) => Math.min(least, number));
    case 'max':
      return numbers.reduce((most, number) => Math.max(most, number));
    case 'stddev': {
      const mean = sum / numbers.length;
      return Math.sqrt(numbers.reduce((total, number) => total + (number - mean) ** 2, 0) / numbers.length);
    }
  }
}
