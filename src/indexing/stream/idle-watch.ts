import type { OffsetVector } from '../../metadata/offset-vector.js';

/** Notices that a stream has had nothing new for a while. @source Druid `IdleConfig.java` */
export class IdleWatch {
  readonly #inactiveAfterMs: number;
  #seen = -1;
  #changedAtMs: number;
  #isIdle = false;

  /** @param nowMs monotonic, as `look` is given */
  constructor(config: { readonly enabled: boolean; readonly inactiveAfterMs: number } | null, nowMs: number) {
    this.#inactiveAfterMs = config?.enabled === true ? config.inactiveAfterMs : Number.POSITIVE_INFINITY;
    this.#changedAtMs = nowMs;
  }

  get isIdle(): boolean {
    return this.#isIdle;
  }

  /**
   * @param current offset after the last record read, by partition
   * @param latest end of each partition as last heard
   * @returns whether it has just become idle
   */
  look(current: OffsetVector, latest: OffsetVector, nowMs: number): boolean {
    if (this.#inactiveAfterMs === Number.POSITIVE_INFINITY) return false;
    let seen = 0;
    let lag = 0;
    for (const [partition, offset] of Object.entries(current)) {
      seen += offset;
      lag += Math.max(0, (latest[partition] ?? offset) - offset);
    }
    if (seen !== this.#seen || lag > 0) {
      this.#seen = seen;
      this.#changedAtMs = nowMs;
    }
    const wasIdle = this.#isIdle;
    this.#isIdle = nowMs - this.#changedAtMs >= this.#inactiveAfterMs;
    return this.#isIdle && !wasIdle;
  }
}
