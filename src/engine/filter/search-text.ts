import { linearRegex } from '../../common/linear-regex.js';
import type { SearchSpec } from '../../query/search-spec.js';

/** Whether a text is what a search looks for. @source Druid `SearchQuerySpec` */
export function isFound(spec: SearchSpec, text: string): boolean {
  switch (spec.type) {
    case 'all':
      return true;
    case 'contains':
      return includes(text, spec.value, spec.caseSensitive);
    case 'fragment':
      return spec.values.every((value) => includes(text, value, spec.caseSensitive));
    case 'regex':
      return linearRegex(spec.pattern).test(text);
  }
}

function includes(text: string, part: string, caseSensitive: boolean): boolean {
  return caseSensitive ? text.includes(part) : text.toLowerCase().includes(part.toLowerCase());
}
