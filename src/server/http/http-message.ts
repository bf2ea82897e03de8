/** The headers that routes may look at; only these are taken off the socket. */
export type RequestHeader =
  | 'accept'
  | 'content-type'
  | 'content-encoding'
  | 'if-none-match'
  | 'last-event-id'
  | 'x-millrace-state'
  | 'x-druid-author'
  | 'x-druid-comment';

/** A request as routes see it; independent of the socket library. */
export interface HttpRequest {
  /** Upper case. */
  readonly method: string;
  /** As sent, without the query string. */
  readonly path: string;
  readonly query: URLSearchParams;
  header(name: RequestHeader): string | undefined;
  /** Decoded path parameter (`:name` in the route). */
  param(name: string): string;
  /** The whole body, decompressed when `Content-Encoding` is gzip or deflate. @throws DruidError INVALID_INPUT over the size limit, CANCELED when the client goes away */
  body(): Promise<Uint8Array>;
  /** Aborts when the client goes away before the response is complete. */
  readonly signal: AbortSignal;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A stream is written with backpressure; an error in it cuts the connection, so that nobody takes it for whole. */
  readonly body?: string | Uint8Array | AsyncIterable<string | Uint8Array>;
  /** The fault in this program that the response tells of; the server reports it. */
  readonly bug?: unknown;
}

export type HttpHandler = (request: HttpRequest) => Promise<HttpResponse> | HttpResponse;

export function json(value: unknown, status = 200): HttpResponse {
  return { status, headers: JSON_HEADERS, body: JSON.stringify(value) };
}

export function text(body: string, status = 200): HttpResponse {
  return { status, headers: TEXT_HEADERS, body };
}

const JSON_HEADERS = { 'content-type': 'application/json' };
const TEXT_HEADERS = { 'content-type': 'text/plain' };
