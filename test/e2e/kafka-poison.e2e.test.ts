import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { KafkaFeed, range, row, rows } from '../support/kafka-feed.js';
import { eventually, freePort, MillraceProcess } from '../support/millrace-process.js';
import { requireService, type TestMessage } from '../support/services.js';

const kafka = await requireService('kafka');

const MEGABYTE = 1024 * 1024;
const TIME = '2024-05-01T10:20:30.000Z';
const lists = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

/** What is no row, and what its dead letter says of it. */
const BAD: readonly (readonly [name: string, value: string | Buffer, reason: RegExp])[] = [
  ['not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]), /not UTF-8/],
  ['random bytes', Buffer.from([0x00, 0x01, 0x80, 0xc3, 0x28, 0xf0]), /not UTF-8/],
  ['cut off', `{"time":"${TIME}","page":"a`, /Unable to parse row/],
  ['text behind the row', `{"time":"${TIME}","n":-1} trailing`, /Unable to parse row/],
  ['a text', '"hello"', /no object/],
  ['a number', '42', /no object/],
  ['null', 'null', /no object/],
  ['a list', `[{"time":"${TIME}","n":-1}]`, /no object/],
  ['no time', '{"page":"a","n":-1}', /Timestamp\[null\]/],
  ['a time that is null', '{"time":null,"page":"a","n":-1}', /Timestamp\[null\]/],
  ['a time that is none', '{"time":"yesterday","page":"a","n":-1}', /Timestamp\[yesterday\]/],
  ['a time beyond the calendar', '{"time":"+999999-01-01T00:00:00Z","n":-1}', /Timestamp\[\+999999/],
  ['deep in a dimension', `{"time":"${TIME}","n":-1,"page":${lists(100_000)}}`, /nests deeper/],
  ['deep elsewhere', `{"time":"${TIME}","n":-1,"unknown":${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}}`, /nests deeper/],
  ['a NaN', `{"time":"${TIME}","n":-1,"x":NaN}`, /Unable to parse row/],
  ['5 MB of no JSON', 'x'.repeat(5 * MEGABYTE), /Unable to parse row/],
  ['5 MB of a row that is cut off', `{"time":"${TIME}","page":"${'p'.repeat(5 * MEGABYTE)}`, /Unable to parse row/],
];

/** Rows of which one value cannot be had: the others count. */
const PARTLY: readonly (readonly [name: string, value: string, reason: RegExp])[] = [
  ['a text for a LONG', row(1, { n: 'ten' }), /value \[ten\] to long for dimension \[n\]/],
  ['an object for a LONG', row(1, { n: { a: 1 } }), /value \[an object\] to long for dimension \[n\]/],
  [
    '1e400 for a DOUBLE',
    '{"time":"2024-05-01T10:20:30.000Z","page":"page-1","x":1e400}',
    /beyond the range of a double/,
  ],
  [
    '-1e400 for a LONG',
    '{"time":"2024-05-01T10:20:30.000Z","page":"page-1","n":-1e400}',
    /beyond the range of a double/,
  ],
  ['a list for a DOUBLE', row(1, { n: null, x: [1, 2] }), /value \[a list\] to double for dimension \[x\]/],
];

/** What looks like poison and is a good row: its __time, n, x, and the length of its page. */
const GOOD: readonly (readonly [value: string, time: string, n: number, x: number | null, page: number | null])[] = [
  [`{"__proto__":{"page":"no","n":-1},"constructor":1,${row(0).slice(1)}`, TIME, 0, null, 6],
  [row(1, { time: '1970-01-01T00:00:00.000Z' }), '1970-01-01T00:00:00.000Z', 1, null, 6],
  [row(2, { time: '2099-12-31T23:59:59.999Z' }), '2099-12-31T23:59:59.999Z', 2, null, 6],
  [row(3, { page: null, x: null, unknown: null }), TIME, 3, null, null],
  [row(4, { page: 'p'.repeat(5 * MEGABYTE) }), TIME, 4, null, 5 * MEGABYTE],
  [row(5, { unknown: 'u'.repeat(5 * MEGABYTE) }), TIME, 5, null, 6],
  [`{"unknown":${lists(400)},${row(6).slice(1)}`, TIME, 6, null, 6],
  [row(7, { page: '\u0000\u{1f600}' }), TIME, 7, null, 3],
  [row(8, { x: 1e300 }), TIME, 8, 1e300, 6],
  [`{"unknown":1e400,${row(10).slice(1)}`, TIME, 10, null, 6],
  [row(9, { x: -0.1 }), TIME, 9, -0.1, 6],
];

if (!kafka.available) {
  test.skip(kafka.reason, () => {});
} else {
  let directory: string;
  let server: MillraceProcess;
  let feed: KafkaFeed;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'millrace-poison-'));
    server = new MillraceProcess({ port: await freePort(), args: ['--data-dir', directory] });
    await server.start();
    feed = await KafkaFeed.create(server, kafka, { configs: { 'max.message.bytes': String(16 * MEGABYTE) } });
  });
  afterAll(async () => {
    await feed.close();
    await server.kill();
    await rm(directory, { recursive: true, force: true });
  });

  test('poison pills are dead letters with offset and reason, good rows among them stay exact, a replay reads what can be read now', async () => {
    // Good rows around and between the bad ones, in the same fetches.
    const messages: TestMessage[] = [...rows(1000, 1500)];
    const expected = new Map<number, readonly [name: string, reason: RegExp, value: string | Buffer]>();
    for (const [name, value, reason] of [...BAD, ...PARTLY]) {
      expected.set(messages.length, [name, reason, value]);
      messages.push({ value, partition: 0 }, { value: row(2000 + expected.size), partition: 0 });
    }
    const empty: TestMessage[] = [null, '', ' \n'].map((value) => ({ value, key: 'k', partition: 0 }));
    messages.push(...GOOD.map(([value]) => ({ value, partition: 0 })), ...empty, ...rows(1500, 2000));
    await feed.supervise();
    // Those of 5 MB are too much for one request together.
    for (let at = 0; at < messages.length; at += 10) await feed.send(messages.slice(at, at + 10));
    await feed.caughtUp();

    const letters = await feed.deadLetters();
    expect(letters.map(({ offset }) => offset).sort((a, b) => a - b)).toEqual([...expected.keys()]);
    for (const { partition, offset, reason, record, recordBase64 } of letters) {
      const [name, pattern, value] = expected.get(offset)!;
      expect(partition).toBe('0');
      expect(reason, name).toMatch(pattern);
      const kept = recordBase64 === undefined ? Buffer.from(record!) : Buffer.from(recordBase64, 'base64');
      expect(kept.equals(Buffer.from(value)), name).toBe(true);
    }
    const plain = [...range(1000, 2000), ...range(2001, 2001 + expected.size)];
    const good = GOOD.map(([, time, n, x, page]) => [time, n, x, page]);
    await check(plain, good);
    const { text } = await server.get(`/druid/indexer/v1/supervisor/${feed.name}/stats`);
    expect(text).toContain(`"processed":${plain.length + good.length},`);
    expect(text).toContain(
      `"processedWithError":${PARTLY.length},"thrownAway":${empty.length},"unparseable":${BAD.length}`,
    );

    // With a time for rows that have none, two of them can be read.
    await feed.supervise({
      dataSchema: { timestampSpec: { column: 'time', format: 'iso', missingValue: '2024-05-01T10:59:59.000Z' } },
    });
    await eventually(async () =>
      (await feed.publishedRows()) === plain.length + good.length + PARTLY.length ? true : undefined,
    );
    await feed.replay();
    const left = await feed.deadLetters();
    const read = [...expected].filter(([, [name]]) => name === 'no time' || name === 'a time that is null');
    expect(left.map(({ offset }) => offset).sort((a, b) => a - b)).toEqual(
      [...expected.keys()].filter((offset) => !read.some(([known]) => known === offset)),
    );
    const replayed = ['2024-05-01T10:59:59.000Z', -1, null, 1];
    await check(plain, [...good, replayed, replayed]);
  }, 240_000);

  async function check(plain: readonly number[], others: readonly (readonly unknown[])[]): Promise<void> {
    const found = await feed.sql(`SELECT __time, n, x, CHAR_LENGTH(page) FROM "${feed.name}" WHERE n IS NOT NULL`);
    const expected = [...plain.map((n) => [TIME, n, null, 6]), ...others];
    const text = (list: readonly (readonly unknown[])[]): string[] => list.map((each) => JSON.stringify(each)).sort();
    expect(text(found)).toEqual(text(expected));
    const [partly] = await feed.sql(`SELECT COUNT(*), COUNT(DISTINCT page) FROM "${feed.name}" WHERE n IS NULL`);
    expect(partly).toEqual([PARTLY.length, 1]);
  }
}
