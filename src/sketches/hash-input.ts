const INITIAL_BYTES = 256;
const REPLACEMENT = 0x3f;

/**
 * A growing, reusable byte buffer that lays values out as the JVM hashers see them: little-endian numbers,
 * strings as UTF-16LE characters or as UTF-8. One per thread is enough; nothing is allocated after it has grown.
 * @source Guava `AbstractByteHasher.java`; Apache DataSketches `MurmurHash3.java`
 */
export class HashInput {
  bytes = new Uint8Array(INITIAL_BYTES);
  length = 0;
  #view = new DataView(this.bytes.buffer);

  reset(): void {
    this.length = 0;
  }

  putByte(value: number): void {
    this.#reserve(1);
    this.bytes[this.length++] = value;
  }

  putChar(code: number): void {
    this.#reserve(2);
    this.bytes[this.length++] = code;
    this.bytes[this.length++] = code >>> 8;
  }

  /** Puts the UTF-16 code units, little-endian (Guava `putUnencodedChars`, DataSketches `char[]`). */
  putChars(text: string): void {
    this.#reserve(text.length * 2);
    const bytes = this.bytes;
    let at = this.length;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      bytes[at++] = code;
      bytes[at++] = code >>> 8;
    }
    this.length = at;
  }

  /** Puts UTF-8 as Java encodes it: an unpaired surrogate becomes `?`. */
  putUtf8(text: string): void {
    this.#reserve(text.length * 3);
    const bytes = this.bytes;
    let at = this.length;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code < 0x80) {
        bytes[at++] = code;
      } else if (code < 0x800) {
        bytes[at++] = 0xc0 | (code >>> 6);
        bytes[at++] = 0x80 | (code & 0x3f);
      } else if ((code & 0xf800) !== 0xd800) {
        bytes[at++] = 0xe0 | (code >>> 12);
        bytes[at++] = 0x80 | ((code >>> 6) & 0x3f);
        bytes[at++] = 0x80 | (code & 0x3f);
      } else {
        const next = i + 1 < text.length ? text.charCodeAt(i + 1) : 0;
        if (code < 0xdc00 && (next & 0xfc00) === 0xdc00) {
          const point = 0x10000 + ((code & 0x3ff) << 10) + (next & 0x3ff);
          bytes[at++] = 0xf0 | (point >>> 18);
          bytes[at++] = 0x80 | ((point >>> 12) & 0x3f);
          bytes[at++] = 0x80 | ((point >>> 6) & 0x3f);
          bytes[at++] = 0x80 | (point & 0x3f);
          i++;
        } else {
          bytes[at++] = REPLACEMENT;
        }
      }
    }
    this.length = at;
  }

  putBytes(source: Uint8Array): void {
    this.#reserve(source.length);
    this.bytes.set(source, this.length);
    this.length += source.length;
  }

  /** Puts a 64-bit integer; a number must be a safe integer. */
  putLong(value: number | bigint): void {
    if (typeof value === 'bigint') {
      this.#reserve(8);
      this.#view.setBigInt64(this.length, value, true);
      this.length += 8;
    } else {
      this.putLongWords(lowWord(value), highWord(value));
    }
  }

  putLongWords(low: number, high: number): void {
    this.#reserve(8);
    this.#view.setInt32(this.length, low, true);
    this.#view.setInt32(this.length + 4, high, true);
    this.length += 8;
  }

  putDouble(value: number): void {
    this.#reserve(8);
    this.#view.setFloat64(this.length, value, true);
    this.length += 8;
  }

  putFloat(value: number): void {
    this.#reserve(4);
    this.#view.setFloat32(this.length, value, true);
    this.length += 4;
  }

  #reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.bytes.length * 2));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}

/** Low word of the 64-bit two's complement of a safe integer, as a signed number. */
export function lowWord(value: number): number {
  return value | 0;
}

/** High word of the 64-bit two's complement of a safe integer, as a signed number. */
export function highWord(value: number): number {
  return Math.floor(value / 0x100000000) | 0;
}
