/** A request as routes see it; independent of the socket library. */
export interface HttpRequest {
  readonly method: string;
  /** Decoded path without the query string. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Lower-case name. */
  header(name: string): string | undefined;
  /** Decoded path parameter (`:name` in the route). */
  param(name: string): string;
  /** The whole body, decompressed when `Content-Encoding: gzip`. @throws DruidError INVALID_INPUT over the size limit */
  body(): Promise<Uint8Array>;
  /** Aborts when the client goes away before the response is complete. */
  readonly signal: AbortSignal;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A stream is written with backpressure; an error in it cuts the connection, so that nobody takes it for whole. */
  readonly body?: string | Uint8Array | AsyncIterable<string | Uint8Array>;
}

export type HttpHandler = (request: HttpRequest) => Promise<HttpResponse> | HttpResponse;

export function json(value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): HttpResponse {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(value) };
}

export function text(body: string, status = 200): HttpResponse {
  return { status, headers: { 'content-type': 'text/plain' }, body };
}
