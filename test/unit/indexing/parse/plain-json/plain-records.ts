/** Records of JSON as they come, and as they should not. */
import fc from 'fast-check';

const FIELDS = ['t', 's', 'höhe', 'l', 'd', 'f', 'm', 'x', 'other', '__proto__', 'toString'];

const blank = fc.constantFrom('', '', '', ' ', '\n', '\t \r');
const numberText = fc.oneof(
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }).map(String),
  fc.constantFrom(
    '0',
    '-0',
    '-0.0',
    '1.0',
    '1e3',
    '1E+2',
    '12e-1',
    '1e400',
    '01',
    '.5',
    '1.',
    '1e',
    '-',
    '9007199254740993',
    '0.1e-30',
    '123456789012345678',
  ),
  fc.tuple(fc.integer(), fc.integer({ min: -30, max: 30 })).map(([a, b]) => `${a}e${b}`),
  fc.tuple(fc.integer({ min: 0, max: 999_999 }), fc.integer({ min: 0, max: 9999 })).map(([a, b]) => `${a}.${b}`),
);
const valueText = fc.oneof(
  fc
    .constantFrom('a', 'b', 'value', 'long value of more than sixteen bytes', 'ü', '日本', '😀', '')
    .map((text) => JSON.stringify(text)),
  fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text)),
  fc.string().map((text) => `"${text}"`),
  numberText,
  fc.constantFrom('null', 'true', 'false', '[]', '["a","b"]', '{}', '{"a":1}', 'nul', '"\\u00e9"', '"\\x"', "'a'"),
);
const timeText = fc.oneof(
  fc
    .date({ min: new Date('0000-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
    .map((date) => JSON.stringify(date)),
  fc.integer({ min: -1e13, max: 1e13 }).map(String),
  fc.constantFrom(
    '"2024-02-30T00:00:00Z"',
    '"2024-02-29T23:59:59"',
    '"2024-02-29T24:00:00Z"',
    '"2023-02-29T00:00:00.000Z"',
    '"2024-01-01T00:00:60Z"',
    '"2024-01-01"',
    '"2024-01-01T00:00:00.1234Z"',
    '"2024-01-01 00:00:00"',
    '"1e3"',
    '5e15',
    '1e300',
    '"1442016000000"',
    'null',
    '1.5',
  ),
);
const member = fc.oneof(
  fc.tuple(fc.constant('t'), timeText),
  fc.tuple(fc.constantFrom(...FIELDS), valueText),
  fc.tuple(fc.constantFrom('l', 'd', 'f', 'm'), numberText),
);
export const record = fc
  .tuple(timeText, fc.array(member, { maxLength: 10 }), blank, fc.constantFrom('', '', '', '{}', 'x', '\n'))
  .map(([time, members, space, tail]) => {
    const all = [['t', time] as const, ...members].slice(members.length > 8 ? 1 : 0);
    const body = all.map(([key, value]) => `${space}"${key}"${space}:${space}${value}${space}`).join(',');
    return Buffer.from(`${space}{${body}}${tail}`, 'utf8');
  });
/** Some bytes of a record are others, or it ends early. */
export const damaged = fc
  .tuple(record, fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 2 }), fc.option(fc.nat()))
  .map(([bytes, changes, end]) => {
    const copy = Buffer.from(bytes);
    for (const [at, byte] of changes) copy[at % copy.length] = byte;
    return end === null ? copy : copy.subarray(0, end % (copy.length + 1));
  });

/** As most streams have them: all fields in one order, and of their types. */
export const whole = fc
  .record({
    t: fc.integer({ min: 0, max: 2e8 }),
    s: fc.constantFrom('a', 'b', 'ü', null),
    höhe: fc.string({ unit: 'grapheme-ascii' }),
    l: fc.option(fc.oneof(fc.integer({ min: -9, max: 9 }), fc.maxSafeInteger())),
    d: fc.option(fc.integer({ min: -1000, max: 1000 }).map((n) => n / 8)),
    f: fc.integer({ min: 0, max: 3 }),
    m: fc.integer({ min: -100, max: 100 }),
    x: fc.constantFrom('p', 'q'),
  })
  .map((fields) => Buffer.from(JSON.stringify(fields)));
