import { setImmediate as nextTurn } from 'node:timers/promises';
import type uWS from 'uWebSockets.js';
import { DruidError } from '../../common/druid-error.js';
import { errorResponse } from './errors.js';
import type { HttpRequest, HttpResponse, RequestHeader } from './http-message.js';
import { isTrustedOrigin } from '../trusted-origin.js';
import { isBodyEncoding, RequestBody, unpackBody } from './request-body.js';
import { packed } from './response-encoding.js';

const EMPTY = new Uint8Array(0);
/** Would end a header and begin another, or a body. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not get into a header
const CONTROL = /[\u0000-\u001f\u007f]/g;

/**
 * One request and its response on the socket. uWebSockets.js throws on any access after an abort, and its request object is valid only
 * in the turn in which it came: both are kept here.
 */
export class Exchange implements HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly #res: uWS.HttpResponse;
  readonly #queryText: string;
  readonly #contentType: string;
  readonly #contentEncoding: string;
  readonly #contentLength: string;
  readonly #stateHeader: string;
  readonly #author: string;
  readonly #comment: string;
  readonly #accept: string;
  readonly #acceptEncoding: string;
  readonly #ifNoneMatch: string;
  readonly #lastEventId: string;
  /** False when a page of another site made a browser send this. */
  readonly isTrusted: boolean;
  readonly #maxBodyBytes: number;
  #params: Readonly<Record<string, string>> = {};
  #query: URLSearchParams | undefined;
  #received: RequestBody | undefined;
  #body: Promise<Uint8Array> | undefined;
  #isAborted = false;
  #abort: AbortController | undefined;
  /** Goes on with a stream: the socket can take more, or is gone. */
  #wake: (() => void) | undefined;

  constructor(res: uWS.HttpResponse, req: uWS.HttpRequest, maxBodyBytes: number) {
    this.#res = res;
    this.#maxBodyBytes = maxBodyBytes;
    this.method = req.getMethod().toUpperCase();
    this.path = req.getUrl();
    this.#queryText = req.getQuery();
    this.#contentType = req.getHeader('content-type');
    this.#contentEncoding = req.getHeader('content-encoding').toLowerCase();
    this.#contentLength = req.getHeader('content-length');
    this.#stateHeader = req.getHeader('x-millrace-state');
    this.#author = req.getHeader('x-druid-author');
    this.#comment = req.getHeader('x-druid-comment');
    this.#accept = req.getHeader('accept');
    this.#acceptEncoding = req.getHeader('accept-encoding');
    this.#ifNoneMatch = req.getHeader('if-none-match');
    this.#lastEventId = req.getHeader('last-event-id');
    this.isTrusted =
      this.method === 'GET' ||
      this.method === 'HEAD' ||
      isTrustedOrigin(req.getHeader('origin'), req.getHeader('host'));
    res.onAborted(() => this.#onAborted());
  }

  /** Takes the request for a handler: from now on its body is received. Must be called in the turn in which it came. */
  accept(params: Readonly<Record<string, string>>): void {
    this.#params = params;
    if (this.method === 'GET' || this.method === 'HEAD') return;
    this.#received = new RequestBody(this.#res, this.#contentLength, this.#maxBodyBytes);
  }

  /** False for a body in an encoding that is not understood. */
  get isReadable(): boolean {
    return isBodyEncoding(this.#contentEncoding);
  }

  get query(): URLSearchParams {
    return (this.#query ??= new URLSearchParams(this.#queryText));
  }

  header(name: RequestHeader): string | undefined {
    switch (name) {
      case 'content-type':
        return this.#contentType || undefined;
      case 'content-encoding':
        return this.#contentEncoding || undefined;
      case 'x-druid-author':
        return this.#author || undefined;
      case 'x-druid-comment':
        return this.#comment || undefined;
      case 'x-millrace-state':
        return this.#stateHeader || undefined;
      case 'accept':
        return this.#accept || undefined;
      case 'if-none-match':
        return this.#ifNoneMatch || undefined;
      case 'last-event-id':
        return this.#lastEventId || undefined;
    }
  }

  param(name: string): string {
    return this.#params[name] ?? '';
  }

  body(): Promise<Uint8Array> {
    return (this.#body ??= this.#readBody());
  }

  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.#isAborted) this.#abort.abort();
    return this.#abort.signal;
  }

  /** Writes the response. @returns the status sent, which is not the response's when a stream fails at its start */
  async send(answer: HttpResponse, onBug: (error: unknown) => void): Promise<number> {
    const response = this.method === 'HEAD' ? answer : await packed(answer, this.#acceptEncoding);
    const { body } = response;
    if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) {
      this.#sendWhole(response, body);
      return response.status;
    }
    if (this.#isAborted || this.method === 'HEAD') {
      await discard(body);
      this.#sendWhole(response, undefined);
      return response.status;
    }
    return this.#sendStream(response, body, onBug);
  }

  #sendWhole(response: HttpResponse, body: string | Uint8Array | undefined): void {
    if (this.#isAborted) return;
    this.#res.cork(() => {
      this.#writeHead(response);
      if (this.method === 'HEAD') this.#res.endWithoutBody(body === undefined ? 0 : Buffer.byteLength(body));
      else if (response.status === 204 || response.status === 304) this.#res.endWithoutBody();
      else if (body === undefined) this.#res.end();
      else this.#res.end(body);
    });
  }

  async #sendStream(
    response: HttpResponse,
    body: AsyncIterable<string | Uint8Array>,
    onBug: (error: unknown) => void,
  ): Promise<number> {
    let started = false;
    try {
      for await (const chunk of body) {
        if (this.#isAborted) return response.status;
        const drained = this.#writeChunk(started ? undefined : response, chunk);
        started = true;
        // Other work goes on between chunks, and an abort is noticed, also when all of the stream is ready.
        await (drained ? nextTurn() : this.#writable());
      }
    } catch (error) {
      if (!(error instanceof DruidError)) onBug(error);
      if (this.#isAborted) return response.status;
      if (started) {
        this.#res.close();
        return response.status;
      }
      const failure = errorResponse(error);
      this.#sendWhole(failure, failure.body as string);
      return failure.status;
    }
    if (!this.#isAborted) {
      this.#res.cork(() => {
        if (!started) this.#writeHead(response);
        this.#res.end();
      });
    }
    return response.status;
  }

  /** @param head written before the chunk @returns false when the socket holds what it could not send */
  #writeChunk(head: HttpResponse | undefined, chunk: string | Uint8Array): boolean {
    let drained = true;
    if (head !== undefined) {
      this.#res.onWritable(() => {
        this.#wake?.();
        return true;
      });
    }
    this.#res.cork(() => {
      if (head !== undefined) this.#writeHead(head);
      // A chunk without bytes would end the response.
      if (chunk.length > 0) drained = this.#res.write(chunk);
    });
    return drained;
  }

  #writable(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #writeHead(response: HttpResponse): void {
    this.#res.writeStatus(STATUS_LINES[response.status] ?? `${response.status} Status`);
    const { headers } = response;
    for (const name in headers) this.#res.writeHeader(name, headers[name]!.replace(CONTROL, ' '));
  }

  #onAborted(): void {
    this.#isAborted = true;
    this.#received?.abort();
    this.#abort?.abort();
    this.#wake?.();
  }

  async #readBody(): Promise<Uint8Array> {
    if (this.#received === undefined) return EMPTY;
    const bytes = await this.#received.bytes();
    return unpackBody(bytes, this.#contentEncoding, this.#maxBodyBytes);
  }
}

/** Lets a stream that nobody reads clean up: one that was never begun would not. */
async function discard(body: AsyncIterable<unknown>): Promise<void> {
  try {
    for await (const _ of body) return;
  } catch {
    // What it would have said, nobody waits for.
  }
}

const STATUS_LINES: Readonly<Record<number, string>> = {
  200: '200 OK',
  202: '202 Accepted',
  204: '204 No Content',
  304: '304 Not Modified',
  307: '307 Temporary Redirect',
  400: '400 Bad Request',
  401: '401 Unauthorized',
  403: '403 Forbidden',
  404: '404 Not Found',
  405: '405 Method Not Allowed',
  406: '406 Not Acceptable',
  409: '409 Conflict',
  415: '415 Unsupported Media Type',
  429: '429 Too Many Requests',
  500: '500 Internal Server Error',
  501: '501 Not Implemented',
  503: '503 Service Unavailable',
  504: '504 Gateway Timeout',
};
