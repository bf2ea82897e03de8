/** Who changed a config and why, and how much of its history is asked for. */
import type { HttpRequest } from '../http-message.js';
import { integerParameter } from '../parameters.js';

export const MAX_HISTORY = 10_000;

export function countOf(request: HttpRequest): number {
  return integerParameter(request, 'count', { min: 1, max: MAX_HISTORY, fallback: MAX_HISTORY });
}

export function auditOf(request: HttpRequest): { readonly author: string; readonly comment: string } {
  return { author: request.header('x-druid-author') ?? '', comment: request.header('x-druid-comment') ?? '' };
}
