import type * as Avsc from 'avsc';

/** Elements of lists and maps that may take no byte, in one value: what their count alone can make. */
const MAX_EMPTY = 65_536;
const MAX_VARINT_BYTES = 10;

/**
 * Checks that bytes hold whole values of a type, one after the other, before anything is made of them: the library believes every count and
 * length, so that a few wrong bytes would make lists until the memory is full.
 *
 * @throws Error when a value is cut off, or a count, length or branch cannot be true
 * @source https://avro.apache.org/docs/1.12.0/specification/#binary-encoding
 */
export function checkAvroBlock(type: Avsc.Type, bytes: Uint8Array): void {
  const walk = new AvroWalk(bytes);
  while (walk.position < bytes.length) {
    const before = walk.position;
    walk.value(type);
    // A type without bytes would go on for ever.
    if (walk.position === before) throw new Error('there is more than its values');
  }
}

/** Checks that bytes begin with one whole value of a type. @throws as `checkAvroBlock` */
export function checkAvro(type: Avsc.Type, bytes: Uint8Array): void {
  new AvroWalk(bytes).value(type);
}

class AvroWalk {
  position = 0;
  readonly #bytes: Uint8Array;
  #numEmpty = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  value(type: Avsc.Type): void {
    switch (type.typeName) {
      case 'null':
        return;
      case 'boolean':
        return this.#skip(1);
      case 'float':
        return this.#skip(4);
      case 'double':
        return this.#skip(8);
      case 'bytes':
      case 'string':
        return this.#skip(this.#varint());
      case 'fixed':
        return this.#skip((type as Avsc.types.FixedType).size);
      case 'record':
      case 'error':
        for (const field of (type as Avsc.types.RecordType).fields) this.value(field.type);
        return;
      case 'array':
        return this.#blocks((type as Avsc.types.ArrayType).itemsType, false);
      case 'map':
        return this.#blocks((type as Avsc.types.MapType).valuesType, true);
      case 'union:wrapped':
      case 'union:unwrapped':
        return this.#branch((type as Avsc.types.WrappedUnionType).types);
      default:
        // An int, a long or an enum.
        this.#varint();
    }
  }

  #branch(types: readonly Avsc.Type[]): void {
    const branch = types[this.#varint()];
    if (branch === undefined) throw new Error('a union has no such branch');
    this.value(branch);
  }

  #blocks(element: Avsc.Type, hasKeys: boolean): void {
    for (let count = this.#varint(); count !== 0; count = this.#varint()) {
      // A negative count is followed by the bytes of the block.
      if (count < 0) this.#varint();
      for (let left = Math.abs(count); left > 0; left--) {
        const before = this.position;
        if (hasKeys) this.#skip(this.#varint());
        this.value(element);
        if (this.position === before && ++this.#numEmpty > MAX_EMPTY)
          throw new Error(`it has more than ${MAX_EMPTY} elements without a byte`);
      }
    }
  }

  #skip(length: number): void {
    if (length < 0 || length > this.#bytes.length - this.position) throw new Error('truncated buffer');
    this.position += length;
  }

  /** Zigzag; beyond 53 bits only as near as a double. */
  #varint(): number {
    let unsigned = 0;
    let scale = 1;
    for (let i = 0; i < MAX_VARINT_BYTES; i++, scale *= 128) {
      const byte = this.#bytes[this.position++];
      if (byte === undefined) throw new Error('truncated buffer');
      unsigned += (byte & 0x7f) * scale;
      if (byte < 0x80) return unsigned % 2 === 0 ? unsigned / 2 : -(unsigned + 1) / 2;
    }
    throw new Error('a number has more than 64 bits');
  }
}
