import type { Kafka } from 'kafkajs';

/** Metadata is the API that names topics with their ids, from this version (Kafka 2.8) on; kafkajs stops at version 6. */
const METADATA = 3;
const VERSION_WITH_IDS = 10;
const NO_ID = '0'.repeat(32);

/** What kafkajs makes its admin and its consumers of, as far as it is used here; not in its types. */
interface Cluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  readonly brokerPool: { findConnectedBroker(): Promise<Broker> };
}

interface Broker {
  readonly versions: Readonly<Record<number, { readonly maxVersion: number }>>;
  readonly connectionPool: { send(request: unknown): Promise<string> };
}

/** Asks a cluster for the ids of topics: kafkajs has the connections and logins, but not the request. */
export class KafkaTopicIds {
  readonly #cluster: Cluster;

  constructor(kafka: Kafka) {
    const symbols = Object.getOwnPropertySymbols(kafka);
    const create = symbols.find(({ description }) => description === 'private:Kafka:createCluster')!;
    this.#cluster = (kafka as unknown as Record<symbol, (options: object) => Cluster>)[create]!({
      metadataMaxAge: 300_000,
      allowAutoTopicCreation: false,
    });
  }

  /**
   * The id of this life of a topic, in hexadecimal digits; undefined where brokers are too old to have ids.
   * @throws Error when the topic is not there, or no broker is
   */
  async idOf(topic: string): Promise<string | undefined> {
    await this.#cluster.connect();
    const { versions, connectionPool } = await this.#cluster.brokerPool.findConnectedBroker();
    if ((versions[METADATA]?.maxVersion ?? 0) < VERSION_WITH_IDS) return undefined;
    const id = await connectionPool.send({
      request: {
        apiKey: METADATA,
        apiVersion: VERSION_WITH_IDS,
        apiName: 'Metadata',
        encode: async () => encoded(requestBody(topic)),
      },
      response: { decode: async (payload: Buffer) => payload, parse: async (body: Buffer) => topicIdOf(body, topic) },
      logResponseError: false,
    });
    return id === NO_ID ? undefined : id;
  }

  async disconnect(): Promise<void> {
    await this.#cluster.disconnect();
  }
}

/** kafkajs' encoders, as far as they are looked at. */
function encoded(bytes: Buffer): { readonly buf: Buffer; readonly buffer: Buffer; size(): number } {
  return { buf: bytes, buffer: bytes, size: () => bytes.length };
}

/** From where kafkajs' header, of the first version, ends: tagged fields of the second one, then the request. @source KIP-482, KIP-516 */
function requestBody(topic: string): Buffer {
  const name = Buffer.from(topic);
  const noTags = 0;
  return Buffer.concat([
    Buffer.from([noTags, 2]),
    Buffer.alloc(NO_ID.length / 2),
    varint(name.length + 1),
    name,
    // No topic is created, no operations are asked for.
    Buffer.from([noTags, 0, 0, 0, noTags]),
  ]);
}

function topicIdOf(body: Buffer, topic: string): string {
  const reader = new CompactReader(body);
  reader.skipTags();
  reader.int(4); // throttle time
  for (let brokers = reader.varint() - 1; brokers > 0; brokers--) {
    reader.int(4); // id
    reader.text(); // host
    reader.int(4); // port
    reader.text(); // rack
    reader.skipTags();
  }
  reader.text(); // cluster id
  reader.int(4); // controller
  if (reader.varint() !== 2) throw new Error(`Kafka does not say what topic [${topic}] is`);
  const error = reader.int(2);
  reader.text(); // name
  const id = reader.bytes(NO_ID.length / 2).toString('hex');
  if (id === NO_ID && error !== 0) throw new Error(`Kafka does not say what topic [${topic}] is: error [${error}]`);
  return id;
}

/** Fields of Kafka's flexible versions. */
class CompactReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  int(size: number): number {
    this.#at += size;
    return this.#bytes.readIntBE(this.#at - size, size);
  }

  varint(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.int(1);
      value |= (byte & 0x7f) << shift;
      if (byte >= 0) return value;
    }
  }

  bytes(size: number): Buffer {
    this.#at += size;
    return this.#bytes.subarray(this.#at - size, this.#at);
  }

  text(): string | undefined {
    const size = this.varint() - 1;
    return size < 0 ? undefined : this.bytes(size).toString();
  }

  skipTags(): void {
    for (let tags = this.varint(); tags > 0; tags--) {
      this.varint();
      this.bytes(this.varint());
    }
  }
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  bytes.push(rest);
  return Buffer.from(bytes);
}
