/** Whose numbers a text has: one object as long as numbers keep their meaning. */
export type TextSource = object;

/**
 * A string with a small number, the same for equal strings of a source: who keeps a table by number need not look at the text again. A parser that meets
 * the same values over and over gives one object for each.
 */
export class InternedText {
  readonly text: string;
  readonly number: number;
  readonly source: TextSource;

  constructor(text: string, number: number, source: TextSource) {
    this.text = text;
    this.number = number;
    this.source = source;
  }
}

/** What each number of a source stands for elsewhere; 0 is nothing yet. Begins anew with another source. */
export class NumberMap {
  #source: TextSource | undefined;
  #values = new Uint32Array(1024);

  get(text: InternedText): number {
    if (text.source !== this.#source) return 0;
    return text.number < this.#values.length ? this.#values[text.number]! : 0;
  }

  set(text: InternedText, value: number): void {
    this.table(text.source, text.number)[text.number] = value;
  }

  /** What the numbers of a source up to the largest stand for, to be read and filled until the next call. */
  table(source: TextSource, largest: number): Uint32Array {
    if (source !== this.#source) {
      this.#source = source;
      this.#values.fill(0);
    }
    if (largest >= this.#values.length) {
      const grown = new Uint32Array(Math.max(largest + 1, this.#values.length * 2));
      grown.set(this.#values);
      this.#values = grown;
    }
    return this.#values;
  }
}
