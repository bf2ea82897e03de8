/** Cutting one line into fields, into an array that the caller reuses. A field without a character, or quotes, is null. */

/** @returns the number of fields; entries of `fields` beyond it are of earlier lines */
export function splitPlain(line: string, delimiter: string, fields: (string | null)[]): number {
  let count = 0;
  let start = 0;
  for (;;) {
    const end = line.indexOf(delimiter, start);
    if (end < 0) break;
    fields[count++] = fieldOf(line, start, end);
    start = end + delimiter.length;
  }
  fields[count++] = fieldOf(line, start, line.length);
  return count;
}

/**
 * RFC 4180: fields may be in double quotes, in which a quote is written twice. Line ends within quotes are not known here: each line
 * is a record, as in Druid. `""` is the empty text.
 * @returns the number of fields, or -1 when a quoted field does not end
 */
export function splitCsv(line: string, fields: (string | null)[]): number {
  if (!line.includes('"')) return splitPlain(line, ',', fields);
  let count = 0;
  let at = 0;
  for (;;) {
    if (line.charCodeAt(at) !== 34) {
      const end = line.indexOf(',', at);
      fields[count++] = fieldOf(line, at, end < 0 ? line.length : end);
      if (end < 0) return count;
      at = end + 1;
      continue;
    }
    let text = '';
    let start = at + 1;
    let quote = line.indexOf('"', start);
    while (quote >= 0 && line.charCodeAt(quote + 1) === 34) {
      text += line.slice(start, quote + 1);
      start = quote + 2;
      quote = line.indexOf('"', start);
    }
    if (quote < 0) return -1;
    text += line.slice(start, quote);
    // What follows a closing quote up to the next comma belongs to the field, as lenient readers have it.
    const end = line.indexOf(',', quote + 1);
    fields[count++] = text + (end < 0 ? line.slice(quote + 1) : line.slice(quote + 1, end));
    if (end < 0) return count;
    at = end + 1;
  }
}

function fieldOf(line: string, start: number, end: number): string | null {
  return start === end ? null : line.slice(start, end);
}
