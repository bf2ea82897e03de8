import type { Clock } from '../../platform/clock.js';
import type { StreamBatch, StreamBounds, StreamSource } from '../../streams/stream-source.js';
import { openStreamSource } from '../../streams/open-source.js';
import type { RowParser } from '../parse/row-handler.js';
import { kafkaStream, type StreamIoConfig } from '../spec/stream-io-config.js';
import type { SampledRows } from './sampled-rows.js';
import type { SamplerSpec } from './sampler-spec.js';
import type { TappedRecords } from './tapped-records.js';

interface StreamSampling {
  readonly source: TappedRecords;
  readonly parser: RowParser;
  readonly rows: SampledRows;
  readonly clock: Clock;
}

/**
 * Reads a stream from its beginning or, as the ioConfig says, from now on: until there are enough records, the time is over, or, from the
 * beginning, all that was there has been read. @throws Error when the stream cannot be reached in that time
 */
export async function sampleStream(
  spec: SamplerSpec,
  ioConfig: StreamIoConfig,
  { source, parser, rows, clock }: StreamSampling,
): Promise<void> {
  const stream = openStreamSource(
    { type: 'kafka', stream: kafkaStream(ioConfig), consumerProperties: ioConfig.consumerProperties },
    () => {},
  );
  const endMs = clock.monotonicMs() + spec.limits.timeoutMs;
  let isReached = false;
  const work = new Promise<void>((resolve, reject) => {
    const timer = clock.setTimeout(resolve, spec.limits.timeoutMs);
    const take = async (batch: StreamBatch): Promise<void> => {
      await parser.prepare?.(batch.records.map((record) => record.value));
      for (const record of batch.records) {
        if (rows.isComplete || clock.monotonicMs() >= endMs) break;
        rows.begin(() => source.fields, '');
        parser.parse(record.value, rows, record);
      }
    };
    const end = (error?: unknown): void => {
      clock.clearTimeout(timer);
      if (error === undefined) resolve();
      else reject(error as Error);
    };
    const isEnough = (): boolean => rows.isComplete;
    read(stream, ioConfig.useEarliestOffset, { take, isEnough, end }).then(() => {
      isReached = true;
    }, end);
  });
  try {
    await work;
    if (!isReached) throw new Error(`stream [${ioConfig.stream}] could not be reached in time`);
  } finally {
    await stream.stop();
  }
}

interface Reading {
  readonly take: (batch: StreamBatch) => Promise<void>;
  readonly isEnough: () => boolean;
  readonly end: (error?: unknown) => void;
}

/** Starts reading; it has ended when there is enough, or where the ends are that were found. */
async function read(stream: StreamSource, fromBeginning: boolean, { take, isEnough, end }: Reading): Promise<void> {
  const bounds = await stream.bounds();
  const missing = new Map([...bounds].filter(([, { earliest, latest }]) => latest > earliest));
  const startOf = ({ earliest, latest }: StreamBounds): number => (fromBeginning ? earliest : latest);
  const accept = async (batch: StreamBatch): Promise<void> => {
    await take(batch);
    const last = missing.get(batch.partition);
    if (last !== undefined && batch.nextOffset >= last.latest) missing.delete(batch.partition);
    if (isEnough() || (fromBeginning && last !== undefined && missing.size === 0)) end();
  };
  // One at a time: a batch may have to wait for a schema.
  let before: Promise<void> = Promise.resolve();
  await stream.start(new Map([...bounds].map(([partition, bound]) => [partition, startOf(bound)])), {
    onBatch: (batch) => {
      before = before.then(() => accept(batch)).catch(end);
      return before;
    },
    onDataLoss: () => {},
    onOtherStream: () => {},
    onTrouble: () => {},
  });
}
