/** `COMPLEX<json>`. @source Druid `query/expression/NestedDataExpressions.java` */
import { parseTypedJson } from '../../common/json-read.js';
import { asText, castTo, fromJson, plainJson } from '../coercion.js';
import { type Expr, ExprArray, ExprComplex, type ExprType, type ExprValue, ExpressionError, typeOf } from '../expr.js';
import { ANY, constant, type ExprFunction } from './expr-function.js';
import { isJsonObject, type JsonStep, parseJsonPath, valueAt } from './json-path.js';

const JSON_TYPE = (): ExprType => 'COMPLEX<json>';

function json(value: unknown): ExprValue {
  return value === null || value === undefined ? null : new ExprComplex('json', value);
}

function pathArgument(args: readonly Expr[], index: number, fn: string): readonly JsonStep[] {
  const text = asText(constant(args, index, fn));
  if (text === null) throw new ExpressionError(`Function[${fn}] path must be a literal`);
  return parseJsonPath(text);
}

const jsonValue: ExprFunction = {
  names: ['json_value'],
  arity: [2, 3],
  outputType: (_types, args) => valueType(args),
  bind: (args) => {
    const path = pathArgument(args, 1, 'json_value');
    const type = valueType(args);
    return ([input]) => {
      const leaf = fromJson(valueAt(plainJson(input!), path));
      if (leaf instanceof ExprComplex || hasComplex(leaf)) return null;
      return type === null ? leaf : castLeaf(leaf, type);
    };
  },
};

function hasComplex(value: ExprValue): boolean {
  return (
    value instanceof ExprArray && value.values.some((part) => part instanceof ExprComplex || part instanceof ExprArray)
  );
}

/** An array where a scalar is asked for is null, unless it has one value. */
function castLeaf(leaf: ExprValue, type: ExprType): ExprValue {
  if (leaf instanceof ExprArray && !type.startsWith('ARRAY<') && leaf.values.length !== 1) return null;
  return castTo(leaf, type);
}

function valueType(args: readonly Expr[]): ExprType | null {
  if (args.length < 3) return null;
  const name = asText(constant(args, 2, 'json_value'))?.toUpperCase();
  if (name === undefined) return null;
  return (name === 'FLOAT' ? 'DOUBLE' : name) as ExprType;
}

const query: ExprFunction = {
  names: ['json_query'],
  arity: [2, 2],
  outputType: JSON_TYPE,
  bind: (args) => {
    const path = pathArgument(args, 1, 'json_query');
    return ([input]) => json(valueAt(plainJson(input!), path));
  },
};

const queryArray: ExprFunction = {
  names: ['json_query_array'],
  arity: [2, 2],
  outputType: () => 'ARRAY<COMPLEX<json>>',
  bind: (args) => {
    const path = pathArgument(args, 1, 'json_query_array');
    return ([input]) => {
      const found = valueAt(plainJson(input!), path);
      if (found === null || found === undefined) return null;
      const parts: readonly unknown[] = Array.isArray(found) ? found : [found];
      return new ExprArray('COMPLEX<json>', parts.map(json));
    };
  },
};

const object: ExprFunction = {
  names: ['json_object'],
  arity: [0, ANY],
  outputType: JSON_TYPE,
  bind: (args) => {
    if (args.length % 2 !== 0) throw new ExpressionError('Function[json_object] requires an even number of arguments');
    return (values) => {
      const fields: [string, unknown][] = [];
      for (let i = 0; i < values.length; i += 2) {
        const key = values[i];
        if (typeof key !== 'string') {
          throw new ExpressionError(`Function[json_object] requires STRING keys, but argument [${i}] is not`);
        }
        fields.push([key, plainJson(values[i + 1]!)]);
      }
      return new ExprComplex('json', Object.fromEntries(fields));
    };
  },
};

const keys: ExprFunction = {
  names: ['json_keys'],
  arity: [2, 2],
  outputType: () => 'ARRAY<STRING>',
  bind: (args) => {
    const path = pathArgument(args, 1, 'json_keys');
    return ([input]) => {
      const found = valueAt(plainJson(input!), path);
      if (Array.isArray(found))
        return new ExprArray(
          'STRING',
          found.map((_, i) => String(i)),
        );
      return isJsonObject(found) ? new ExprArray('STRING', Object.keys(found)) : null;
    };
  },
};

const paths: ExprFunction = {
  names: ['json_paths'],
  arity: [1, 1],
  outputType: () => 'ARRAY<STRING>',
  bind:
    () =>
    ([input]) => {
      if (input === null || input === undefined) return null;
      const found: string[] = [];
      collectPaths(plainJson(input), '$', found);
      return new ExprArray('STRING', found);
    },
};

/** Paths of leaves; an array of leaves is one. */
function collectPaths(value: unknown, path: string, found: string[]): void {
  if (Array.isArray(value)) {
    if (value.some((part) => Array.isArray(part) || isJsonObject(part))) {
      value.forEach((part, i) => collectPaths(part, `${path}[${i}]`, found));
      return;
    }
  } else if (isJsonObject(value)) {
    for (const [key, part] of Object.entries(value)) {
      collectPaths(part, /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(key) ? `${path}.${key}` : `${path}['${key}']`, found);
    }
    return;
  }
  found.push(path === '$' ? '$.' : path);
}

const merge: ExprFunction = {
  names: ['json_merge'],
  arity: [1, ANY],
  outputType: JSON_TYPE,
  bind: () => (values) => {
    const parts = values.map((part) => (typeof part === 'string' ? parseText(part, 'json_merge') : plainJson(part)));
    if (parts.includes(null)) return null;
    return json(parts.reduce((left, right) => mergeJson(left, right)));
  },
};

function mergeJson(left: unknown, right: unknown): unknown {
  if (!isJsonObject(left) || !isJsonObject(right)) return right;
  const merged: Record<string, unknown> = { ...left };
  for (const [key, value] of Object.entries(right)) {
    merged[key] = Object.hasOwn(merged, key) ? mergeJson(merged[key], value) : value;
  }
  return merged;
}

function parseText(text: string, fn: string): unknown {
  try {
    return parseTypedJson(text);
  } catch {
    throw new ExpressionError(`Function[${fn}] bad string input [${text}] to [${fn}]`);
  }
}

function parse(name: string, isStrict: boolean): ExprFunction {
  return {
    names: [name],
    arity: [1, 1],
    outputType: JSON_TYPE,
    bind:
      () =>
      ([input]) => {
        if (input instanceof ExprComplex) return input;
        const text = asText(input!);
        if (text === null) return null;
        if (isStrict) return json(parseText(text, name));
        try {
          return json(parseTypedJson(text));
        } catch {
          return null;
        }
      },
  };
}

const toText: ExprFunction = {
  names: ['to_json_string'],
  arity: [1, 1],
  outputType: () => 'STRING',
  bind:
    () =>
    ([input]) => {
      if (input === null || input === undefined) return null;
      return asText(new ExprComplex('json', plainJson(input))) ?? `${typeOf(input)}`;
    },
};

export const jsonFunctions: readonly ExprFunction[] = [
  jsonValue,
  query,
  queryArray,
  object,
  keys,
  paths,
  merge,
  parse('parse_json', true),
  parse('try_parse_json', false),
  toText,
];
