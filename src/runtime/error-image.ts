import { DruidError } from '../common/druid-error.js';
import type { ErrorImage } from './engine-messages.js';

export function toImage(error: unknown): ErrorImage {
  if (error instanceof DruidError) {
    const { message, stack, persona, category, errorCode, context, legacy } = error;
    return { message, stack, options: { persona, category, errorCode, context, ...(legacy && { legacy }) } };
  }
  if (error instanceof Error) return { message: error.message, stack: error.stack, options: undefined };
  return { message: String(error), stack: undefined, options: undefined };
}

/** The error on this side; one that was not meant for people becomes a RUNTIME_FAILURE with its text. */
export function fromImage({ message, stack, options }: ErrorImage): DruidError {
  const error = new DruidError(message, options ?? { category: 'RUNTIME_FAILURE', persona: 'OPERATOR' });
  if (stack !== undefined) error.stack = stack;
  return error;
}
