/**
 * JSON as it is written: a number keeps its text, so that 1 and 1.0 are different and a LONG keeps all its 64 bits.
 * Strict: throws a SyntaxError on anything that is not one JSON value.
 */
export type ExactJson = null | boolean | string | ExactNumber | readonly ExactJson[] | ReadonlyMap<string, ExactJson>;

export class ExactNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  get isInteger(): boolean {
    return !/[.eE]/.test(this.text);
  }
}

const TOKEN = /\s*(?:([{}[\],:])|("(?:[^"\\]|\\.)*")|(-?\d[\d.eE+-]*)|(true|false|null))\s*/y;

export function parseExactJson(text: string): ExactJson {
  const reader = new Reader(text);
  const value = reader.value();
  reader.end();
  return value;
}

class Reader {
  readonly #text: string;
  #at = 0;
  #token = '';

  constructor(text: string) {
    this.#text = text;
    this.#next();
  }

  value(): ExactJson {
    const token = this.#token;
    if (token === '[') return this.#array();
    if (token === '{') return this.#object();
    this.#next();
    if (token === 'true' || token === 'false') return token === 'true';
    if (token === 'null') return null;
    if (token.startsWith('"')) return JSON.parse(token) as string;
    if (!/^-?\d/.test(token)) throw new SyntaxError(`Unexpected [${token}]`);
    JSON.parse(token);
    return new ExactNumber(token);
  }

  end(): void {
    if (this.#token !== '') throw new SyntaxError(`[${this.#token}] after the value`);
  }

  #array(): ExactJson {
    const items: ExactJson[] = [];
    this.#next();
    while (this.#token !== ']') {
      if (items.length > 0) this.#expect(',');
      items.push(this.value());
    }
    this.#next();
    return items;
  }

  #object(): ExactJson {
    const members = new Map<string, ExactJson>();
    this.#next();
    while (this.#token !== '}') {
      if (members.size > 0) this.#expect(',');
      const key = JSON.parse(this.#token) as string;
      if (members.has(key)) throw new SyntaxError(`Key [${key}] twice`);
      this.#next();
      this.#expect(':');
      members.set(key, this.value());
    }
    this.#next();
    return members;
  }

  #expect(mark: string): void {
    if (this.#token !== mark) throw new SyntaxError(`[${mark}] expected, got [${this.#token}]`);
    this.#next();
  }

  #next(): void {
    if (this.#at === this.#text.length) {
      this.#token = '';
      return;
    }
    TOKEN.lastIndex = this.#at;
    const match = TOKEN.exec(this.#text);
    if (match === null) throw new SyntaxError(`Not JSON at ${this.#at}: ${this.#text.slice(this.#at, this.#at + 40)}`);
    this.#at = TOKEN.lastIndex;
    this.#token = match[1] ?? match[2] ?? match[3] ?? match[4] ?? '';
  }
}

/** Back to text without spaces, for messages. */
export function exactText(value: ExactJson | undefined): string {
  if (value === undefined) return 'nothing';
  if (value instanceof ExactNumber) return value.text;
  if (value instanceof Map) {
    return `{${[...value].map(([key, item]) => `${JSON.stringify(key)}:${exactText(item)}`).join(',')}}`;
  }
  if (Array.isArray(value)) return `[${value.map(exactText).join(',')}]`;
  return JSON.stringify(value);
}
