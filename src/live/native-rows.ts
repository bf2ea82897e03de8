import { splitArray, splitObject } from '../common/json-split.js';
import type { DimensionSpec } from '../query/dimension-spec.js';
import type { NativeQuery } from '../query/native-query.js';
import { type LiveRow, withUniqueKeys } from './live-rows.js';

/** Cuts the JSON text of a native answer into rows, with what names each. */
export function nativeRows(query: NativeQuery, text: string): readonly LiveRow[] {
  const rows = splitArray(text);
  switch (query.queryType) {
    case 'timeseries':
      return keyed(rows, (row) => splitObject(row).get('timestamp') ?? '');
    case 'topN': {
      const [name] = outputNames([query.dimension]);
      return keyed(rows, timestampOf, (hit) => splitObject(hit).get(name!) ?? '');
    }
    case 'search':
      return keyed(rows, timestampOf, (hit) => {
        const members = splitObject(hit);
        return `${members.get('dimension')},${members.get('value')}`;
      });
    case 'groupBy':
      return keyed(rows, query.context.resultAsArray ? arrayKey(query.dimensions.length + 1) : eventKey(query));
    default:
      return keyed(rows, () => '');
  }
}

/** Rows whose key is the text of some of their members. */
export function keyedByMembers(rows: readonly string[], names: readonly string[]): readonly LiveRow[] {
  return keyed(rows, (row) => {
    const members = splitObject(row);
    return names.map((name) => members.get(name)).join();
  });
}

function keyed(
  rows: readonly string[],
  key: (row: string) => string,
  innerKey?: (row: string) => string,
): readonly LiveRow[] {
  return withUniqueKeys(
    rows.map((text) => {
      if (innerKey === undefined) return { key: key(text), text };
      const inner = splitArray(splitObject(text).get('result') ?? '[]');
      return { key: key(text), text, inner: keyed(inner, innerKey) };
    }),
  );
}

function timestampOf(row: string): string {
  return splitObject(row).get('timestamp') ?? '';
}

function eventKey({ dimensions }: { readonly dimensions: readonly DimensionSpec[] }): (row: string) => string {
  const names = outputNames(dimensions);
  return (row) => {
    const members = splitObject(row);
    const event = splitObject(members.get('event') ?? '{}');
    return [members.get('timestamp'), ...names.map((name) => event.get(name))].join();
  };
}

/** A row as an array begins with its time, where it has one, and its dimensions. */
function arrayKey(count: number): (row: string) => string {
  return (row) => splitArray(row).slice(0, count).join();
}

function outputNames(dimensions: readonly DimensionSpec[]): readonly string[] {
  return dimensions.map(({ outputName }) => outputName);
}
