import type { RemapPart } from '../../../../src/engine/spaces/remap-job.js';
import type { DictionaryRef } from '../../../../src/memory/block-ref.js';

/** A memory with dictionaries of segments and places for their remaps. */
export class DictionaryArena {
  readonly memory: SharedArrayBuffer;
  #end = 64;
  #lastKey = 0;

  constructor(bytes: number) {
    this.memory = new SharedArrayBuffer(bytes);
  }

  store(values: readonly string[], sorted = false): DictionaryRef {
    const encoded = values.map((value) => Buffer.from(value));
    const bytes = this.#place(Buffer.concat(encoded));
    const ends = new Uint32Array(values.length + 1);
    encoded.forEach((value, i) => {
      ends[i + 1] = ends[i]! + value.length;
    });
    const offsets = this.#place(Buffer.from(ends.buffer));
    return { key: `dictionary-${++this.#lastKey}`, size: values.length, sorted, offsets, bytes };
  }

  part(dictionary: DictionaryRef): RemapPart {
    return { dictionary, target: this.#place(Buffer.alloc((dictionary.size + 1) * 4)) };
  }

  /** The remap that a job wrote. */
  remapOf({ dictionary, target }: RemapPart): Uint32Array {
    return new Uint32Array(this.memory, target.offset, dictionary.size + 1);
  }

  #place(content: Buffer): RemapPart['target'] {
    const offset = this.#end;
    new Uint8Array(this.memory).set(content, offset);
    this.#end = Math.ceil((offset + content.length) / 64) * 64;
    return { arena: 1, offset, length: content.length };
  }
}
