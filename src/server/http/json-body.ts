import { DruidError } from '../../common/druid-error.js';
import { assertJsonDepth } from '../../common/json-read.js';
import { type HttpHandler, type HttpRequest, type HttpResponse, json } from './http-message.js';

/** True when the request says that its body is JSON; else the answer is 415. */
export function isJsonRequest(request: HttpRequest): boolean {
  const type = request.header('content-type');
  if (type === 'application/json') return true;
  return type?.split(';', 1)[0]!.trim().toLowerCase() === 'application/json';
}

/**
 * A handler of a management endpoint that takes a JSON body, with Druid's answers: 415 for another type, 500 for text that is not
 * JSON (Druid's Jersey does that), `{"error": …}` for content that is wrong.
 * @source Druid `OverlordResource.java`, `SupervisorResource.java`
 */
export function jsonHandler(
  handle: (body: unknown, request: HttpRequest) => Promise<HttpResponse> | HttpResponse,
): HttpHandler {
  return async (request) => {
    if (!isJsonRequest(request)) return { status: 415 };
    const text = new TextDecoder().decode(await request.body());
    let body: unknown;
    try {
      body = JSON.parse(text);
    } catch (error) {
      return json({ error: `Request body is not JSON: ${(error as SyntaxError).message}` }, 500);
    }
    return plainErrors(() => {
      assertJsonDepth(body);
      return handle(body, request);
    });
  };
}

/** Errors that are for the user as `{"error": message}` with their status; bugs pass on. */
export async function plainErrors(run: () => Promise<HttpResponse> | HttpResponse): Promise<HttpResponse> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof DruidError)) throw error;
    return json({ error: error.message }, error.status);
  }
}
