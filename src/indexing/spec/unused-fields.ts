import {
  boolean,
  type JsonObject,
  optionalInteger,
  optionalLong,
  optionalObject,
  optionalPeriodMs,
} from './json-reader.js';

type FieldType = keyof typeof READERS;

const READERS = {
  boolean: (from: JsonObject, key: string) => boolean(from, key, false),
  integer: optionalInteger,
  long: optionalLong,
  object: optionalObject,
  period: optionalPeriodMs,
} as const;

/** Fields that mean something to Druid only: a spec that Druid would refuse for one of them is refused here. */
export function checkUnused(spec: JsonObject, fields: Readonly<Record<string, FieldType>>): void {
  for (const [key, type] of Object.entries(fields)) READERS[type](spec, key);
}
