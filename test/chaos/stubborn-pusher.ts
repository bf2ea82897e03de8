import type { EventOracle, OracleEvent } from '../support/event-oracle.js';
import type { MillraceProcess } from '../support/millrace-process.js';

/** Pushes batches with a producer's sequence numbers, tells the oracle where they went, and tries again what was not answered. */
export class StubbornPusher {
  readonly #server: MillraceProcess;
  readonly #stream: string;
  readonly #oracle: EventOracle;
  #sequence = 0;
  #open: { readonly body: string; readonly events: readonly (OracleEvent | null)[] } | undefined;

  constructor(server: MillraceProcess, stream: string, oracle: EventOracle) {
    this.#server = server;
    this.#stream = stream;
    this.#oracle = oracle;
  }

  /** One batch, or the one before it that has no answer yet. @returns the status, undefined when the server cannot be reached */
  async push(count: number): Promise<number | undefined> {
    if (this.#open === undefined) {
      const records = Array.from({ length: count }, () => this.#oracle.next());
      this.#open = { body: records.map(({ text }) => text).join('\n'), events: records.map(({ event }) => event) };
      this.#sequence++;
    }
    const path = `/v1/push/${this.#stream}?producerId=test&sequenceNumber=${this.#sequence}`;
    const answer = await this.#server.post(path, this.#open.body).catch(() => undefined);
    if (answer?.status === 200) {
      const { partition, firstOffset } = JSON.parse(answer.text) as { partition: string; firstOffset: number };
      this.#oracle.written(partition, firstOffset, this.#open.events);
      this.#open = undefined;
    }
    return answer?.status;
  }
}
