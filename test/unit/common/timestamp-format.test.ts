import { describe, expect, test } from 'vitest';
import { timestampParser } from '../../../src/common/timestamp-format.js';

const MS = Date.UTC(2015, 8, 12, 13, 5, 7, 123);

describe('auto', () => {
  const parse = timestampParser('auto');
  test.each([
    [MS],
    [String(MS)],
    [BigInt(MS)],
    ['2015-09-12T13:05:07.123Z'],
    ['2015-09-12 13:05:07.123'],
    ['"2015-09-12T15:05:07.123+02:00"'],
    ['2015-09-12 15:05:07.123 +02:00'],
    ['2015-09-12 15:05:07.123 Europe/Paris'],
    ['2015-09-12T13:05:07.123 UTC'],
  ])('reads %s', (value) => {
    expect(parse(value)).toBe(MS);
  });

  test.each([null, undefined, '', 'yesterday', '2015-09-12 25:00', true, {}])('does not read %j', (value) => {
    expect(parse(value)).toBeUndefined();
  });
});

describe('numbers', () => {
  test.each([
    ['posix', 1442063107, 1442063107000],
    ['posix', '1442063107', 1442063107000],
    ['POSIX', 1442063107.9, 1442063107000],
    ['millis', String(MS), MS],
    ['micro', MS * 1000 + 999, MS],
    ['nano', 1442063107123456789n, MS],
    ['nano', '1442063107123456789', MS],
    ['ruby', '1442063107.123', MS],
    ['ruby', 1442063107.5, 1442063107500],
  ])('%s reads %s', (format, value, expected) => {
    expect(timestampParser(format)(value)).toBe(expected);
  });

  test('text that is no whole number is no posix time', () => {
    expect(timestampParser('posix')('1.5')).toBeUndefined();
    expect(timestampParser('posix')('x')).toBeUndefined();
    expect(timestampParser('ruby')('')).toBeUndefined();
  });
});

describe('patterns', () => {
  test.each([
    ['yyyy-MM-dd', '2015-09-12', Date.UTC(2015, 8, 12)],
    ['yyyy-MM-dd HH:mm:ss', '2015-09-12 13:05:07', Date.UTC(2015, 8, 12, 13, 5, 7)],
    ['yyyy-MM-dd HH:mm:ss.SSS', '2015-09-12 13:05:07.123', MS],
    ["yyyy-MM-dd'T'HH:mm:ss.SSSZ", '2015-09-12T15:05:07.123+0200', MS],
    ['yyyyMMddHHmmss', '20150912130507', Date.UTC(2015, 8, 12, 13, 5, 7)],
    ['dd/MMM/yyyy:HH:mm:ss Z', '12/Sep/2015:13:05:07 +0000', Date.UTC(2015, 8, 12, 13, 5, 7)],
    ['M/d/yy h:mm a', '9/12/15 1:05 PM', Date.UTC(2015, 8, 12, 13, 5)],
    ['h a', '12 AM', 0],
    ['EEE, d MMMM yyyy', 'Sat, 12 September 2015', Date.UTC(2015, 8, 12)],
    ['yyyy-DDD', '2015-255', Date.UTC(2015, 8, 12)],
    ['yyyy-MM-dd HH:mm ZZZ', '2024-07-01 12:00 Europe/Paris', Date.UTC(2024, 6, 1, 10)],
  ])('%s reads %s', (format, value, expected) => {
    expect(timestampParser(format)(value)).toBe(expected);
  });

  test('a form with a reader of its own takes fewer digits as well', () => {
    expect(timestampParser('yyyy-MM-dd HH:mm:ss')('2015-9-1 3:4:5')).toBe(Date.UTC(2015, 8, 1, 3, 4, 5));
  });

  test.each([
    ['yyyy-MM-dd HH:mm:ss', '2015-09-12T13:05:07'],
    ['yyyy-MM-dd HH:mm:ss', '2015-09-12 13:05:07Z'],
    ['yyyy-MM-dd HH:mm:ss', '2015-09-12 13:05:0Z'],
    ["yyyy-MM-dd'T'HH:mm:ss'Z'", '2015-09-12T13:05:071'],
    ['yyyy-MM-dd', '2015-02-30'],
    ['yyyy-MM-dd', '2015-09-12 '.concat('x')],
    ['yyyy-MM-dd HH', '2015-09-12 24'],
  ])('%s does not read %s', (format, value) => {
    expect(timestampParser(format)(value)).toBeUndefined();
  });

  test('an unsupported letter is named when the format is chosen', () => {
    expect(() => timestampParser('xxxx-ww')).toThrow('letter [x]');
  });
});
