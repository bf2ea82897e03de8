import { expect } from 'vitest';
import type { EventOracle } from './event-oracle.js';
import type { MillraceProcess } from './millrace-process.js';

/** Pushes batches with a producer's sequence numbers, and tells the oracle where they went. */
export class Pusher {
  readonly #server: MillraceProcess;
  readonly #dataSource: string;
  readonly #oracle: EventOracle;
  #sequence = 0;

  constructor(server: MillraceProcess, dataSource: string, oracle: EventOracle) {
    this.#server = server;
    this.#dataSource = dataSource;
    this.#oracle = oracle;
  }

  /** @returns the offsets after what was pushed, by partition */
  async push(count: number): Promise<Readonly<Record<string, number>>> {
    const records = Array.from({ length: count }, () => this.#oracle.next());
    const body = records.map((record) => record.text).join('\n');
    const path = `/v1/push/${this.#dataSource}?producerId=test&sequenceNumber=${++this.#sequence}`;
    const answer = await this.#server.post(path, body);
    expect(answer.status, answer.text).toBe(200);
    const { partition, firstOffset } = JSON.parse(answer.text) as { partition: string; firstOffset: number };
    this.#oracle.written(
      partition,
      firstOffset,
      records.map((record) => record.event),
    );
    return { [partition]: firstOffset + count };
  }
}

/** A supervisor of pushed events as the oracle makes them, segments of an hour: its rows as they are, or those of a minute and page as one. */
export async function superviseEvents(
  server: MillraceProcess,
  dataSource: string,
  taskDuration: string,
  isRollup = false,
): Promise<void> {
  const metricsSpec = [
    { type: 'count', name: 'count' },
    { type: 'longSum', name: 'added', fieldName: 'added' },
    { type: 'longMax', name: 'most', fieldName: 'added' },
  ];
  const answer = await server.post('/druid/indexer/v1/supervisor', {
    type: 'local',
    spec: {
      dataSchema: {
        dataSource,
        timestampSpec: { column: 'time', format: 'iso' },
        dimensionsSpec: { dimensions: isRollup ? ['page'] : ['page', { type: 'long', name: 'added' }] },
        granularitySpec: {
          segmentGranularity: 'HOUR',
          queryGranularity: isRollup ? 'MINUTE' : 'NONE',
          rollup: isRollup,
        },
        ...(isRollup ? { metricsSpec } : {}),
      },
      ioConfig: {
        type: 'local',
        stream: dataSource,
        inputFormat: { type: 'json' },
        useEarliestOffset: true,
        taskDuration,
      },
      tuningConfig: { type: 'local' },
    },
  });
  expect(answer.status, answer.text).toBe(200);
}
