import fc from 'fast-check';
import { test } from 'vitest';
import { KernelPair } from './kernel-fixture.js';

const pair = new KernelPair();
const texts = fc.array(
  fc.oneof(
    fc.string({ maxLength: 40 }),
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.integer().map((n) => String(n)),
    fc.constant(''),
  ),
  { maxLength: 40 },
);

test('hashes of texts equal the twin, in UTF-8 and in UTF-16', () => {
  fc.assert(
    fc.property(texts, fc.constantFrom(0, 9001, 0xffffffff), fc.nat({ max: 15 }), (values, seed, skew) => {
      pair.clear(0xff);
      const encoded = values.map((value) => Buffer.from(value));
      const offsets = [0];
      for (const value of encoded) offsets.push(offsets.at(-1)! + value.length);
      const offsetsAt = pair.place('u32', offsets);
      const bytesAt = pair.place('u8', Buffer.concat(encoded), skew);
      const unitsAt = pair.reserve(2 * Math.max(0, ...encoded.map((value) => value.length)));
      for (const form of ['hashUtf8', 'hashUtf16'] as const) {
        const out = pair.reserve(16 * values.length);
        pair.expectSame((kernels) => {
          if (form === 'hashUtf8') kernels.hashUtf8(offsetsAt, bytesAt, values.length, seed, out);
          else {
            kernels.hashUtf16(offsetsAt, bytesAt, values.length, seed, unitsAt, out);
            // What is left in the working memory is nobody's.
            clear(kernels === pair.wasm ? pair.wasmMemory.buffer : pair.twinMemory, unitsAt, out - unitsAt);
          }
        });
      }
    }),
  );
});

function clear(buffer: ArrayBufferLike, pointer: number, bytes: number): void {
  new Uint8Array(buffer, pointer, bytes).fill(0);
}
