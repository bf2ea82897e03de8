import { queryCancelled } from '../../broker/query-control.js';
import type { SmileFromJson } from '../../common/smile/smile-from-json.js';

/** Answers that are being sent: what is finished but for its sending can be cancelled too. */
export class AnswerStreams {
  readonly #open = new Map<string, Set<{ isCancelled: boolean }>>();

  /** Cuts every stream of this query before its next part. */
  cancel(queryId: string): void {
    for (const stream of this.#open.get(queryId) ?? []) stream.isCancelled = true;
  }

  /**
   * The parts of an answer in the form that the client asked for.
   * @param over called when the last part is taken, or nobody wants the rest
   */
  async *stream(
    queryId: string,
    parts: AsyncIterable<string | Uint8Array>,
    smile: SmileFromJson | undefined,
    over: () => void,
  ): AsyncGenerator<string | Uint8Array> {
    const stream = { isCancelled: false };
    const streams = this.#open.get(queryId) ?? new Set();
    this.#open.set(queryId, streams.add(stream));
    try {
      for await (const part of parts) {
        if (stream.isCancelled) throw queryCancelled(queryId);
        yield smile === undefined ? part : smile.part(typeof part === 'string' ? part : Buffer.from(part).toString());
      }
    } finally {
      streams.delete(stream);
      if (streams.size === 0) this.#open.delete(queryId);
      over();
    }
  }
}
