/** Which fields become dimensions, and of what type. @source Druid `DimensionsSpec.java`, `DimensionSchema.java` */
import { TIME_COLUMN } from '../../common/column-type.js';
import { invalidInput } from '../../common/druid-error.js';
import type { DimensionSchema, DimensionType, MultiValueHandling } from '../../segments/incremental/row-schema.js';
import { autoDimension, stringDimension } from '../../segments/incremental/row-schema.js';
import {
  boolean,
  isObject,
  type JsonObject,
  optionalArray,
  optionalString,
  stringArray,
  unknownType,
  unsupported,
} from './json-reader.js';

export interface DimensionsSpec {
  /** The listed ones, in stored order. */
  readonly dimensions: readonly DimensionSchema[];
  /** Fields that discovery passes over: as written, the timestamp, and the metrics with their inputs. */
  readonly exclusions: readonly string[];
  /** What happens to fields that are not listed: dropped, string dimensions, or `auto` dimensions. */
  readonly discovery: 'none' | 'string' | 'auto';
  readonly includeAllDimensions: boolean;
  readonly useSchemaDiscovery: boolean;
}

const JAVA_CLASS = 'org.apache.druid.data.input.impl.DimensionSchema';
const TYPES: Readonly<Record<string, DimensionType>> = {
  string: 'STRING',
  long: 'LONG',
  float: 'FLOAT',
  double: 'DOUBLE',
  auto: 'AUTO',
  json: 'JSON',
};
const MULTI_VALUE: readonly MultiValueHandling[] = ['SORTED_ARRAY', 'SORTED_SET', 'ARRAY'];

/** @param reserved names that discovery must not take: timestamp, metrics and their inputs */
export function parseDimensionsSpec(json: JsonObject | undefined, reserved: Iterable<string>): DimensionsSpec {
  const spec = json ?? {};
  const listed = (optionalArray(spec, 'dimensions') ?? []).map(parseDimension);
  // Segments are always sorted by time first; `__time` may be listed only to say just that.
  const dimensions = listed.filter((dimension, i) => {
    if (dimension.name !== TIME_COLUMN) return true;
    if (i === 0 && dimension.type === 'LONG') return false;
    throw unsupported(`Dimension [${TIME_COLUMN}] can only be listed first and as a long: segments are sorted by time`);
  });
  if (!boolean(spec, 'forceSegmentSortByTime', true))
    throw unsupported('forceSegmentSortByTime [false] is not supported: segments are sorted by time');
  if ((optionalArray(spec, 'spatialDimensions') ?? []).length > 0)
    throw unsupported('spatialDimensions are not supported');
  const includeAllDimensions = boolean(spec, 'includeAllDimensions', false);
  const useSchemaDiscovery = boolean(spec, 'useSchemaDiscovery', false);
  const names = new Set(dimensions.map((dimension) => dimension.name));
  const exclusions = new Set([...(stringArray(spec, 'dimensionExclusions') ?? []), TIME_COLUMN, ...reserved]);
  for (const name of names) exclusions.delete(name);
  const discovery = useSchemaDiscovery ? 'auto' : includeAllDimensions || dimensions.length === 0 ? 'string' : 'none';
  return { dimensions, exclusions: [...exclusions].sort(), discovery, includeAllDimensions, useSchemaDiscovery };
}

function parseDimension(json: unknown): DimensionSchema {
  if (typeof json === 'string') return stringDimension(json);
  if (!isObject(json)) throw invalidInput(`Dimension [${JSON.stringify(json)}] must be a name or an object`);
  const typeName = optionalString(json, 'type') ?? 'string';
  const type = TYPES[typeName.toLowerCase()];
  if (type === undefined) {
    if (typeName === 'spatial') throw unsupported('Dimension type [spatial] is not supported');
    throw unknownType(typeName, JAVA_CLASS, Object.keys(TYPES));
  }
  const name = optionalString(json, 'name');
  if (name === undefined || name === '') throw invalidInput('Dimension name cannot be null or empty');
  if (type === 'AUTO') return castDimension(name, optionalString(json, 'castToType'));
  if (type === 'JSON') return { ...autoDimension(name), type };
  const handling = (optionalString(json, 'multiValueHandling') ?? 'SORTED_ARRAY').toUpperCase() as MultiValueHandling;
  if (!MULTI_VALUE.includes(handling))
    throw invalidInput(
      `Invalid multiValueHandling [${handling}] of dimension [${name}], expected one of [${MULTI_VALUE.join(', ')}]`,
    );
  return {
    name,
    type,
    multiValueHandling: handling,
    createBitmapIndex: boolean(json, 'createBitmapIndex', type === 'STRING'),
  };
}

function castDimension(name: string, castToType: string | undefined): DimensionSchema {
  if (castToType === undefined) return autoDimension(name);
  const type = { STRING: 'STRING', LONG: 'LONG', DOUBLE: 'DOUBLE', FLOAT: 'DOUBLE' }[castToType.toUpperCase()] as
    | DimensionType
    | undefined;
  if (type === undefined) throw unsupported(`castToType [${castToType}] of dimension [${name}] is not supported`);
  return { ...autoDimension(name), type };
}

/** The `dimensions` entry as Druid prints it. */
export function dimensionJson(dimension: DimensionSchema): JsonObject {
  const { name, type, multiValueHandling, createBitmapIndex } = dimension;
  switch (type) {
    case 'AUTO':
      return { type: 'auto', name, multiValueHandling: 'SORTED_ARRAY', createBitmapIndex: true };
    case 'JSON':
      return { type: 'json', name, formatVersion: 5, multiValueHandling: 'SORTED_ARRAY', createBitmapIndex: true };
    default:
      return { type: type.toLowerCase(), name, multiValueHandling, createBitmapIndex };
  }
}
