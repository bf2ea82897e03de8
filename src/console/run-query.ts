export type QueryOutcome =
  | { readonly kind: 'answer'; readonly result: unknown; readonly tookMs: number; readonly state: string }
  | { readonly kind: 'error'; readonly message: string };

/** Runs a native query given as text. Whatever goes wrong is said in words for the person who wrote it. */
export async function runQuery(text: string): Promise<QueryOutcome> {
  try {
    JSON.parse(text);
  } catch (error) {
    return failed(
      text.trim() === '' ? 'The query is empty.' : `The query is not valid JSON. ${(error as Error).message}`,
    );
  }
  const startedAt = performance.now();
  let response: Response;
  let body: string;
  try {
    response = await fetch('/druid/v2', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-millrace-state': '1' },
      body: text,
    });
    body = await response.text();
  } catch {
    return failed('The server cannot be reached. The query was not answered.');
  }
  const tookMs = performance.now() - startedAt;
  const answer = parsed(body);
  if (!response.ok) return failed(errorText(answer) ?? `The server answered with status ${response.status}.`);
  if (answer === undefined) return failed('The answer broke off. Run the query again.');
  return { kind: 'answer', result: answer, tookMs, state: stateText(response.headers.get('x-millrace-state')) };
}

function failed(message: string): QueryOutcome {
  return { kind: 'error', message };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Druid's two error bodies keep their text in different fields. */
function errorText(answer: unknown): string | undefined {
  const { errorMessage, error } = (answer ?? {}) as { errorMessage?: string | null; error?: string };
  return errorMessage ?? error;
}

/** How many events of each stream the answer is exact at. */
function stateText(header: string | null): string {
  const state = parsed(header ?? '') as
    | { readonly offsets?: Readonly<Record<string, { readonly partitions: Readonly<Record<string, number>> }>> }
    | undefined;
  const partitions = Object.values(state?.offsets ?? {}).flatMap((stream) => Object.values(stream.partitions));
  if (partitions.length === 0) return '';
  const read = partitions.reduce((sum, offset) => sum + offset, 0);
  return `exact at ${read.toLocaleString('en-US')} events read`;
}
