import { KafkaSource } from './kafka-source.js';
import { LocalLogSource } from './local-log/local-log-source.js';
import type { StreamLog } from './stream-log.js';
import type { StreamSource } from './stream-source.js';

/** Which stream to read; plain data, so that it can go to a worker thread. */
export type StreamSourceConfig =
  | {
      readonly type: 'kafka';
      readonly stream: { readonly topic: string } | { readonly topicPattern: string };
      readonly consumerProperties: Readonly<Record<string, unknown>>;
    }
  /** A log of the LocalLogService of this process on the same directory. */
  | { readonly type: 'local'; readonly stream: string; readonly directory: string };

/** Makes the source; nothing is connected before its first call. @throws DruidError on consumer properties that cannot be met */
export function openStreamSource(config: StreamSourceConfig, log: StreamLog): StreamSource {
  switch (config.type) {
    case 'kafka':
      return new KafkaSource({ stream: config.stream, consumerProperties: config.consumerProperties, log });
    case 'local':
      return new LocalLogSource({ stream: config.stream, directory: config.directory });
  }
}
