import { SmileWriter } from './smile-writer.js';

/** Structure, text or scalar. `NaN` and infinities may stand bare. */
const TOKENS = /[[\]{}:]|"(?:[^"\\]|\\.)*"|[^\s,[\]{}:"]+/gs;

/**
 * JSON text to Smile, part by part: LONG texts keep all their bits, texts with a fraction or an exponent become doubles, and bare `NaN`
 * and infinities (which Smile can say) too. A part may end between any two tokens, not within one.
 */
export class SmileFromJson {
  readonly #writer = new SmileWriter();
  /** True for objects; innermost last. */
  readonly #open: boolean[] = [];
  #expectsName = false;

  /** @param json valid JSON when joined with the parts before and after @returns bytes that the caller owns */
  part(json: string): Uint8Array {
    for (const [token] of json.matchAll(TOKENS)) this.#token(token);
    return this.#writer.take();
  }

  #token(token: string): void {
    const writer = this.#writer;
    switch (token) {
      case '{':
        writer.startObject();
        this.#open.push(true);
        this.#expectsName = true;
        return;
      case '[':
        writer.startArray();
        this.#open.push(false);
        this.#expectsName = false;
        return;
      case '}':
        writer.endObject();
        this.#close();
        return;
      case ']':
        writer.endArray();
        this.#close();
        return;
      case ':':
        return;
      default:
        this.#nameOrScalar(token);
    }
  }

  #close(): void {
    this.#open.pop();
    this.#expectsName = this.#open.at(-1) ?? false;
  }

  #nameOrScalar(token: string): void {
    if (this.#expectsName) {
      this.#writer.name(textOf(token));
      this.#expectsName = false;
      return;
    }
    if (token.startsWith('"')) this.#writer.text(textOf(token));
    else if (token === 'null') this.#writer.null();
    else if (token === 'true' || token === 'false') this.#writer.boolean(token === 'true');
    else if (/^-?\d+$/.test(token)) this.#writer.integer(token.length < 16 ? Number(token) : BigInt(token));
    else this.#writer.double(Number(token));
    this.#expectsName = this.#open.at(-1) ?? false;
  }
}

function textOf(quoted: string): string {
  return quoted.includes('\\') ? (JSON.parse(quoted) as string) : quoted.slice(1, -1);
}
