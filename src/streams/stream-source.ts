/**
 * A partitioned, replayable log with offsets: Kafka topics or the embedded local log, behind one interface.
 * A source never commits anything and never moves by itself: positions are told to it.
 */
export interface StreamRecord {
  readonly partition: string;
  readonly offset: number;
  /** Record time of the log, epoch ms. */
  readonly timestampMs: number;
  readonly key: Uint8Array | null;
  /** null = tombstone. */
  readonly value: Uint8Array | null;
  /** Absent where the log has none. */
  readonly headers?: StreamHeaders | undefined;
  /** Topic of Kafka that the record is of. */
  readonly topic?: string | undefined;
}

/** Values by name, several where a name comes more than once. */
export type StreamHeaders = Readonly<
  Record<string, Uint8Array | string | readonly (Uint8Array | string)[] | undefined>
>;

/** Records of one partition in offset order; offsets may have gaps. */
export interface StreamBatch {
  readonly partition: string;
  readonly records: readonly StreamRecord[];
  /** The position after this batch: at least last offset + 1, beyond it where the log has gaps (control records). */
  readonly nextOffset: number;
  /** End of the partition (last stable offset) as known with this batch, for lag. */
  readonly highOffset: number;
}

export type StreamBounds = { readonly earliest: number; readonly latest: number };

export interface StreamSource {
  readonly stream: string;
  /** Names this life of the topic or log; changes when it is recreated. */
  incarnation(): Promise<string>;
  partitions(): Promise<readonly string[]>;
  /** Earliest readable and next offset of each partition. */
  bounds(): Promise<ReadonlyMap<string, StreamBounds>>;
  /**
   * Starts reading from these positions. `onBatch` is awaited before the next batch of that partition (backpressure).
   * A position outside the log's bounds ends in `onDataLoss`, never in a jump.
   */
  start(
    from: ReadonlyMap<string, number>,
    handlers: {
      onBatch(batch: StreamBatch): Promise<void>;
      onDataLoss(partition: string, wanted: number, bounds: StreamBounds): void;
      /** The stream was deleted and made again: nothing of it is read. `incarnation` is its new one. */
      onOtherStream(incarnation: string): void;
      /** Connection trouble that is being retried; undefined = fine again. */
      onTrouble(error: Error | undefined): void;
    },
  ): Promise<void>;
  pause(): void;
  resume(): void;
  stop(): Promise<void>;
}
