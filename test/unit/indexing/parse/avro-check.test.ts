import avro from 'avsc';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkAvro, checkAvroBlock } from '../../../../src/indexing/parse/avro-check.js';

const TYPE = avro.Type.forSchema(
  {
    type: 'record',
    name: 'Event',
    fields: [
      { name: 't', type: 'long' },
      { name: 'flags', type: ['null', 'boolean', 'float'] },
      { name: 'tags', type: { type: 'array', items: ['null', 'string'] } },
      { name: 'sizes', type: { type: 'map', values: { type: 'array', items: 'double' } } },
      { name: 'nothing', type: { type: 'array', items: 'null' } },
      { name: 'kind', type: { type: 'enum', name: 'Kind', symbols: ['A', 'B'] } },
      { name: 'id', type: { type: 'fixed', name: 'Id', size: 3 } },
      { name: 'raw', type: 'bytes' },
      { name: 'n', type: 'int' },
    ],
  },
  { wrapUnions: true },
);
const BEFORE_TAGS = [2, 0];

/** Zigzag. */
function varint(value: bigint): number[] {
  const bytes: number[] = [];
  let left = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
  for (; left > 127n; left >>= 7n) bytes.push(Number(left & 127n) | 128);
  return [...bytes, Number(left)];
}

describe('Avro is checked before it is read', () => {
  it('whatever the library writes is whole, alone and one after the other; cut off it is not', () => {
    fc.assert(
      fc.property(fc.nat({ max: 5 }), fc.nat(), (n, cut) => {
        const buffers = Array.from({ length: n }, () => TYPE.toBuffer(TYPE.random()));
        const all = Buffer.concat(buffers);
        expect(() => checkAvroBlock(TYPE, all)).not.toThrow();
        const one = TYPE.toBuffer(TYPE.random());
        expect(() => checkAvro(TYPE, one)).not.toThrow();
        expect(() => checkAvro(TYPE, one.subarray(0, cut % one.length))).toThrow();
      }),
    );
  });

  it('what passes with any bytes wrong, the library reads as well', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          checkAvro(TYPE, bytes);
        } catch {
          return;
        }
        // Ends, with a value or an error.
        expect(() => {
          try {
            TYPE.fromBuffer(Buffer.from(bytes));
          } catch (error) {
            expect(error).toBeInstanceOf(Error);
          }
        }).not.toThrow();
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['a list of more than there is', [...BEFORE_TAGS, ...varint(2n ** 40n)], 'truncated'],
    ['a list in a block with a size', [...BEFORE_TAGS, ...varint(-(2n ** 40n)), ...varint(1n)], 'truncated'],
    ['a text longer than the message', [...BEFORE_TAGS, 2, 2, ...varint(2n ** 50n)], 'truncated'],
    ['a text of a negative length', [...BEFORE_TAGS, 2, 2, ...varint(-1n)], 'truncated'],
    ['elements without bytes', [...BEFORE_TAGS, 0, 0, ...varint(2n ** 40n)], 'without a byte'],
    ['a branch that is not there', [2, 6], 'no such branch'],
    ['a number without an end', Array.from({ length: 12 }, () => 0xff), 'more than 64 bits'],
  ])('%s is refused at once', (_name, bytes, message) => {
    expect(() => checkAvro(TYPE, Uint8Array.from(bytes))).toThrow(message);
  });

  it('a message with more behind its record is for the library to refuse', () => {
    expect(() => checkAvro(TYPE, Buffer.concat([TYPE.toBuffer(TYPE.random()), Buffer.of(1)]))).not.toThrow();
  });

  it('a type without bytes has no number of values', () => {
    expect(() => checkAvroBlock(avro.Type.forSchema('null'), Uint8Array.of(1))).toThrow('more than its values');
  });
});
