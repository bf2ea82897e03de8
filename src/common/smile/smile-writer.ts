import {
  FLAG_RAW_BINARY,
  FLAG_SHARED_NAMES,
  HEADER,
  isReferable,
  MAX_SHARED,
  MAX_SHARED_BYTES,
  TOKEN,
} from './smile-format.js';

const INITIAL_BYTES = 4096;
const MAX_NAME_UNICODE_BYTES = 57;
const MIN_INT32 = -(2 ** 31);
const MAX_INT32 = 2 ** 31 - 1;
const MAX_INT64 = 2n ** 63n - 1n;
const MIN_INT64 = -(2n ** 63n);

/**
 * Writes Smile token by token, as Druid's ObjectMapper does: names shared, texts not. Callers keep to the grammar of JSON.
 * Bytes leave by `take`, so that an answer need not be whole before it is sent.
 * @source Smile Format Specification 1.0; Druid `jackson/JacksonModule.java`
 */
export class SmileWriter {
  #bytes = Buffer.allocUnsafe(INITIAL_BYTES);
  #size = 0;
  readonly #names = new Map<string, number>();
  #numNames = 0;

  constructor() {
    for (const byte of HEADER) this.#byte(byte);
    this.#byte(FLAG_SHARED_NAMES | FLAG_RAW_BINARY);
  }

  /** What was written since the last call; the caller owns it. */
  take(): Uint8Array {
    const taken = this.#bytes.subarray(0, this.#size);
    this.#bytes = Buffer.allocUnsafe(INITIAL_BYTES);
    this.#size = 0;
    return taken;
  }

  startArray(): void {
    this.#byte(TOKEN.startArray);
  }

  endArray(): void {
    this.#byte(TOKEN.endArray);
  }

  startObject(): void {
    this.#byte(TOKEN.startObject);
  }

  endObject(): void {
    this.#byte(TOKEN.endObject);
  }

  name(name: string): void {
    if (name === '') {
      this.#byte(TOKEN.emptyText);
      return;
    }
    const known = this.#names.get(name);
    if (known !== undefined) {
      if (known < 64) this.#byte(0x40 + known);
      else this.#two(0x30 | (known >> 8), known & 0xff);
      return;
    }
    const numBytes = Buffer.byteLength(name);
    if (numBytes === name.length && numBytes <= MAX_SHARED_BYTES) this.#short(0x80 - 1 + numBytes, name, numBytes);
    else if (numBytes !== name.length && numBytes <= MAX_NAME_UNICODE_BYTES) {
      this.#short(0xc0 - 2 + numBytes, name, numBytes);
    } else {
      this.#long(TOKEN.longName, name, numBytes);
    }
    this.#share(name);
  }

  text(text: string): void {
    const numBytes = Buffer.byteLength(text);
    if (numBytes === 0) this.#byte(TOKEN.emptyText);
    else if (numBytes > MAX_SHARED_BYTES) {
      this.#long(numBytes === text.length ? TOKEN.longAscii : TOKEN.longUnicode, text, numBytes);
    } else if (numBytes === text.length) this.#short(0x40 - 1 + numBytes, text, numBytes);
    else this.#short(0x80 - 2 + numBytes, text, numBytes);
  }

  null(): void {
    this.#byte(TOKEN.null);
  }

  boolean(value: boolean): void {
    this.#byte(value ? TOKEN.true : TOKEN.false);
  }

  /** The smallest form that holds the integer, of any size when it is a bigint. */
  integer(value: number | bigint): void {
    if (value >= -16 && value <= 15) {
      this.#byte(0xc0 | zigzag32(Number(value)));
    } else if (value >= MIN_INT32 && value <= MAX_INT32) {
      this.#byte(TOKEN.int32);
      this.#unsigned(zigzag32(Number(value)));
    } else if (value >= MIN_INT64 && value <= MAX_INT64) {
      this.#byte(TOKEN.int64);
      this.#unsignedBig(zigzag64(BigInt(value)));
    } else {
      this.#byte(TOKEN.bigInteger);
      const bytes = twosComplement(BigInt(value));
      this.#unsigned(bytes.length);
      this.#sevenBits(bytes);
    }
  }

  double(value: number): void {
    this.#byte(TOKEN.float64);
    const view = new DataView(new ArrayBuffer(8));
    view.setFloat64(0, value);
    const bits = view.getBigUint64(0);
    for (let shift = 63n; shift >= 0n; shift -= 7n) this.#byte(Number((bits >> shift) & 0x7fn));
  }

  #share(name: string): void {
    if (this.#numNames === MAX_SHARED) {
      this.#names.clear();
      this.#numNames = 0;
    }
    if (isReferable(this.#numNames)) this.#names.set(name, this.#numNames);
    this.#numNames++;
  }

  #short(token: number, text: string, numBytes: number): void {
    this.#byte(token);
    this.#utf8(text, numBytes);
  }

  #long(token: number, text: string, numBytes: number): void {
    this.#byte(token);
    this.#utf8(text, numBytes);
    this.#byte(TOKEN.endOfText);
  }

  #utf8(text: string, numBytes: number): void {
    this.#reserve(numBytes);
    this.#size += this.#bytes.write(text, this.#size, numBytes, 'utf8');
  }

  /** Seven bits a byte, six in the last, which has its high bit set; the highest first. */
  #unsigned(value: number): void {
    let shift = 0;
    while (value >= 2 ** (6 + shift)) shift += 7;
    for (; shift > 0; shift -= 7) this.#byte(Math.floor(value / 2 ** (shift - 1)) & 0x7f);
    this.#byte(0x80 | (value & 0x3f));
  }

  #unsignedBig(value: bigint): void {
    let shift = 0n;
    while (value >= 1n << (6n + shift)) shift += 7n;
    for (; shift > 0n; shift -= 7n) this.#byte(Number((value >> (shift - 1n)) & 0x7fn));
    this.#byte(0x80 | Number(value & 0x3fn));
  }

  #sevenBits(bytes: Uint8Array): void {
    let pending = 0;
    let numPending = 0;
    for (const byte of bytes) {
      pending = (pending << 8) | byte;
      numPending += 8;
      while (numPending >= 7) {
        numPending -= 7;
        this.#byte((pending >> numPending) & 0x7f);
        pending &= (1 << numPending) - 1;
      }
    }
    if (numPending > 0) this.#byte(pending);
  }

  #two(first: number, second: number): void {
    this.#byte(first);
    this.#byte(second);
  }

  #byte(byte: number): void {
    if (this.#size === this.#bytes.length) this.#reserve(1);
    this.#bytes[this.#size++] = byte;
  }

  #reserve(more: number): void {
    const needed = this.#size + more;
    if (needed <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(grown, 0, 0, this.#size);
    this.#bytes = grown;
  }
}

function zigzag32(value: number): number {
  return ((value << 1) ^ (value >> 31)) >>> 0;
}

function zigzag64(value: bigint): bigint {
  return BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
}

/** Fewest bytes, highest first, as `BigInteger.toByteArray`. */
function twosComplement(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  do {
    bytes.push(Number(rest & 0xffn));
    rest >>= 8n;
  } while (!(rest === 0n && bytes.at(-1)! < 0x80) && !(rest === -1n && bytes.at(-1)! >= 0x80));
  return Uint8Array.from(bytes.reverse());
}
