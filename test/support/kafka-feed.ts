import { randomUUID } from 'node:crypto';
import { type Admin, Kafka, logLevel, Partitioners, type Producer } from 'kafkajs';
import { expect } from 'vitest';
import { eventually, type MillraceProcess } from './millrace-process.js';
import { createTopic, type KafkaService, type TestMessage } from './services.js';

/** What `GET …/supervisor/{id}/status` says, as far as tests look at it. */
export interface StreamStatus {
  readonly state: string;
  readonly detailedState: string;
  readonly healthy: boolean;
  readonly aggregateLag: number;
  readonly latestOffsets?: Readonly<Record<string, number>>;
  readonly activeTasks: readonly {
    readonly currentOffsets: Readonly<Record<string, number>>;
    readonly pausedFor?: string;
  }[];
  readonly recentErrors: readonly { readonly message: string }[];
}

/** Rows of a feed are of this hour unless they say something else. */
const TIME = '2024-05-01T10:20:30.000Z';

/** A topic, the supervisor that reads it into a data source of the same name, and what both say. */
export class KafkaFeed {
  readonly name: string;
  readonly admin: Admin;
  readonly kafka: Kafka;
  readonly #server: MillraceProcess;
  readonly #service: KafkaService;
  readonly #producer: Producer;

  private constructor(server: MillraceProcess, service: KafkaService, name: string) {
    this.name = name;
    this.#server = server;
    this.#service = service;
    this.kafka = new Kafka({ brokers: [...service.brokers], logLevel: logLevel.NOTHING });
    this.admin = this.kafka.admin();
    this.#producer = this.kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  }

  static async create(
    server: MillraceProcess,
    service: KafkaService,
    options: { readonly partitions?: number; readonly configs?: Readonly<Record<string, string>> } = {},
  ): Promise<KafkaFeed> {
    const name = `feed-${randomUUID()}`;
    const feed = new KafkaFeed(server, service, name);
    await createTopic(service, { partitions: options.partitions ?? 1, name, configs: options.configs ?? {} });
    await feed.admin.connect();
    await feed.#producer.connect();
    return feed;
  }

  async close(): Promise<void> {
    await this.#producer.disconnect();
    await this.admin.disconnect();
  }

  /** @returns the first offset, in the messages' partition */
  async send(messages: readonly TestMessage[]): Promise<number> {
    const sent = await this.#producer.send({ topic: this.name, acks: -1, messages: messages.map(toMessage) });
    return Number(sent[0]?.baseOffset);
  }

  /** Starts or changes the supervisor. */
  async supervise(
    changes: { readonly dataSchema?: object; readonly ioConfig?: object; readonly tuningConfig?: object } = {},
  ): Promise<void> {
    const answer = await this.#server.post('/druid/indexer/v1/supervisor', {
      type: 'kafka',
      spec: {
        dataSchema: {
          dataSource: this.name,
          timestampSpec: { column: 'time', format: 'iso' },
          dimensionsSpec: { dimensions: ['page', { type: 'long', name: 'n' }, { type: 'double', name: 'x' }] },
          granularitySpec: { segmentGranularity: 'HOUR', queryGranularity: 'NONE', rollup: false },
          ...changes.dataSchema,
        },
        ioConfig: {
          type: 'kafka',
          topic: this.name,
          consumerProperties: { 'bootstrap.servers': this.#service.brokers.join(',') },
          inputFormat: { type: 'json' },
          useEarliestOffset: true,
          taskDuration: 'PT2S',
          ...changes.ioConfig,
        },
        tuningConfig: { type: 'kafka', ...changes.tuningConfig },
      },
    });
    expect(answer.status, answer.text).toBe(200);
  }

  async command(command: 'suspend' | 'resume' | 'reset' | 'terminate'): Promise<void> {
    const answer = await this.#server.post(`/druid/indexer/v1/supervisor/${this.name}/${command}`, {});
    expect(answer.status, answer.text).toBe(200);
  }

  async status(): Promise<StreamStatus> {
    const answer = await this.#server.get(`/druid/indexer/v1/supervisor/${this.name}/status`);
    expect(answer.status, answer.text).toBe(200);
    return (JSON.parse(answer.text) as { payload: StreamStatus }).payload;
  }

  async sql(query: string): Promise<readonly (readonly unknown[])[]> {
    // While the owner of a stream changes, nobody can say.
    const answer = await eventually(async () => {
      const tried = await this.#server.post('/druid/v2/sql', { query, resultFormat: 'array' });
      return tried.status === 503 ? undefined : tried;
    });
    // A data source is there from its first row on.
    if (answer.status === 400 && answer.text.includes('not found')) return [];
    expect(answer.status, answer.text).toBe(200);
    return JSON.parse(answer.text) as unknown[][];
  }

  /** The `n` of all rows, sorted: what was counted twice is there twice. */
  async numbers(): Promise<readonly number[]> {
    const found = await this.sql(`SELECT n FROM "${this.name}"`);
    return found.map(([n]) => Number(n)).sort((a, b) => a - b);
  }

  /** Ends of the partitions; new partitions have no leader for a moment. */
  async ends(): Promise<readonly { readonly partition: number; readonly high: string }[]> {
    return eventually(() => this.admin.fetchTopicOffsets(this.name).catch(() => undefined));
  }

  async publishedRows(): Promise<number> {
    const where = `datasource = '${this.name}' AND is_published = 1`;
    const [[sum] = []] = await this.sql(`SELECT SUM(num_rows) FROM sys.segments WHERE ${where}`);
    return Number(sum);
  }

  /** Waits until the stream is read to the ends of its partitions, as its supervisor sees it. */
  async caughtUp(): Promise<StreamStatus> {
    const topic = await this.ends();
    return eventually(async () => {
      const status = await this.status();
      const { latestOffsets: latest, aggregateLag, activeTasks } = status;
      const isAtEnd = topic.every(({ partition, high }) => (latest?.[partition] ?? -1) >= Number(high));
      return isAtEnd && aggregateLag === 0 && activeTasks.length > 0 ? status : undefined;
    });
  }

  /** A metric's samples of this supervisor, by what else they are labelled with. */
  async metric(name: string): Promise<number> {
    const { text } = await this.#server.get('/metrics');
    const lines = text.split('\n').filter((line) => line.startsWith(`${name}{`) && line.includes(`"${this.name}"`));
    return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  }

  async deadLetters(): Promise<readonly DeadLetterJson[]> {
    const answer = await this.#server.get(`/v1/deadLetters/${this.name}?limit=1000`);
    expect(answer.status, answer.text).toBe(200);
    return JSON.parse(answer.text) as DeadLetterJson[];
  }

  /** Reads the dead letters again. @returns when the task has ended well */
  async replay(): Promise<void> {
    const answer = await this.#server.post(`/v1/deadLetters/${this.name}/replay`, {});
    expect(answer.status, answer.text).toBe(200);
    const { task } = JSON.parse(answer.text) as { task: string };
    const statusCode = await eventually(async () => {
      const { text } = await this.#server.get(`/druid/indexer/v1/task/${task}/status`);
      const { status } = JSON.parse(text) as { status: { statusCode: string } };
      return status.statusCode === 'RUNNING' ? undefined : status.statusCode;
    });
    expect(statusCode).toBe('SUCCESS');
  }
}

export interface DeadLetterJson {
  readonly partition: string;
  readonly offset: number;
  readonly reason: string;
  readonly record?: string;
  readonly recordBase64?: string;
}

/** A good row, by its number. */
export function row(n: number, fields: object = {}): string {
  return JSON.stringify({ time: TIME, page: `page-${n % 7}`, n, ...fields });
}

/** Good rows with the numbers [from, to), to one partition. */
export function rows(from: number, to: number, partition = 0): TestMessage[] {
  return Array.from({ length: to - from }, (_, i) => ({ value: row(from + i), partition }));
}

/** The numbers [from, to). */
export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

function toMessage({ timestampMs, ...message }: TestMessage): import('kafkajs').Message {
  return timestampMs === undefined ? message : { ...message, timestamp: String(timestampMs) };
}
