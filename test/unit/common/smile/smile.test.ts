import { describe, expect, test } from 'vitest';
import { DruidError } from '../../../../src/common/druid-error.js';
import { parseSmile } from '../../../../src/common/smile/smile-reader.js';
import { SmileFromJson } from '../../../../src/common/smile/smile-from-json.js';

const HEADER = '3a290a05';

function smileHex(json: string): string {
  return Buffer.from(new SmileFromJson().part(json)).toString('hex');
}

function fromHex(hex: string): unknown {
  return parseSmile(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
}

describe('samples worked out by hand from the specification', () => {
  test.each([
    ['null', '21'],
    ['false', '22'],
    ['true', '23'],
    ['""', '20'],
    ['0', 'c0'],
    ['3', 'c6'],
    ['-1', 'c1'],
    ['15', 'de'],
    ['-16', 'df'],
    ['16', '24a0'],
    ['-17', '24a1'],
    ['2147483647', '241f7f7f7fbe'],
    ['2147483648', '252000000080'],
    ['9223372036854775807', '25037f7f7f7f7f7f7f7fbe'],
    ['0.125', '29003f6000000000000000'],
    ['"abc"', '42616263'],
    ['"é"', '80c3a9'],
    ['[]', 'f8f9'],
    ['{}', 'fafb'],
    ['{"a":[1,{"a":null}]}', 'fa8061f8c2fa4021fbf9fb'],
    ['{"é":"","":2}', 'fac0c3a92020c4fb'],
    ['9223372036854775808', '26890020000000000000000000'],
  ])('%s', (json, hex) => {
    expect(smileHex(json)).toBe(HEADER + hex);
  });

  test('32-bit floats, raw and packed binary, decimals and shared texts are read', () => {
    expect(fromHex('3a290a00 28 03 78 00 00 00')).toBe(Math.fround(0.5));
    expect(fromHex('3a290a04 fd 83 616263')).toBe('YWJj');
    expect(fromHex('3a290a00 e8 81 3001')).toBe('YQ==');
    expect(fromHex('3a290a00 2a 84 82 002101')).toBe(1.33);
    expect(fromHex('3a290a02 f8 42616263 42646566 02 01 f9 ff')).toEqual(['abc', 'def', 'def', 'abc']);
  });
});

describe('malformed documents are errors of the user', () => {
  test.each([
    ['empty', ''],
    ['without header', '7b7d'],
    ['of another version', '3a290a15 c0'],
    ['cut off', '3a290a01 fa 80'],
    ['with a text that has no end', '3a290a01 e0 61'],
    ['with an unknown reference', '3a290a01 fa 45 c0 fb'],
    ['with a reserved token', '3a290a01 3f'],
    ['with a number of a million bytes', '3a290a01 26 7a0900 80'],
    ['with bytes behind', '3a290a01 c0 c0'],
    ['that nest too deep', `3a290a01 ${'f8'.repeat(100_000)}`],
  ])('%s', (_, hex) => {
    expect(() => fromHex(hex)).toThrow(DruidError);
  });
});
