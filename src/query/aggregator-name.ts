import { type JsonObject, requiredText } from './json-fields.js';

/** @throws DruidError INVALID_INPUT when there is no name */
export function aggregatorName(fields: JsonObject, javaClass: string): string {
  return requiredText(fields, 'name', javaClass, 'Must have a valid, non-null aggregator name');
}

/** What every aggregator of one column has. @throws DruidError INVALID_INPUT when it is absent */
export function nameAndField(
  fields: JsonObject,
  javaClass: string,
): { readonly name: string; readonly fieldName: string } {
  const name = aggregatorName(fields, javaClass);
  return { name, fieldName: requiredText(fields, 'fieldName', javaClass, 'Must have a valid, non-null fieldName') };
}
