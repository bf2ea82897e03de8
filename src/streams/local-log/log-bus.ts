import { BroadcastChannel } from 'node:worker_threads';
import type { LogMeta } from './log-files.js';
import type { StreamBounds } from '../stream-source.js';

/** What the writer and the readers of the logs in one directory say to each other, across the threads of one process. */
export type LogMessage =
  /** A reader asks for the state of a log; the service opens or creates it. */
  | { readonly kind: 'ask'; readonly stream: string }
  | {
      readonly kind: 'state';
      readonly stream: string;
      readonly meta: LogMeta;
      readonly bounds: readonly StreamBounds[];
    }
  /** New records are durable, or old ones gone. */
  | { readonly kind: 'changed'; readonly stream: string; readonly partition: number; readonly bounds: StreamBounds }
  | { readonly kind: 'failed'; readonly stream: string; readonly message: string };

/** The channel of one log directory; it keeps no process alive. */
export class LogBus {
  readonly #channel: BroadcastChannel;

  constructor(directory: string, onMessage: (message: LogMessage) => void) {
    this.#channel = new BroadcastChannel(`millrace-local-log:${directory}`);
    this.#channel.onmessage = (event) => onMessage((event as { readonly data: LogMessage }).data);
    this.#channel.unref();
  }

  send(message: LogMessage): void {
    this.#channel.postMessage(message);
  }

  close(): void {
    this.#channel.close();
  }
}
