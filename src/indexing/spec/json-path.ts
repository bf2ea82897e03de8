/** The JSONPath forms that name one place: `$.a.b`, `$['a b'][0]`, `$.a[1].c`. */
import { unsupported } from './json-reader.js';

const STEP = /\.([^.[\]'"*?()@]+)|\['([^']*)'\]|\["([^"]*)"\]|\[(\d+)\]/y;

/** @throws DruidError UNSUPPORTED for wildcards, filters, slices and functions */
export function parseJsonPath(text: string): readonly (string | number)[] {
  const steps: (string | number)[] = [];
  let at = text.startsWith('$') ? 1 : -1;
  while (at >= 0 && at < text.length) {
    STEP.lastIndex = at;
    const match = STEP.exec(text);
    if (!match) at = -1;
    else {
      steps.push(match[4] === undefined ? (match[1] ?? match[2] ?? match[3] ?? '') : Number(match[4]));
      at = STEP.lastIndex;
    }
  }
  if (at < 0 || steps.length === 0)
    throw unsupported(`JSON path [${text}] is not supported: write it as $.name.name[0]`);
  return steps;
}
