/** The server's time, from the moments at which it evaluated answers. */
export class ServerClock {
  readonly #pageNowMs: () => number;
  /** The server's clock less the page's, by the answer that took the least time to arrive. */
  #aheadMs: number | undefined;
  #lastAnswerMs = 0;

  constructor(pageNowMs: () => number = Date.now) {
    this.#pageNowMs = pageNowMs;
  }

  /** The page's own time before the first answer. */
  get nowMs(): number {
    return this.#pageNowMs() + (this.#aheadMs ?? 0);
  }

  /** Evaluation time of the newest answer, 0 before the first. */
  get lastAnswerMs(): number {
    return this.#lastAnswerMs;
  }

  answered(evaluatedAtMs: number): void {
    this.#lastAnswerMs = Math.max(this.#lastAnswerMs, evaluatedAtMs);
    // It may fall slowly: clocks drift.
    this.#aheadMs = Math.max((this.#aheadMs ?? -Infinity) - 1, evaluatedAtMs - this.#pageNowMs());
  }

  /** The next answer may come from another clock. */
  reset(): void {
    this.#aheadMs = undefined;
    this.#lastAnswerMs = 0;
  }
}
