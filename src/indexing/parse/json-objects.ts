/**
 * Cuts a text of several JSON objects in a row into one text each, or undefined when it is none. Only braces and strings are looked
 * at: whether a part is JSON, its parser says.
 */
export function splitObjects(text: string): readonly string[] | undefined {
  const parts: string[] = [];
  let depth = 0;
  let start = -1;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (inString) {
      if (unit === 92) i++;
      else if (unit === 34) inString = false;
    } else if (depth > 0 && unit === 34) inString = true;
    else if (unit === 123) {
      if (depth++ === 0) start = i;
    } else if (unit === 125) {
      if (--depth < 0) return undefined;
      if (depth === 0) parts.push(text.slice(start, i + 1));
    } else if (depth === 0 && unit !== 32 && unit !== 10 && unit !== 13 && unit !== 9 && unit !== 0xfeff)
      return undefined;
  }
  return depth === 0 && parts.length > 0 ? parts : undefined;
}
