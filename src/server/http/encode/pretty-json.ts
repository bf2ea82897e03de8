/**
 * JSON text laid out as Jackson's default pretty printer does (`[ {`, `"a" : 1`), number and string texts untouched.
 * Works on text, since parsing would lose 64-bit integers.
 *
 * @param json valid JSON
 */
export function prettyJson(json: string): string {
  const parts: string[] = [];
  /** Open containers, innermost last. */
  const open: string[] = [];
  /** Only objects indent. */
  let indent = '\n';
  for (let at = 0; at < json.length; ) {
    const char = json[at]!;
    const close = CLOSING[char];
    if (close !== undefined && json[skipSpace(json, at + 1)] === close) {
      parts.push(`${char} ${close}`);
      at = skipSpace(json, at + 1) + 1;
      continue;
    }
    at++;
    switch (char) {
      case '{':
        open.push(char);
        indent += '  ';
        parts.push('{', indent);
        break;
      case '[':
        open.push(char);
        parts.push('[ ');
        break;
      case '}':
        open.pop();
        indent = indent.slice(0, -2);
        parts.push(indent, '}');
        break;
      case ']':
        open.pop();
        parts.push(' ]');
        break;
      case ',':
        parts.push(open.at(-1) === '{' ? `,${indent}` : ', ');
        break;
      case ':':
        parts.push(' : ');
        break;
      case ' ':
      case '\n':
      case '\r':
      case '\t':
        break;
      default: {
        const end = char === '"' ? stringEnd(json, at) : scalarEnd(json, at);
        parts.push(json.slice(at - 1, end));
        at = end;
      }
    }
  }
  return parts.join('');
}

const CLOSING: Readonly<Record<string, string>> = { '{': '}', '[': ']' };

function skipSpace(json: string, from: number): number {
  let at = from;
  while (json.charCodeAt(at) <= 0x20) at++;
  return at;
}

/** @param from behind the opening quote @returns the place behind the closing one */
function stringEnd(json: string, from: number): number {
  let at = from;
  for (; at < json.length && json[at] !== '"'; at++) if (json[at] === '\\') at++;
  return at + 1;
}

function scalarEnd(json: string, from: number): number {
  let at = from;
  while (at < json.length && !ENDS_SCALAR.includes(json[at]!)) at++;
  return at;
}

const ENDS_SCALAR = ',]} \n\r\t';
