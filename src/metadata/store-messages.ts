import { DruidError, type DruidErrorOptions } from '../common/druid-error.js';
import type { MetadataStore } from './metadata-store.js';

/** What passes between the thread that uses the embedded store and the thread that is its only writer. */

/** Everything but `onCommit`, whose hints come as messages of their own; a snapshot passes packed. */
export type RemoteMethod = Exclude<keyof MetadataStore, 'onCommit' | 'snapshot'> | 'packedSnapshot';

export interface StoreThreadOptions {
  readonly path: string;
  readonly changeLogEntries: number;
}

export interface StoreCall {
  readonly id: number;
  readonly method: RemoteMethod;
  readonly args: readonly unknown[];
}

export type StoreMessage =
  | { readonly kind: 'result'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly error: SentError }
  | { readonly kind: 'commit'; readonly s: number };

/** An error as structured clone can carry it: a DruidError keeps what makes it one. */
export interface SentError {
  readonly message: string;
  readonly stack: string | undefined;
  readonly druid: Pick<DruidErrorOptions, 'persona' | 'category' | 'errorCode' | 'context'> | undefined;
}

export function sendError(error: unknown): SentError {
  if (!(error instanceof Error)) return { message: String(error), stack: undefined, druid: undefined };
  const { message, stack } = error;
  if (!(error instanceof DruidError)) return { message, stack, druid: undefined };
  const { persona, category, errorCode, context } = error;
  return { message, stack, druid: { persona, category, errorCode, context } };
}

export function receiveError(sent: SentError): Error {
  const error = sent.druid === undefined ? new Error(sent.message) : new DruidError(sent.message, sent.druid);
  if (sent.stack !== undefined) error.stack = sent.stack;
  return error;
}
