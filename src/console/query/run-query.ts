import { ApiError } from '../shared/api.js';
import { type Answer, eventsRead, nativeTable } from './outcome.js';

export type Language = 'sql' | 'native';

/** More rows than a person reads; a download has them all. */
export const MOST_ROWS = 10_000;

interface Run {
  readonly language: Language;
  readonly text: string;
  /** Names the query, so that it can be canceled at the server. */
  readonly queryId: string;
  readonly signal: AbortSignal;
}

/** Runs what the reader wrote. @throws ApiError in words for the reader */
export async function runQuery({ language, text, queryId, signal }: Run): Promise<Answer> {
  const startedAt = performance.now();
  const response = await request(
    language,
    language === 'sql' ? sqlBody(text, queryId) : nativeBody(text, queryId),
    signal,
  );
  const body = (await readJson(response)) as readonly unknown[];
  const tookMs = performance.now() - startedAt;
  const read = eventsRead(response.headers.get('x-millrace-state'));
  if (language === 'native') return { ...nativeTable(body), tookMs, eventsRead: read, cut: false };
  const [names = [], , types = [], ...rows] = body as readonly (readonly unknown[])[];
  const columns = names.map((name, i) => ({ name: String(name), type: String(types[i]) }));
  return { columns, rows, tookMs, eventsRead: read, cut: rows.length >= MOST_ROWS };
}

/** Ends the query at the server too. */
export function cancelQuery(language: Language, queryId: string): void {
  const path = language === 'sql' ? '/druid/v2/sql/' : '/druid/v2/';
  // That it ended meanwhile is as good.
  void fetch(`${path}${queryId}`, { method: 'DELETE' }).catch(() => undefined);
}

function sqlBody(text: string, sqlQueryId: string): object {
  return {
    query: text,
    resultFormat: 'array',
    header: true,
    typesHeader: true,
    sqlTypesHeader: true,
    context: { sqlQueryId, sqlOuterLimit: MOST_ROWS },
  };
}

function nativeBody(text: string, queryId: string): object {
  let query: { readonly context?: object };
  try {
    query = JSON.parse(text) as typeof query;
  } catch (error) {
    throw new ApiError(
      text.trim() === '' ? 'The query is empty.' : `The query is not valid JSON. ${(error as Error).message}`,
      400,
    );
  }
  return { ...query, context: { ...query.context, queryId } };
}

async function request(language: Language, body: object, signal: AbortSignal): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(language === 'sql' ? '/druid/v2/sql' : '/druid/v2', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-millrace-state': '1' },
      body: JSON.stringify(body),
      signal,
    });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new ApiError('The server cannot be reached. The query was not answered.', 0);
  }
  if (response.ok) return response;
  const { errorMessage, error } = ((await readJson(response)) ?? {}) as { errorMessage?: string; error?: string };
  throw new ApiError(errorMessage ?? error ?? `The server answered with status ${response.status}.`, response.status);
}

async function readJson(response: Response): Promise<unknown> {
  try {
    return (await response.json()) as unknown;
  } catch (error) {
    if ((error as Error).name === 'AbortError') throw error;
    throw new ApiError('The answer broke off. Run the query again.', 0);
  }
}
