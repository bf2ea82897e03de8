import { invalidInput } from '../../common/druid-error.js';

/** A longer line is no line of a text file. */
const MAX_LINE_BYTES = 64 << 20;
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const EMPTY = new Uint8Array(0);
const END_OF_LINE = Uint8Array.of(LINE_FEED);

/**
 * Cuts chunks into lines: after each `push`, and after `finish`, call `next` until there is none. Lines come without their end (a line
 * feed, also after a carriage return) and are valid until the next `push`.
 */
export class LineSplitter {
  readonly #name: string;
  #chunk: Uint8Array = EMPTY;
  #at = 0;
  /** What earlier chunks left over. */
  #rest: Uint8Array[] = [];
  #restBytes = 0;

  /** @param name of the input, for errors */
  constructor(name: string) {
    this.#name = name;
  }

  push(chunk: Uint8Array): void {
    this.#chunk = chunk;
    this.#at = 0;
  }

  /** The end of the input ends its last line. */
  finish(): void {
    this.push(this.#restBytes > 0 ? END_OF_LINE : EMPTY);
  }

  /** @throws DruidError INVALID_INPUT for an endless line */
  next(): Uint8Array | undefined {
    const end = this.#chunk.indexOf(LINE_FEED, this.#at);
    if (end < 0) return this.#keepRest();
    const part = this.#chunk.subarray(this.#at, end);
    this.#at = end + 1;
    if (this.#restBytes === 0) return withoutReturn(part);
    const line = Buffer.concat([...this.#rest, part]);
    this.#rest = [];
    this.#restBytes = 0;
    return withoutReturn(line);
  }

  #keepRest(): undefined {
    if (this.#at === this.#chunk.length) return;
    this.#rest.push(this.#chunk.slice(this.#at));
    this.#restBytes += this.#chunk.length - this.#at;
    this.#at = this.#chunk.length;
    if (this.#restBytes > MAX_LINE_BYTES) {
      throw invalidInput(`File [${this.#name}] has a line of more than [${MAX_LINE_BYTES}] bytes`);
    }
  }
}

function withoutReturn(line: Uint8Array): Uint8Array {
  return line.length > 0 && line[line.length - 1] === CARRIAGE_RETURN ? line.subarray(0, line.length - 1) : line;
}
