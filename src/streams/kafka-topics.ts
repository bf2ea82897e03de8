import type { Admin } from 'kafkajs';
import { linearRegex } from '../common/linear-regex.js';

export interface KafkaPlace {
  readonly topic: string;
  readonly partition: number;
}

/** Kafka's own topics, which no pattern means. */
const INTERNAL: readonly string[] = ['__consumer_offsets', '__transaction_state', '__cluster_metadata'];

/**
 * The topics of a source and the names of their partitions: `0` in a source of one topic, `topic:0` in one of a pattern.
 * @source Druid `KafkaTopicPartition.java`
 */
export class KafkaTopics {
  /** The topic or the pattern. */
  readonly name: string;
  readonly #pattern: ReturnType<typeof linearRegex> | undefined;

  /** @throws RegexError for a pattern that cannot be used */
  constructor(stream: { readonly topic: string } | { readonly topicPattern: string }) {
    this.name = 'topic' in stream ? stream.topic : stream.topicPattern;
    this.#pattern = 'topic' in stream ? undefined : linearRegex(`^(?:${stream.topicPattern})$`);
  }

  /** Those that are there now, in order of their names; a single topic is not looked for. */
  async find(admin: Pick<Admin, 'listTopics'>): Promise<readonly string[]> {
    const pattern = this.#pattern;
    if (pattern === undefined) return [this.name];
    const all = await admin.listTopics();
    return all.filter((topic) => !INTERNAL.includes(topic) && pattern.test(topic)).sort();
  }

  keyOf(topic: string, partition: number): string {
    return this.#pattern === undefined ? String(partition) : `${topic}:${partition}`;
  }

  placeOf(key: string): KafkaPlace {
    if (this.#pattern === undefined) return { topic: this.name, partition: Number(key) };
    const at = key.lastIndexOf(':');
    return { topic: key.slice(0, at), partition: Number(key.slice(at + 1)) };
  }
}

/** Partitions gathered under their topics. */
export function byTopic(places: readonly KafkaPlace[]): { topic: string; partitions: number[] }[] {
  const found = new Map<string, number[]>();
  for (const { topic, partition } of places) {
    const partitions = found.get(topic);
    if (partitions === undefined) found.set(topic, [partition]);
    else partitions.push(partition);
  }
  return [...found].map(([topic, partitions]) => ({ topic, partitions }));
}
