/** A request that did not succeed, in words for the reader. */
export class ApiError extends Error {
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

interface Request {
  readonly method?: string;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/** The JSON that the server answers. @throws ApiError */
export async function api<T>(path: string, request: Request = {}): Promise<T> {
  const text = await (await send(path, request)).text();
  try {
    return (text === '' ? undefined : JSON.parse(text)) as T;
  } catch {
    throw new ApiError(`The answer of ${path} broke off. Try again.`, 0);
  }
}

/** The answer as it is, if it is a good one. A body that is text is sent as it is, all else as JSON. @throws ApiError */
export async function send(path: string, { method, body, signal }: Request = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      ...(body !== undefined && {
        headers: { 'content-type': 'application/json' },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
      ...(signal !== undefined && { signal }),
    });
  } catch (error) {
    if ((error as Error).name === 'AbortError') throw error;
    throw new ApiError('The server cannot be reached. Is it running? This page goes on by itself when it is back.', 0);
  }
  if (!response.ok) throw new ApiError(errorText(await response.text(), path, response.status), response.status);
  return response;
}

/** Rows of a statement as objects. @throws ApiError */
export function sql<Row>(query: string, signal?: AbortSignal): Promise<readonly Row[]> {
  return api('/druid/v2/sql', { body: { query }, ...(signal !== undefined && { signal }) });
}

/** Druid's error bodies keep their text in different fields; some routes answer in plain text. */
function errorText(text: string, path: string, status: number): string {
  try {
    const { errorMessage, error } = JSON.parse(text) as { errorMessage?: string | null; error?: string };
    if (errorMessage ?? error) return (errorMessage ?? error)!;
  } catch {
    if (text.length > 0 && text.length < 2000) return text;
  }
  return `${path} answered with status ${status}.`;
}
