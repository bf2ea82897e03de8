import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import avro from 'avsc';
import protobuf from 'protobufjs';
import descriptorTypes from 'protobufjs/ext/descriptor.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SeededRandomness } from '../../src/platform/randomness.js';
import { KafkaFeed, range } from '../support/kafka-feed.js';
import { eventually, freePort, MillraceProcess } from '../support/millrace-process.js';
import { requireService, type TestMessage } from '../support/services.js';

const kafka = await requireService('kafka');

const TIME = '2024-05-01T10:20:30.000Z';
const ROWS = 400;
const MUTANTS = 400;

interface Format {
  readonly inputFormat: (registry: string) => object;
  /** A message of one row. */
  readonly message: (page: string, n: number) => Buffer;
  readonly bad: readonly (readonly [name: string, message: Buffer, reason: RegExp])[];
  readonly isEnvelope?: true;
}

const SCHEMA = {
  type: 'record',
  name: 'Event',
  fields: [
    { name: 'time', type: 'string' },
    { name: 'page', type: ['null', 'string'] },
    { name: 'n', type: 'long' },
    { name: 'tags', type: { type: 'array', items: 'string' } },
    { name: 'nothing', type: { type: 'map', values: 'null' } },
  ],
} as const;
const AVRO = avro.Type.forSchema(SCHEMA as never, { wrapUnions: false });
const avroMessage = (page: string, n: number): Buffer =>
  AVRO.toBuffer({ time: TIME, page, n, tags: ['a', 'b'], nothing: { k: null } });
/** Up to the number of tags. */
const AVRO_START = avro.Type.forSchema({ ...SCHEMA, fields: SCHEMA.fields.slice(0, 3) } as never, {
  wrapUnions: false,
}).toBuffer({ time: TIME, page: 'bad', n: -1 });
/** 2^40 and 2^59 in Avro's encoding. */
const MANY = Buffer.from([0x80, 0x80, 0x80, 0x80, 0x80, 0x40]);
const MORE = Buffer.from([0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10]);
const AVRO_BAD: Format['bad'] = [
  ['cut off', avroMessage('bad', -1).subarray(0, 30), /truncated/],
  ['a list of 2^40', Buffer.concat([AVRO_START, MANY]), /truncated/],
  ['a text of 2^59 bytes', Buffer.concat([AVRO_START, Buffer.from([2]), MORE]), /truncated/],
  ['a map of 2^40', Buffer.concat([AVRO_START, Buffer.from([0]), MANY]), /truncated/],
  ['a branch that is not there', Buffer.from([0, 9]), /union/],
  ['JSON', Buffer.from(`{"time":"${TIME}","n":-1}`), /Avro/],
  ['more behind it', Buffer.concat([avroMessage('bad', -1), Buffer.from([1, 2, 3])]), /Avro/],
];
const numbered = (id: number, message: Buffer): Buffer => {
  const header = Buffer.alloc(5);
  header.writeUInt32BE(id, 1);
  return Buffer.concat([header, message]);
};

const root = protobuf.parse(`syntax = "proto3";
message Event { string time = 1; string page = 2; int64 n = 3; Event inner = 4; repeated int32 sizes = 5; }`).root;
const EVENT = root.lookupType('Event');
const { FileDescriptorSet } = descriptorTypes as unknown as { FileDescriptorSet: protobuf.Type };
const descriptor = Buffer.from(
  FileDescriptorSet.encode(
    (root as unknown as { toDescriptor(syntax: string): protobuf.Message }).toDescriptor('proto3'),
  ).finish(),
).toString('base64');
const protoMessage = (page: string, n: number): Buffer =>
  Buffer.from(EVENT.encode(EVENT.fromObject({ time: TIME, page, n, sizes: [1, 2, 3] })).finish());
/** Messages in messages. */
function nested(depth: number): Buffer {
  let message = protoMessage('bad', -1);
  for (let i = 0; i < depth; i++) {
    const length = protobuf.Writer.create()
      .uint32((4 << 3) | 2)
      .uint32(message.length)
      .finish();
    message = Buffer.concat([length, message]);
  }
  return message;
}

const FORMATS: Readonly<Record<string, Format>> = {
  'Avro with its schema in the spec': {
    inputFormat: () => ({ type: 'avro_stream', avroBytesDecoder: { type: 'schema_inline', schema: SCHEMA } }),
    message: avroMessage,
    bad: AVRO_BAD,
  },
  'Avro with a schema registry': {
    inputFormat: (url) => ({ type: 'avro_stream', avroBytesDecoder: { type: 'schema_registry', url } }),
    message: (page, n) => numbered(7, avroMessage(page, n)),
    bad: [
      ...AVRO_BAD.slice(0, 4).map(([name, message, reason]) => [name, numbered(7, message), reason] as const),
      ['a schema that is not there', numbered(8, avroMessage('bad', -1)), /no schema with id \[8\]/],
      ['a number that no schema can have', numbered(0xffff_ffff, avroMessage('bad', -1)), /no schema with id/],
      ['a schema that is none', numbered(9, avroMessage('bad', -1)), /cannot be used/],
      ['no number', avroMessage('bad', -1), /number of a schema/],
      ['three bytes', Buffer.from([0, 0, 7]), /number of a schema/],
    ],
  },
  Protobuf: {
    inputFormat: () => ({
      type: 'protobuf',
      protoBytesDecoder: { type: 'inline', descriptorString: descriptor, protoMessageType: 'Event' },
    }),
    message: protoMessage,
    bad: [
      ['cut off', protoMessage('bad', -1).subarray(0, 10), /Protobuf/],
      ['a text of 2^31 bytes', Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x07]), /Protobuf/],
      ['a number without an end', Buffer.alloc(20, 0xff), /Protobuf/],
      ['a wire type that is not there', Buffer.from([0x0f, 0x01]), /Protobuf/],
      ['a time that is none', Buffer.from(EVENT.encode(EVENT.fromObject({ time: 'soon' })).finish()), /Timestamp/],
      ['a hundred thousand messages in one another', nested(100_000), /Protobuf|Timestamp/],
    ],
  },
  'csv in an envelope': {
    isEnvelope: true,
    inputFormat: () => ({
      type: 'kafka',
      valueFormat: { type: 'csv', columns: ['time', 'page', 'n'] },
      headerFormat: { type: 'string' },
    }),
    message: (page, n) => Buffer.from(`${TIME},"${page}",${n}`),
    bad: [
      ['no time', Buffer.from(',bad,-1'), /Timestamp/],
      ['one column', Buffer.from('bad'), /Timestamp/],
      ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x2c, 0x00]), /UTF-8|Timestamp/],
    ],
  },
};

describe.skipIf(!kafka.available)('formats on Kafka', () => {
  if (!kafka.available) return;
  let directory: string;
  let server: MillraceProcess;
  let registry: Server;
  let refusedUntil = 0;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'millrace-formats-'));
    registry = createServer(({ url }, response) => {
      const id = url?.split('/').at(-1);
      if (Date.now() < refusedUntil) response.writeHead(503).end();
      else if (id === '7') response.end(JSON.stringify({ schema: JSON.stringify(SCHEMA) }));
      else if (id === '9') response.end(JSON.stringify({ schema: '{"type":"record"}' }));
      else response.writeHead(id === '8' ? 404 : 422).end('{"error_code":40403}');
    });
    await new Promise<void>((resolve) => registry.listen(0, '127.0.0.1', resolve));
    const args = ['--data-dir', directory, '--allow-http', registryUrl()];
    server = await new MillraceProcess({ port: await freePort(), args }).start();
  });
  afterAll(async () => {
    await server.kill();
    registry.close();
    await rm(directory, { recursive: true, force: true });
  });

  function registryUrl(): string {
    return `http://127.0.0.1:${(registry.address() as AddressInfo).port}`;
  }

  test.each(Object.entries(FORMATS))(
    '%s: good rows are exact among bad and random bytes, and each bad one has its letter',
    async (name, format) => {
      const random = new SeededRandomness(Number(process.env['PROPERTY_SEED'] ?? 7) || 7);
      const feed = await KafkaFeed.create(server, kafka);
      try {
        const messages: TestMessage[] = [];
        const letters = new Map<number, readonly [name: string, reason: RegExp]>();
        const put = (value: Buffer | null): void => void messages.push({ value, partition: 0 });
        for (let n = 0; n < ROWS; n++) {
          put(format.message('good', n));
          const bad = n % 20 === 10 ? format.bad[Math.floor(n / 20)] : undefined;
          if (bad === undefined) continue;
          letters.set(messages.length, [bad[0], bad[2]]);
          put(bad[1]);
        }
        // A record without a value is none, but in an envelope it is a row, whose time lacks.
        if (format.isEnvelope === true) letters.set(messages.length, ['no value', /Timestamp/]);
        put(null);
        const firstMutant = messages.length;
        for (let i = 0; i < MUTANTS; i++) put(mutant(format.message('evil', -1), random));
        for (let n = ROWS; n < 2 * ROWS; n++) put(format.message('good', n));
        refusedUntil = Date.now() + 3_000;
        await feed.send(messages);
        await feed.supervise({ ioConfig: { inputFormat: format.inputFormat(registryUrl()) } });
        await feed.caughtUp();

        const found = await feed.sql(
          `SELECT n FROM "${feed.name}" WHERE page = 'good' AND __time = TIMESTAMP '2024-05-01 10:20:30'`,
        );
        expect(found.map(([n]) => Number(n)).sort((a, b) => a - b)).toEqual(range(0, 2 * ROWS));
        const kept = await eventually(async () => {
          const all = await feed.deadLetters();
          return all.length >= letters.size ? all : undefined;
        });
        const ofBad = kept.filter(({ offset }) => offset < firstMutant);
        expect(
          ofBad.map(({ offset }) => offset).sort((a, b) => a - b),
          name,
        ).toEqual([...letters.keys()]);
        for (const { offset, reason } of ofBad)
          expect(reason, letters.get(offset)![0]).toMatch(letters.get(offset)![1]);
        const { text } = await server.get(`/druid/indexer/v1/supervisor/${feed.name}/stats`);
        const [, totals] = /"totals":\{"buildSegments":(\{[^}]*\})/.exec(text)!;
        const counts = JSON.parse(totals!) as Record<string, number>;
        // Each message is one row, or none for a reason that is counted.
        const { processed, processedWithError, thrownAway, unparseable } = counts;
        expect(processed! + processedWithError! + thrownAway! + unparseable!).toBe(messages.length);
        await feed.command('terminate');
      } finally {
        await feed.close();
      }
    },
    120_000,
  );
});

/** Some bytes are others, or gone, or come twice. */
function mutant(message: Buffer, random: SeededRandomness): Buffer {
  const below = (limit: number): number => Math.floor(random.nextDouble() * limit);
  let bytes = Buffer.from(message);
  for (let i = 1 + below(3); i > 0; i--) {
    const at = below(bytes.length);
    switch (below(3)) {
      case 0:
        bytes[at] = below(256);
        break;
      case 1:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(Math.min(bytes.length, at + 1 + below(8)))]);
        break;
      default:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(below(at + 1))]);
    }
    if (bytes.length === 0) return Buffer.of(0);
  }
  return bytes;
}
