import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DruidError } from '../../../../src/common/druid-error.js';
import { parseJson } from '../../../../src/common/json-read.js';
import { jsonText } from '../../../../src/common/json-write.js';
import { SmileFromJson } from '../../../../src/common/smile/smile-from-json.js';
import { parseSmile } from '../../../../src/common/smile/smile-reader.js';

/** Texts as clients get them: half of a surrogate pair has no UTF-8. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.string({ unit: 'grapheme', maxLength: 80 }),
  fc.string({ maxLength: 200 }),
);
const value = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, false),
    fc.integer(),
    fc.maxSafeInteger(),
    fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).filter((big) => !Number.isSafeInteger(Number(big))),
    fc.double({ noDefaultInfinity: true, noNaN: true }).filter((double) => !Object.is(double, -0)),
    text,
    fc.array(tie('value'), { maxLength: 6 }),
    fc.array(fc.tuple(text, tie('value')), { maxLength: 6 }).map((entries) => Object.fromEntries(entries)),
  ),
})).value;

test('JSON that became Smile reads as it did', () => {
  fc.assert(
    fc.property(value, (original) => {
      const json = jsonText(original);
      expect(parseSmile(new SmileFromJson().part(json))).toEqual(parseJson(json));
    }),
  );
});

test('it does not matter where between tokens the parts of an answer end', () => {
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 5 }), (values) => {
      const smile = new SmileFromJson();
      const parts = values.map((one, i) => smile.part(`${i === 0 ? '[' : ','}${jsonText(one)}`));
      const whole = Buffer.concat([...parts, smile.part(']')]);
      expect(whole.equals(new SmileFromJson().part(jsonText(values)))).toBe(true);
    }),
  );
});

test('more names than can be shared are read as they were written', () => {
  const rows = Array.from({ length: 3 }, (_row, row) =>
    Object.fromEntries(Array.from({ length: 700 }, (_name, i) => [`name ${(i * (row + 1)) % 1500}`, i])),
  );
  expect(parseSmile(new SmileFromJson().part(JSON.stringify(rows)))).toEqual(rows);
});

test('any bytes are a value or an error of the user', () => {
  const bytes = fc.uint8Array({ maxLength: 60 }).map((rest) => Uint8Array.from([0x3a, 0x29, 0x0a, 0x03, ...rest]));
  fc.assert(
    fc.property(bytes, (document) => {
      try {
        parseSmile(document);
      } catch (error) {
        expect(error).toBeInstanceOf(DruidError);
      }
    }),
    { numRuns: 2000 },
  );
});
