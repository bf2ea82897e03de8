import { HashInput } from './hash-input.js';
import { type Hash128, murmur3, murmur3Long, newHash128 } from './murmur3.js';

/** The seed of values in theta, tuple and HLL sketches of DataSketches; Druid's own hashes have 0. */
export const DATA_SKETCHES_SEED = 9001;

/**
 * Hashes values as Druid's `cardinality` (characters, numbers) and `hyperUnique` (UTF-8) do: Guava's murmur3_128.
 * The returned hash belongs to the hasher and is overwritten by the next call.
 * @source Druid `cardinality/types/*`, `hll/HyperLogLogHash.java`
 */
export class DruidHasher {
  /** For a row of several fields: reset it, put the fields, then call `row()`. */
  readonly input = new HashInput();
  readonly #hash = newHash128();

  chars(text: string): Hash128 {
    this.input.reset();
    this.input.putChars(text);
    return this.row();
  }

  utf8(text: string): Hash128 {
    this.input.reset();
    this.input.putUtf8(text);
    return this.row();
  }

  long(value: number | bigint): Hash128 {
    this.input.reset();
    this.input.putLong(value);
    return this.row();
  }

  /** A 64-bit integer as two words. */
  longWords(low: number, high: number): Hash128 {
    murmur3Long(low, high, 0, this.#hash);
    return this.#hash;
  }

  double(value: number): Hash128 {
    this.input.reset();
    this.input.putDouble(value);
    return this.row();
  }

  float(value: number): Hash128 {
    this.input.reset();
    this.input.putFloat(value);
    return this.row();
  }

  row(): Hash128 {
    murmur3(this.input.bytes, 0, this.input.length, 0, this.#hash);
    return this.#hash;
  }
}

/**
 * Hashes values as the update methods of the DataSketches theta and HLL sketches do. Empty text and bytes are no
 * value to them: null. The returned hash belongs to the hasher and is overwritten by the next call.
 * @source Apache DataSketches `theta/UpdateSketch.java`, `hll/BaseHllSketch.java`
 */
export class DataSketchesHasher {
  readonly #input = new HashInput();
  readonly #hash = newHash128();

  /** UTF-8 text: theta sketches, and HLL with `stringEncoding` utf8. */
  utf8(text: string): Hash128 | null {
    if (text.length === 0) return null;
    this.#input.reset();
    this.#input.putUtf8(text);
    return this.#ofInput();
  }

  /** UTF-16LE text: HLL with the default `stringEncoding`. */
  chars(text: string): Hash128 | null {
    if (text.length === 0) return null;
    this.#input.reset();
    this.#input.putChars(text);
    return this.#ofInput();
  }

  bytes(value: Uint8Array): Hash128 | null {
    if (value.length === 0) return null;
    murmur3(value, 0, value.length, DATA_SKETCHES_SEED, this.#hash);
    return this.#hash;
  }

  long(value: number | bigint): Hash128 {
    this.#input.reset();
    this.#input.putLong(value);
    return this.#ofInput();
  }

  /** A 64-bit integer as two words. */
  longWords(low: number, high: number): Hash128 {
    murmur3Long(low, high, DATA_SKETCHES_SEED, this.#hash);
    return this.#hash;
  }

  /** Both zeros are one value, and so are all NaN. */
  double(value: number): Hash128 {
    this.#input.reset();
    this.#input.putDouble(value === 0 ? 0 : value);
    return this.#ofInput();
  }

  #ofInput(): Hash128 {
    murmur3(this.#input.bytes, 0, this.#input.length, DATA_SKETCHES_SEED, this.#hash);
    return this.#hash;
  }
}
