/** Search specs. @source Druid `SearchQuerySpec.java` */
import { asObject, assertKnownType, flag, type JsonObject, requiredText, textList, typeOf } from './json-fields.js';
import { refused } from './query-errors.js';
import { assertRegex } from './regex-check.js';
import type { SearchSpec } from './search-spec.js';

const BASE = 'query.search.SearchQuerySpec';
const KNOWN = new Set('all contains fragment insensitive_contains regex'.split(' '));

/** @throws DruidError INVALID_INPUT */
export function parseSearchSpec(json: unknown): SearchSpec {
  const fields = asObject(json, BASE);
  const type = typeOf(fields, BASE);
  assertKnownType(type, BASE, KNOWN);
  switch (type) {
    case 'contains':
    case 'insensitive_contains': {
      const value = requiredText(fields, 'value', 'query.search.ContainsSearchQuerySpec', 'value must not be null');
      return { type: 'contains', value, caseSensitive: type === 'contains' && flag(fields, 'caseSensitive', false) };
    }
    case 'fragment':
      return parseFragment(fields);
    case 'regex': {
      const javaClass = 'query.search.RegexSearchQuerySpec';
      const pattern = requiredText(fields, 'pattern', javaClass, 'pattern must not be null');
      assertRegex(pattern, javaClass);
      return { type, pattern };
    }
    default:
      return { type: 'all' };
  }
}

function parseFragment(fields: JsonObject): SearchSpec {
  const values = textList(fields, 'values').filter((value) => value !== null);
  if (values.length === 0) throw refused('query.search.FragmentSearchQuerySpec', 'values must not be null');
  return { type: 'fragment', values, caseSensitive: flag(fields, 'caseSensitive', false) };
}
