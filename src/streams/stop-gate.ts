/** Lets a source stop while a receiver still holds a batch. */
export class StopGate {
  readonly #waiting = new Set<() => void>();
  #stopped = false;

  get stopped(): boolean {
    return this.#stopped;
  }

  stop(): void {
    this.#stopped = true;
    for (const release of this.#waiting) release();
    this.#waiting.clear();
  }

  /** Waits for the promise, or for `stop`. (Promise.race with one long-lived promise would keep every loser alive.) */
  unlessStopped(promise: Promise<unknown>): Promise<void> {
    if (this.#stopped) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const release = (): void => resolve();
      this.#waiting.add(release);
      promise.then(release, reject).finally(() => this.#waiting.delete(release));
    });
  }

  async sleep(ms: number): Promise<void> {
    await this.unlessStopped(
      new Promise((done) => {
        setTimeout(done, ms).unref();
      }),
    );
  }
}
