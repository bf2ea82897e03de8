const FIRST_BYTES = 65_536;
const ZERO = 0x30;
const MINUS = 0x2d;
const QUOTE = 0x22;
/** Integers below this are written by 32-bit arithmetic. */
const GIGA = 1e9;
const POWERS = Float64Array.from({ length: 11 }, (_, exponent) => 10 ** exponent);

/** Bytes that mean something else inside of a JSON string, or may begin half of a surrogate pair: such values are quoted as strings. */
const IS_SPECIAL = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte < 0x20 || byte === QUOTE || byte === 0x5c || byte === 0xed || byte >= 0xf0 ? 1 : 0,
);

/** UTF-8 text that grows at its end. */
export class TextBuffer {
  bytes = Buffer.from(new ArrayBuffer(FIRST_BYTES));
  /** Bytes written. */
  length = 0;

  toString(): string {
    return this.bytes.toString('utf8', 0, this.length);
  }

  /** Makes room for so many more bytes. */
  reserve(bytes: number): void {
    const needed = this.length + bytes;
    if (needed <= this.bytes.length) return;
    const grown = Buffer.from(new ArrayBuffer(Math.max(needed, 2 * this.bytes.length)));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }

  byte(byte: number): void {
    if (this.length === this.bytes.length) this.reserve(1);
    this.bytes[this.length++] = byte;
  }

  ascii(text: string): void {
    this.reserve(text.length);
    const { bytes } = this;
    let at = this.length;
    for (let i = 0; i < text.length; i++) bytes[at++] = text.charCodeAt(i);
    this.length = at;
  }

  text(text: string): void {
    this.reserve(3 * text.length);
    this.length += this.bytes.write(text, this.length, 'utf8');
  }

  raw(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** A JSON string of stored UTF-8 bytes [from, to); false, with nothing written, when some of them must be escaped. */
  quoted(source: Uint8Array, from: number, to: number): boolean {
    this.reserve(to - from + 2);
    const { bytes } = this;
    let at = this.length;
    bytes[at++] = QUOTE;
    for (let i = from; i < to; i++) {
      const byte = source[i]!;
      if (IS_SPECIAL[byte] === 1) return false;
      bytes[at++] = byte;
    }
    bytes[at++] = QUOTE;
    this.length = at;
    return true;
  }

  /** A safe integer. */
  integer(value: number): void {
    this.reserve(24);
    let rest = value;
    if (rest < 0) {
      this.byte(MINUS);
      rest = -rest;
    }
    if (rest < GIGA) this.#digits(rest, 1);
    else {
      const high = Math.floor(rest / GIGA);
      if (high < GIGA) this.#digits(high, 1);
      else this.ascii(String(high));
      this.#digits(rest - high * GIGA, 9);
    }
  }

  /** Digits after the point, which are so many with their zeros in front; at least one is shown, zeros at the end are not. */
  fraction(value: number, digits: number): void {
    this.reserve(digits + 1);
    this.#digits(value, digits);
    const { bytes } = this;
    let at = this.length;
    const least = at - digits + 1;
    while (at > least && bytes[at - 1] === ZERO) at--;
    this.length = at;
  }

  /** An integer below 10^9 with at least so many digits. */
  #digits(value: number, least: number): void {
    const { bytes } = this;
    let count = least;
    while (value >= POWERS[count]!) count++;
    let rest = value | 0;
    for (let at = this.length + count - 1; at >= this.length; at--) {
      const next = (rest / 10) | 0;
      bytes[at] = ZERO + rest - next * 10;
      rest = next;
    }
    this.length += count;
  }
}
