import { jsonString } from '../common/json-write.js';
import type { Clock, Timer } from '../platform/clock.js';
import type { LiveClient } from './live-client.js';

/** An answer, or why there is none, ready to be sent to anybody. */
export interface Version {
  /** Counts up from 1. */
  readonly number: number;
  readonly type: 'answer' | 'error';
  /** Members of the message behind its type and id. */
  readonly members: string;
}

/** One viewer of one evaluation: is given the newest version that it lacks, at most once a period, while its socket takes it. */
export class Subscriber {
  readonly #client: LiveClient;
  readonly #id: string;
  readonly #periodMs: number;
  readonly #clock: Clock;
  #sentNumber = 0;
  #notBeforeMs = 0;
  #timer: Timer | undefined;
  #stopped = false;

  constructor(client: LiveClient, id: string, periodMs: number, clock: Clock) {
    this.#client = client;
    this.#id = id;
    this.#periodMs = periodMs;
    this.#clock = clock;
  }

  /** @param latest gives the newest version; asked again when it is too early to send now */
  offer(latest: () => Version | undefined): void {
    const version = latest();
    if (this.#stopped || version === undefined || version.number === this.#sentNumber || this.#client.congested) return;
    const nowMs = this.#clock.monotonicMs();
    if (nowMs < this.#notBeforeMs) {
      this.#timer ??= this.#clock.setTimeout(() => {
        this.#timer = undefined;
        this.offer(latest);
      }, this.#notBeforeMs - nowMs);
      return;
    }
    this.#sentNumber = version.number;
    this.#notBeforeMs = nowMs + this.#periodMs;
    this.#client.send(`{"type":"${version.type}","id":${jsonString(this.#id)},${version.members}}`);
  }

  stop(): void {
    this.#stopped = true;
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer);
  }
}
