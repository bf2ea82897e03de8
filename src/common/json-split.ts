/** Cutting JSON text that this program wrote into its parts, without reading numbers: no digit is lost, nothing is written anew. */

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [OPEN_BRACKET, CLOSE_BRACKET, OPEN_BRACE, CLOSE_BRACE] = [0x5b, 0x5d, 0x7b, 0x7d];

/** The texts of an array's elements. @param text valid JSON; white space around elements stays with them */
export function splitArray(text: string): string[] {
  const parts: string[] = [];
  let from = text.indexOf('[') + 1;
  each(text, from, (at, code) => {
    if (code === COMMA || code === CLOSE_BRACKET) {
      if (code === COMMA || parts.length > 0 || text.slice(from, at).trim() !== '') parts.push(text.slice(from, at));
      from = at + 1;
    }
  });
  return parts;
}

/** The texts of an object's values by their names. @param text valid JSON */
export function splitObject(text: string): Map<string, string> {
  const members = new Map<string, string>();
  let from = text.indexOf('{') + 1;
  let name: string | undefined;
  each(text, from, (at, code) => {
    if (code === COLON && name === undefined) {
      name = JSON.parse(text.slice(from, at)) as string;
      from = at + 1;
    } else if (code === COMMA || code === CLOSE_BRACE) {
      if (name !== undefined) members.set(name, text.slice(from, at));
      name = undefined;
      from = at + 1;
    }
  });
  return members;
}

/** Calls `found` for the commas, colons and the closing bracket of the value whose inside begins at `from`. */
function each(text: string, from: number, found: (at: number, code: number) => void): void {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      for (at++; text.charCodeAt(at) !== QUOTE; at++) if (text.charCodeAt(at) === BACKSLASH) at++;
    } else if (code === OPEN_BRACKET || code === OPEN_BRACE) depth++;
    else if (code === CLOSE_BRACKET || code === CLOSE_BRACE) {
      if (depth-- === 0) {
        found(at, code);
        return;
      }
    } else if (depth === 0 && (code === COMMA || code === COLON)) found(at, code);
  }
}
