import { DruidError } from '../../common/druid-error.js';
import { UNKNOWN_ID } from '../../coordination/overlord/overlord-error.js';
import { type HttpResponse, text } from './http-message.js';
import { plainErrors } from './json-body.js';

/** The overlord's errors as Druid answers them: an unknown id in plain text, everything else as `{"error": message}`. */
export function overlordErrors(run: () => Promise<HttpResponse> | HttpResponse): Promise<HttpResponse> {
  return plainErrors(async () => {
    try {
      return await run();
    } catch (error) {
      if (error instanceof DruidError && error.errorCode === UNKNOWN_ID) return text(error.message, error.status);
      throw error;
    }
  });
}
