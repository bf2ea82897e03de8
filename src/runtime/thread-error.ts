import { DruidError, type DruidErrorOptions } from '../common/druid-error.js';

/** An error on its way to another thread: structured clone would lose its class and fields. */
export interface ThreadError {
  readonly message: string;
  readonly stack: string | undefined;
  /** null when it was no DruidError. */
  readonly druid: Omit<DruidErrorOptions, 'cause'> | null;
}

export function packError(error: unknown): ThreadError {
  if (!(error instanceof Error)) return { message: String(error), stack: undefined, druid: null };
  const { message, stack } = error;
  if (!(error instanceof DruidError)) return { message, stack, druid: null };
  const { persona, category, errorCode, context, legacy } = error;
  return { message, stack, druid: { persona, category, errorCode, context, ...(legacy && { legacy }) } };
}

/** The error as it was in its thread; what was no DruidError becomes one of category RUNTIME_FAILURE. */
export function unpackError({ message, stack, druid }: ThreadError): DruidError {
  const error = new DruidError(message, druid ?? { category: 'RUNTIME_FAILURE', persona: 'OPERATOR' });
  if (stack !== undefined) error.stack = stack;
  return error;
}
