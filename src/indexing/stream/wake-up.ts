/** Lets one loop wait for whatever others change. */
export class WakeUp {
  readonly #waiting: (() => void)[] = [];
  #pending = false;

  wake(): void {
    if (this.#waiting.length === 0) this.#pending = true;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** Waits for the next wake, or returns at once when one came since the last wait. */
  wait(): Promise<void> {
    if (this.#pending) {
      this.#pending = false;
      return Promise.resolve();
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Waits until the condition holds; looked at after each wake. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await this.wait();
  }
}
