import { DruidError } from '../../common/druid-error.js';
import type { HttpResponse } from './http-message.js';

/** Turns what a handler threw into Druid's status and body. Anything that is not a DruidError is a bug: 500. */
export function errorResponse(error: unknown, headers: Readonly<Record<string, string>> = {}): HttpResponse {
  const druid = asDruidError(error);
  return {
    status: druid.status,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(errorBody(druid)),
    ...(druid !== error && { bug: error }),
  };
}

export function asDruidError(error: unknown): DruidError {
  if (error instanceof DruidError) return error;
  return new DruidError(error instanceof Error ? error.message : String(error), {
    category: 'DEFENSIVE',
    persona: 'DEVELOPER',
    cause: error,
  });
}

/**
 * Druid's two envelopes: the DruidException object, and the legacy one with `errorClass` and `host`; an error of body parsing
 * is the legacy one without codes.
 * @source Druid `error/ErrorResponse.java`
 */
export function errorBody(error: DruidError): Record<string, unknown> {
  const { legacy } = error;
  if (legacy === undefined) {
    return {
      error: 'druidException',
      errorCode: error.errorCode,
      persona: error.persona,
      category: error.category,
      errorMessage: error.message,
      context: error.context,
    };
  }
  const host = legacy.host ?? null;
  if (error.errorCode !== 'legacyQueryException') {
    return { error: legacy.error, errorMessage: error.message, errorClass: legacy.errorClass, host };
  }
  return {
    error: legacy.error,
    errorClass: legacy.errorClass,
    host,
    errorCode: error.errorCode,
    persona: error.persona,
    category: error.category,
    errorMessage: error.message,
    context: { host, errorClass: legacy.errorClass, legacyErrorCode: legacy.error },
  };
}
