/** Paths into nested data. @source Druid `segment/nested/NestedPathFinder.java` */
import type { PathPart } from './virtual-column.js';

const JSON_PATH_STEP = /\.([^.[\]]+)|\[(-?\d+)\]|\['([^']*)'\]|\["([^"]*)"\]/y;
const JQ_STEP = /\.?"([^"]*)"|\.([^.[\]"?]+)|\.?\[(-?\d+)\]|\.?\["([^"]*)"\]|\.?\['([^']*)'\]/y;

/** Steps of `$.a[0]['b']`, or of jq's `.a[0]."b"`; undefined when the text is neither. */
export function parseJsonPath(path: string, isJq: boolean): readonly PathPart[] | undefined {
  if (isJq) return path === '.' || path === '' ? [] : steps(path.replaceAll('?', ''), JQ_STEP, 0);
  if (!path.startsWith('$')) return undefined;
  return path === '$' || path === '$.' ? [] : steps(path, JSON_PATH_STEP, 1);
}

function steps(path: string, step: RegExp, start: number): readonly PathPart[] | undefined {
  const parts: PathPart[] = [];
  let at = start;
  while (at < path.length) {
    step.lastIndex = at;
    const match = step.exec(path);
    if (match === null) return undefined;
    const text = match.slice(1).find((group) => group !== undefined)!;
    parts.push(/\[-?\d+\]$/.test(match[0]) ? Number(text) : text);
    at = step.lastIndex;
  }
  return parts;
}
