import type { LiveClient } from '../../live/live-client.js';
import type { Clock } from '../../platform/clock.js';

/** Proxies drop connections that say nothing for long, and so does the own HTTP server after ten seconds. */
const KEEP_ALIVE_MS = 5000;

/** A viewer by server-sent events: takes one message after another, and is congested while one waits to be taken. */
export class EventStream implements LiveClient {
  readonly #clock: Clock;
  readonly #messages: string[] = [];
  #isClosed = false;
  #wake: () => void = () => {};

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get congested(): boolean {
    return this.#isClosed || this.#messages.length > 0;
  }

  send(message: string): void {
    this.#messages.push(message);
    this.#wake();
  }

  close(): void {
    this.#isClosed = true;
    this.#wake();
  }

  /** The text of events, until the stream is closed. @param taken called when the client can take the next message */
  async *events(taken: () => void): AsyncGenerator<string> {
    while (!this.#isClosed) {
      const message = this.#messages.shift();
      if (message === undefined) {
        if (!(await this.#woken())) yield ': still here\n\n';
        continue;
      }
      yield eventText(message);
      taken();
    }
  }

  /** False when nothing came for long. */
  #woken(): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = this.#clock.setTimeout(() => resolve(false), KEEP_ALIVE_MS);
      this.#wake = () => {
        this.#clock.clearTimeout(timer);
        resolve(true);
      };
    });
  }
}

/** The event's id is the message's cursor, which a browser sends back as `Last-Event-ID`. */
function eventText(message: string): string {
  const cursor = /"cursor":"([^"]*)","state"/.exec(message)?.[1];
  return `${cursor === undefined ? '' : `id: ${cursor}\n`}data: ${message}\n\n`;
}
