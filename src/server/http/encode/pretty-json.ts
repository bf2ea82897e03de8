/**
 * JSON text laid out as Jackson's default pretty printer does (`[ {`, `"a" : 1`), number and string texts untouched.
 * Works on text, since parsing would lose 64-bit integers.
 */
export function prettyJson(text: string): string {
  let out = '';
  let depth = 0;
  const stack: string[] = [];
  for (const [token] of text.matchAll(TOKEN)) {
    const container = stack.at(-1);
    switch (token) {
      case '{':
        stack.push(token);
        depth++;
        out += `{\n${'  '.repeat(depth)}`;
        break;
      case '[':
        stack.push(token);
        out += '[ ';
        break;
      case '}':
        stack.pop();
        depth--;
        out = closeObject(out, depth);
        break;
      case ']':
        stack.pop();
        out += ' ]';
        break;
      case ',':
        out += container === '{' ? `,\n${'  '.repeat(depth)}` : ', ';
        break;
      case ':':
        out += ' : ';
        break;
      default:
        out += token;
    }
  }
  return out.replaceAll('[  ]', '[ ]');
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

function closeObject(out: string, depth: number): string {
  const open = `{\n${'  '.repeat(depth + 1)}`;
  if (out.endsWith(open)) return `${out.slice(0, -open.length)}{ }`;
  return `${out}\n${'  '.repeat(depth)}}`;
}
