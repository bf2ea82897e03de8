/** `flattenSpec`: fields from inside nested records. @source Druid `JSONPathSpec.java`, `JSONPathFieldSpec.java` */
import { invalidInput } from '../../common/druid-error.js';
import { parseJsonPath, type PathStep } from './json-path.js';
import {
  boolean,
  isObject,
  type JsonObject,
  optionalArray,
  optionalObject,
  optionalString,
  stringArray,
  unsupported,
} from './json-reader.js';

/** A field taken from inside a record: `steps` lead there from the root. */
export interface FlattenField {
  readonly name: string;
  readonly steps: readonly PathStep[];
}

export interface FlattenSpec {
  readonly fields: readonly FlattenField[];
  /** Discovery also takes fields of the root that no `fields` entry names. */
  readonly useFieldDiscovery: boolean;
}

export const NO_FLATTENING: FlattenSpec = { fields: [], useFieldDiscovery: true };

/** Of any format that has one. @throws DruidError INVALID_INPUT, UNSUPPORTED for jq */
export function parseFlattenSpec(format: JsonObject): FlattenSpec {
  const flatten = optionalObject(format, 'flattenSpec');
  if (!flatten) return NO_FLATTENING;
  const fields = (optionalArray(flatten, 'fields') ?? []).map(parseField);
  const names = new Set<string>();
  for (const { name } of fields) {
    if (names.has(name)) throw invalidInput(`Cannot have duplicate field definition: ${name}`);
    names.add(name);
  }
  return { fields, useFieldDiscovery: boolean(flatten, 'useFieldDiscovery', true) };
}

function parseField(json: unknown): FlattenField {
  if (typeof json === 'string') return { name: json, steps: [json] };
  if (!isObject(json)) throw invalidInput('A field of flattenSpec must be a name or an object');
  const name = optionalString(json, 'name');
  if (name === undefined) throw invalidInput('A field of flattenSpec must have a [name]');
  const type = (optionalString(json, 'type') ?? 'root').toLowerCase();
  const expr = optionalString(json, 'expr');
  switch (type) {
    case 'root':
      return { name, steps: [expr ?? name] };
    case 'path':
      if (expr === undefined) throw invalidInput(`Field [${name}] of flattenSpec must have an [expr]`);
      return { name, steps: parseJsonPath(expr) };
    case 'tree':
      return { name, steps: stringArray(json, 'nodes') ?? [] };
    default:
      throw unsupported(`Type [${type}] of field [${name}] in flattenSpec is not supported`);
  }
}
