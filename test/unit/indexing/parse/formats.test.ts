import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import avro from 'avsc';
import protobuf from 'protobufjs';
import descriptorTypes from 'protobufjs/ext/descriptor.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HttpAccess } from '../../../../src/indexing/http-access.js';
import { parseRows } from './parse-rows.js';

const dims = (...names: readonly (string | object)[]) => ({ dimensionsSpec: { dimensions: names } });

describe('regex', () => {
  it('takes the groups of lines that match as a whole', async () => {
    const format = { type: 'regex', pattern: '^(\\d+) (\\w+)( .*)?$', columns: ['t', 'a', 'b'] };
    const { rows, unparseable } = await parseRows(dims('a', 'b'), format, ['1 x', '2 y z', 'no', '']);
    expect(rows.map((row) => [row.time, row.values])).toEqual([
      [1, { a: 'x', b: null }],
      [2, { a: 'y', b: ' z' }],
    ]);
    expect(unparseable).toHaveLength(1);
  });

  it('names columns by number without names', async () => {
    const schema = { ...dims(), timestampSpec: { column: 'column_1' } };
    const { rows } = await parseRows(schema, { type: 'regex', pattern: '(\\d+) (\\w+)' }, ['1 x']);
    expect(rows.map((row) => row.values)).toEqual([{ column_2: 'x' }]);
  });
});

describe('kafka', () => {
  const format = {
    type: 'kafka',
    valueFormat: { type: 'json' },
    keyFormat: { type: 'json' },
    headerFormat: { type: 'string' },
  };
  const message = {
    value: '{"t":7,"a":"v","kafka.header.h2":"of the value"}',
    key: Buffer.from('{"k":"key","z":1}'),
    headers: { h1: Buffer.from('eins'), h2: Buffer.from('zwei'), h3: [Buffer.from('x'), Buffer.from('y')] },
    timestampMs: 1234,
    topic: 'top',
  };
  const names = ['a', 'kafka.key', 'kafka.header.h1', 'kafka.header.h2', 'kafka.header.h3', 'kafka.topic'];

  it('adds key, headers, topic and time; the value wins over them', async () => {
    const { rows } = await parseRows(dims(...names, { type: 'long', name: 'kafka.timestamp' }), format, [message]);
    expect(rows.map((row) => [row.time, row.values])).toEqual([
      [
        7,
        {
          a: 'v',
          'kafka.key': 'key',
          'kafka.header.h1': 'eins',
          'kafka.header.h2': 'of the value',
          'kafka.header.h3': 'y',
          'kafka.topic': 'top',
          'kafka.timestamp': 1234,
        },
      ],
    ]);
  });

  it('takes the time of the record where the timestampSpec says so, and a record without a value is a row', async () => {
    const schema = { ...dims('a', 'id'), timestampSpec: { column: 'ts', format: 'millis' } };
    const named = {
      ...format,
      timestampColumnName: 'ts',
      keyColumnName: 'id',
      keyFormat: { type: 'csv', columns: ['k'] },
    };
    const messages = [message, { ...message, value: null, key: Buffer.from('gone') }];
    const { rows } = await parseRows(schema, named, messages);
    expect(rows.map((row) => [row.time, row.values])).toEqual([
      [1234, { a: 'v', id: '{"k":"key"' }],
      [1234, { a: null, id: 'gone' }],
    ]);
  });

  it('discovers the fields of the envelope too', async () => {
    const { rows } = await parseRows({}, format, [message]);
    expect(Object.keys(rows[0]!.values).sort()).toEqual([...names, 'kafka.timestamp'].sort());
  });
});

const SCHEMA = {
  type: 'record',
  name: 'Event',
  fields: [
    { name: 't', type: 'long' },
    { name: 'name', type: ['null', 'string'] },
    { name: 'big', type: 'long' },
    {
      name: 'inner',
      type: { type: 'record', name: 'Inner', fields: [{ name: 'tags', type: { type: 'array', items: 'string' } }] },
    },
    { name: 'kind', type: { type: 'enum', name: 'Kind', symbols: ['A', 'B'] } },
    { name: 'raw', type: 'bytes' },
    { name: 'map', type: { type: 'map', values: 'int' } },
    { name: 'either', type: ['int', { type: 'record', name: 'E', fields: [{ name: 'x', type: 'string' }] }] },
  ],
} as const;
const EVENT = {
  t: 5,
  name: 'n',
  big: 9_007_199_254_740_000,
  inner: { tags: ['q', 'p'] },
  kind: 'B',
  raw: Buffer.from('hi'),
  map: { k: 3 },
  either: { x: 'y' },
};
const AVRO_DIMENSIONS = dims('name', { type: 'long', name: 'big' }, 'tags', 'kind', 'raw', 'k', 'x');
const AVRO_VALUES = {
  name: 'n',
  big: 9_007_199_254_740_000,
  tags: ['p', 'q'],
  kind: 'B',
  raw: Buffer.from('hi').toString('base64'),
  k: '3',
  x: 'y',
};
const FLATTEN = {
  fields: [
    { type: 'path', name: 'tags', expr: '$.inner.tags' },
    { type: 'path', name: 'k', expr: '$.map.k' },
    { type: 'path', name: 'x', expr: '$.either.x' },
  ],
};
const encoded = avro.Type.forSchema(SCHEMA as never, { wrapUnions: false }).toBuffer(EVENT);
const withId = (version: number, id: number, bytes: Uint8Array): Buffer => {
  const header = Buffer.alloc(5);
  header[0] = version;
  header.writeUInt32BE(id, 1);
  return Buffer.concat([header, bytes]);
};

const PROTO = `syntax = "proto3";
message Other { string z = 1; }
message Event { int64 t = 1; string name = 2; Inner inner = 3; Kind kind = 4; uint64 big = 5;
  message Inner { repeated string tags = 1; } enum Kind { A = 0; B = 1; } }`;
const root = protobuf.parse(PROTO).root;
const protoEvent = root.lookupType('Event');
const protoBytes = protoEvent
  .encode(
    protoEvent.fromObject({ t: 5, name: 'n', inner: { tags: ['b', 'a'] }, kind: 'B', big: '18446744073709551615' }),
  )
  .finish();
const PROTO_FLATTEN = { fields: [{ type: 'path', name: 'tags', expr: '$.inner.tags' }] };

describe('avro', () => {
  it('with a schema in the spec', async () => {
    const format = {
      type: 'avro_stream',
      avroBytesDecoder: { type: 'schema_inline', schema: SCHEMA },
      flattenSpec: FLATTEN,
    };
    const { rows, unparseable } = await parseRows(AVRO_DIMENSIONS, format, [encoded, encoded.subarray(0, 4)]);
    expect(rows.map((row) => [row.time, row.values])).toEqual([[5, AVRO_VALUES]]);
    expect(unparseable).toHaveLength(1);
  });

  it('with several schemas in the spec', async () => {
    const decoder = { type: 'multiple_schemas_inline', schemas: { 3: SCHEMA } };
    const format = { type: 'avro_stream', avroBytesDecoder: decoder, flattenSpec: FLATTEN, binaryAsString: true };
    const messages = [withId(1, 3, encoded), withId(1, 4, encoded), encoded];
    const { rows, unparseable } = await parseRows(AVRO_DIMENSIONS, format, messages);
    expect(rows.map((row) => row.values)).toEqual([{ ...AVRO_VALUES, raw: 'hi' }]);
    expect(unparseable).toHaveLength(2);
  });
});

describe('protobuf', () => {
  const set = (root as unknown as { toDescriptor(syntax: string): protobuf.Message }).toDescriptor('proto3');
  const { FileDescriptorSet } = descriptorTypes as unknown as { FileDescriptorSet: protobuf.Type };
  const descriptor = Buffer.from(FileDescriptorSet.encode(set).finish());
  const schema = dims('name', 'tags', 'kind', 'big');
  const values = { name: 'n', tags: ['a', 'b'], kind: 'B', big: '18446744073709551615' };

  it('with a descriptor in the spec or in a file', async () => {
    const inline = { type: 'inline', descriptorString: descriptor.toString('base64'), protoMessageType: 'Event' };
    const file = { type: 'file', descriptor: 'x.desc', protoMessageType: 'Event' };
    for (const protoBytesDecoder of [inline, file]) {
      const format = { type: 'protobuf', protoBytesDecoder, flattenSpec: PROTO_FLATTEN };
      const services = { readFile: () => Promise.resolve(descriptor) };
      const { rows, unparseable } = await parseRows(schema, format, [protoBytes, Buffer.from('\xff\xff')], services);
      expect(rows.map((row) => [row.time, row.values])).toEqual([[5, values]]);
      expect(unparseable).toHaveLength(1);
    }
  });

  it('an unknown message type is refused', async () => {
    const protoBytesDecoder = {
      type: 'inline',
      descriptorString: descriptor.toString('base64'),
      protoMessageType: 'No',
    };
    await expect(parseRows(schema, { type: 'protobuf', protoBytesDecoder }, [])).rejects.toThrow('[No] not found');
  });
});

describe('a schema registry', () => {
  let server: Server;
  let url = '';
  const asked: string[] = [];
  beforeAll(async () => {
    server = createServer((request, response) => {
      asked.push(`${request.url} ${request.headers.authorization}`);
      if (request.url === '/r/schemas/ids/3') response.end(JSON.stringify({ schema: JSON.stringify(SCHEMA) }));
      else if (request.url === '/r/schemas/ids/4')
        response.end(JSON.stringify({ schema: PROTO, schemaType: 'PROTOBUF' }));
      else if (request.url === '/r/schemas/ids/6') response.writeHead(302, { location: 'http://127.0.0.1:1/x' }).end();
      else response.writeHead(404).end();
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/r`;
  });
  afterAll(() => server.close());

  it('is asked once a schema, with credentials; records of unknown schemas are bad', async () => {
    const config = { 'basic.auth.user.info': 'u:p' };
    const format = {
      type: 'avro_stream',
      avroBytesDecoder: { type: 'schema_registry', url, config },
      flattenSpec: FLATTEN,
    };
    const messages = [withId(0, 3, encoded), withId(0, 3, encoded), withId(0, 9, encoded), Buffer.from('x')];
    const services = { http: new HttpAccess([url]) };
    const { rows, unparseable } = await parseRows(AVRO_DIMENSIONS, format, messages, services);
    expect(rows.map((row) => row.values)).toEqual([AVRO_VALUES, AVRO_VALUES]);
    expect(unparseable).toHaveLength(2);
    const authorization = `Basic ${Buffer.from('u:p').toString('base64')}`;
    expect(asked.splice(0)).toEqual([`/r/schemas/ids/3 ${authorization}`, `/r/schemas/ids/9 ${authorization}`]);
  });

  it('has schemas of protobuf, with the way to the message type in the message', async () => {
    const format = {
      type: 'protobuf',
      protoBytesDecoder: { type: 'schema_registry', url },
      flattenSpec: PROTO_FLATTEN,
    };
    // One index, 1: zigzag 2, 2.
    const message = withId(0, 4, Buffer.concat([Buffer.from([2, 2]), protoBytes]));
    const { rows } = await parseRows(dims('name', 'tags'), format, [message], { http: new HttpAccess([url]) });
    expect(rows.map((row) => row.values)).toEqual([{ name: 'n', tags: ['a', 'b'] }]);
  });

  it('must be allowed, and cannot lead elsewhere', async () => {
    const format = { type: 'avro_stream', avroBytesDecoder: { type: 'schema_registry', url } };
    await expect(parseRows(dims('name'), format, [])).rejects.toMatchObject({ status: 403 });
    const services = { http: new HttpAccess([url]) };
    await expect(parseRows(dims('name'), format, [withId(0, 6, encoded)], services)).rejects.toThrow('not allowed');
  });
});
