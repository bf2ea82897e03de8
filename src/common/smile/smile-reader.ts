import { DruidError } from '../druid-error.js';
import { MAX_JSON_DEPTH } from '../json-read.js';
import { FLAG_SHARED_NAMES, FLAG_SHARED_VALUES, HEADER, MAX_SHARED, MAX_SHARED_BYTES, TOKEN } from './smile-format.js';

const UTF8 = new TextDecoder('utf-8', { ignoreBOM: true });
const END = Symbol('end');
const MAX_BIG_BYTES = 4096;

/**
 * The value of one Smile document, as `parseJson` gives JSON: integers beyond ±2^53 as bigint. Binary values become base64 text,
 * as they would in JSON.
 * @throws DruidError INVALID_INPUT when the bytes are not Smile, or nest deeper than `MAX_JSON_DEPTH`
 * @source Smile Format Specification 1.0
 */
export function parseSmile(bytes: Uint8Array): unknown {
  return new SmileReader(bytes).document();
}

class SmileReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;
  #depth = 0;
  /** Null: the document shares none. */
  #names: string[] | null = null;
  #values: string[] | null = null;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  document(): unknown {
    if (HEADER.some((byte, i) => this.#bytes[i] !== byte)) throw invalid('header is missing');
    this.#at = HEADER.length;
    const flags = this.#next();
    if (flags >> 4 !== 0) throw invalid(`version [${flags >> 4}] is unknown`);
    this.#names = flags & FLAG_SHARED_NAMES ? [] : null;
    this.#values = flags & FLAG_SHARED_VALUES ? [] : null;
    const value = this.#value(this.#next());
    if (value === END) throw invalid('value is missing');
    const rest = this.#bytes[this.#at];
    if (rest !== undefined && rest !== TOKEN.endOfContent) throw invalid('bytes follow the value');
    return value;
  }

  /** @returns END for the end of an array */
  #value(token: number): unknown {
    if (token >= 0x01 && token <= 0x1f) return shared(this.#values, token - 1);
    if (token >= 0x40 && token <= 0x7f) return this.#shareValue(this.#text((token & 0x3f) + 1), (token & 0x3f) + 1);
    if (token >= 0x80 && token <= 0xbf) return this.#shareValue(this.#text((token & 0x3f) + 2), (token & 0x3f) + 2);
    if (token >= 0xc0 && token <= 0xdf) return unzigzag(token & 0x1f);
    if (token >= 0xec && token <= 0xef) return shared(this.#values, ((token & 3) << 8) | this.#next());
    switch (token) {
      case TOKEN.emptyText:
        return '';
      case TOKEN.null:
        return null;
      case TOKEN.false:
        return false;
      case TOKEN.true:
        return true;
      case TOKEN.startArray:
        return this.#nested(() => this.#array());
      case TOKEN.startObject:
        return this.#nested(() => this.#object());
      case TOKEN.endArray:
        return END;
      case TOKEN.longAscii:
      case TOKEN.longUnicode:
        return this.#markedText();
      default:
        return this.#numberOrBinary(token);
    }
  }

  #numberOrBinary(token: number): unknown {
    switch (token) {
      case TOKEN.int32:
      case TOKEN.int64:
        return narrow(unzigzagBig(this.#unsignedBig()));
      case TOKEN.bigInteger:
        return narrow(signed(this.#sevenBits(this.#length())));
      case TOKEN.float32:
        return this.#float(5);
      case TOKEN.float64:
        return this.#float(10);
      case TOKEN.bigDecimal: {
        const scale = Number(unzigzagBig(this.#unsignedBig()));
        return Number(`${signed(this.#sevenBits(this.#length()))}e${-scale}`);
      }
      case TOKEN.binary7Bit:
        return Buffer.from(this.#sevenBits(this.#unsigned())).toString('base64');
      case TOKEN.rawBinary:
        return Buffer.from(this.#take(this.#unsigned())).toString('base64');
      default:
        throw invalid(`token [0x${token.toString(16)}] is not a value`);
    }
  }

  #nested<T>(read: () => T): T {
    if (++this.#depth > MAX_JSON_DEPTH) {
      throw new DruidError(`Request nests deeper than [${MAX_JSON_DEPTH}] levels`, { category: 'INVALID_INPUT' });
    }
    const value = read();
    this.#depth--;
    return value;
  }

  #array(): unknown[] {
    const values: unknown[] = [];
    for (;;) {
      const value = this.#value(this.#next());
      if (value === END) return values;
      values.push(value);
    }
  }

  #object(): Record<string, unknown> {
    const members: Record<string, unknown> = {};
    for (;;) {
      const token = this.#next();
      if (token === TOKEN.endObject) return members;
      const name = this.#name(token);
      const value = this.#value(this.#next());
      if (value === END) throw invalid('array ends within an object');
      if (name !== '__proto__') members[name] = value;
      else Object.defineProperty(members, name, { value, enumerable: true, configurable: true, writable: true });
    }
  }

  #name(token: number): string {
    if (token === TOKEN.emptyText) return '';
    if (token >= 0x30 && token <= 0x33) return shared(this.#names, ((token & 3) << 8) | this.#next());
    if (token >= 0x40 && token <= 0x7f) return shared(this.#names, token & 0x3f);
    if (token >= 0x80 && token <= 0xbf) return this.#shareName(this.#text((token & 0x3f) + 1));
    if (token >= 0xc0 && token <= 0xf7) return this.#shareName(this.#text((token & 0x3f) + 2));
    if (token === TOKEN.longName) return this.#shareName(this.#markedText());
    throw invalid(`token [0x${token.toString(16)}] is not a name`);
  }

  #shareName(name: string): string {
    if (this.#names !== null) share(this.#names, name);
    return name;
  }

  #shareValue(text: string, numBytes: number): string {
    if (this.#values !== null && numBytes <= MAX_SHARED_BYTES) share(this.#values, text);
    return text;
  }

  #text(numBytes: number): string {
    return UTF8.decode(this.#take(numBytes));
  }

  #markedText(): string {
    const end = this.#bytes.indexOf(TOKEN.endOfText, this.#at);
    if (end < 0) throw invalid('text has no end');
    const text = UTF8.decode(this.#bytes.subarray(this.#at, end));
    this.#at = end + 1;
    return text;
  }

  #float(numBytes: 5 | 10): number {
    const view = new DataView(new ArrayBuffer(8));
    let bits = 0n;
    for (const byte of this.#take(numBytes)) bits = (bits << 7n) | BigInt(byte & 0x7f);
    if (numBytes === 10) {
      view.setBigUint64(0, BigInt.asUintN(64, bits));
      return view.getFloat64(0);
    }
    view.setUint32(0, Number(BigInt.asUintN(32, bits)));
    return view.getFloat32(0);
  }

  #unsignedBig(): bigint {
    let value = 0n;
    for (let i = 0; i < 10; i++) {
      const byte = this.#next();
      if (byte & 0x80) return BigInt.asUintN(64, (value << 6n) | BigInt(byte & 0x3f));
      value = (value << 7n) | BigInt(byte);
    }
    throw invalid('integer has no end');
  }

  #unsigned(): number {
    return Number(this.#unsignedBig());
  }

  /** Bytes of a number; nobody means millions of digits, and these would take seconds. */
  #length(): number {
    const length = this.#unsigned();
    if (length > MAX_BIG_BYTES) throw invalid(`number of [${length}] bytes is too long`);
    return length;
  }

  #sevenBits(numBytes: number): Uint8Array {
    const packed = this.#take(Math.ceil((numBytes * 8) / 7));
    const bytes = new Uint8Array(numBytes);
    let pending = 0;
    let numPending = 0;
    let at = 0;
    for (let i = 0; i < packed.length; i++) {
      // The last one holds what bits are left, at its low end.
      const numBits = i === packed.length - 1 ? numBytes * 8 - 7 * i : 7;
      pending = (pending << numBits) | (packed[i]! & ((1 << numBits) - 1));
      numPending += numBits;
      if (numPending < 8) continue;
      numPending -= 8;
      bytes[at++] = pending >> numPending;
      pending &= (1 << numPending) - 1;
    }
    return bytes;
  }

  #take(numBytes: number): Uint8Array {
    if (numBytes > this.#bytes.length - this.#at) throw ended();
    const taken = this.#bytes.subarray(this.#at, this.#at + numBytes);
    this.#at += numBytes;
    return taken;
  }

  #next(): number {
    if (this.#at >= this.#bytes.length) throw ended();
    return this.#view.getUint8(this.#at++);
  }
}

function share(known: string[], text: string): void {
  if (known.length === MAX_SHARED) known.length = 0;
  known.push(text);
}

function shared(known: readonly string[] | null, index: number): string {
  const text = known?.[index];
  if (text === undefined) throw invalid(`reference [${index}] is to no earlier text`);
  return text;
}

function unzigzag(value: number): number {
  return (value >>> 1) ^ -(value & 1);
}

function unzigzagBig(value: bigint): bigint {
  return (value >> 1n) ^ -(value & 1n);
}

function signed(bytes: Uint8Array): bigint {
  if (bytes.length === 0) return 0n;
  return BigInt.asIntN(bytes.length * 8, BigInt(`0x${Buffer.from(bytes).toString('hex')}`));
}

function narrow(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function ended(): DruidError {
  return invalid('it ends within a value');
}

function invalid(problem: string): DruidError {
  return new DruidError(`Request body is not valid Smile: ${problem}`, {
    category: 'INVALID_INPUT',
    legacy: { error: 'Unknown exception', errorClass: 'com.fasterxml.jackson.core.JsonParseException' },
  });
}
