import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import uWS from 'uWebSockets.js';
import { DruidError, invalidInput } from '../../common/druid-error.js';
import { errorResponse } from './errors.js';
import type { HttpRequest, HttpResponse } from './http-message.js';
import { Router } from './router.js';

/** Not in the library's types: refuse a port that another process listens on, instead of sharing it silently. */
const LISTEN_EXCLUSIVE_PORT = 1;
const MAX_BODY_BYTES = 64 * 1024 * 1024;
const unzip = promisify(gunzip);

export interface HttpServerOptions {
  readonly router: Router;
  /** Called for every response, for metrics and the request log. */
  readonly onResponse?: (
    request: { readonly method: string; readonly path: string },
    status: number,
    durationMs: number,
  ) => void;
  /** Called for errors that are bugs. */
  readonly onBug: (error: unknown) => void;
}

/** HTTP over uWebSockets.js. WebSocket routes are added to `app` before `listen`. */
export class HttpServer {
  readonly app = uWS.App();
  readonly #options: HttpServerOptions;
  #socket: uWS.us_listen_socket | undefined;

  constructor(options: HttpServerOptions) {
    this.#options = options;
    this.app.any('/*', (res, req) => this.#serve(res, req));
  }

  /** @throws DruidError when the port is taken */
  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      const listen = this.app.listen.bind(this.app) as unknown as (
        host: string,
        port: number,
        options: number,
        callback: (socket: uWS.us_listen_socket | false) => void,
      ) => void;
      listen(host, port, LISTEN_EXCLUSIVE_PORT, (socket) => {
        if (socket) {
          this.#socket = socket;
          resolve(uWS.us_socket_local_port(socket));
        } else {
          reject(
            new DruidError(
              `Port [${port}] on [${host}] cannot be listened on: it is taken by another process, or not permitted`,
              {
                category: 'CONFLICT',
                persona: 'OPERATOR',
              },
            ),
          );
        }
      });
    });
  }

  /** Stops accepting; open connections end as their responses do. */
  stopListening(): void {
    if (this.#socket) uWS.us_listen_socket_close(this.#socket);
    this.#socket = undefined;
  }

  close(): void {
    this.stopListening();
    // Missing in the library's types: closes all connections.
    (this.app as unknown as { close(): void }).close();
  }

  #serve(res: uWS.HttpResponse, req: uWS.HttpRequest): void {
    const method = req.getMethod().toUpperCase();
    const path = req.getUrl();
    const exchange = new Exchange(res, req, method, path);
    const startedAt = performance.now();
    void this.#answer(exchange).then((status) =>
      this.#options.onResponse?.({ method, path }, status, performance.now() - startedAt),
    );
  }

  async #answer(exchange: Exchange): Promise<number> {
    const { router } = this.#options;
    const match = router.match(exchange.method, exchange.path);
    let response: HttpResponse;
    if (match === undefined) {
      response = { status: router.methodsOf(exchange.path).length > 0 ? 405 : 404 };
    } else {
      try {
        response = await match.handler(exchange.request(match.params));
      } catch (error) {
        if (!(error instanceof DruidError)) this.#options.onBug(error);
        response = errorResponse(error);
      }
    }
    await exchange.send(response, this.#options.onBug);
    return response.status;
  }
}

/** One request and its response on the socket; every access after an abort is guarded, as uWebSockets.js demands. */
class Exchange {
  readonly method: string;
  readonly path: string;
  readonly #res: uWS.HttpResponse;
  readonly #headers = new Map<string, string>();
  readonly #query: string;
  readonly #abort = new AbortController();
  #body: Promise<Uint8Array> | undefined;
  readonly #received: Promise<Uint8Array>;

  constructor(res: uWS.HttpResponse, req: uWS.HttpRequest, method: string, path: string) {
    this.#res = res;
    this.method = method;
    this.path = path;
    this.#query = req.getQuery();
    req.forEach((name, value) => this.#headers.set(name, value));
    res.onAborted(() => this.#abort.abort());
    this.#received = method === 'GET' || method === 'HEAD' ? Promise.resolve(new Uint8Array()) : this.#receive();
    // A handler that never asks for the body must not make its failure an unhandled one.
    this.#received.catch(() => undefined);
  }

  request(params: Readonly<Record<string, string>>): HttpRequest {
    return {
      method: this.method,
      path: this.path,
      query: new URLSearchParams(this.#query),
      header: (name) => this.#headers.get(name),
      param: (name) => params[name] ?? '',
      body: () => (this.#body ??= this.#decoded()),
      signal: this.#abort.signal,
    };
  }

  async send(response: HttpResponse, onBug: (error: unknown) => void): Promise<void> {
    if (this.#abort.signal.aborted) return;
    const { body } = response;
    if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) {
      this.#res.cork(() => {
        this.#writeHead(response);
        if (this.method === 'HEAD') this.#res.endWithoutBody();
        else this.#res.end(body);
      });
      return;
    }
    try {
      await this.#stream(response, body);
    } catch (error) {
      if (!(error instanceof DruidError)) onBug(error);
      if (!this.#abort.signal.aborted) this.#res.close();
    }
  }

  async #stream(response: HttpResponse, body: AsyncIterable<string | Uint8Array>): Promise<void> {
    let started = false;
    for await (const chunk of body) {
      if (this.#abort.signal.aborted) return;
      let drained = true;
      this.#res.cork(() => {
        if (!started) this.#writeHead(response);
        started = true;
        drained = this.#res.write(chunk);
      });
      if (!drained) await this.#writable();
    }
    if (this.#abort.signal.aborted) return;
    this.#res.cork(() => {
      if (!started) this.#writeHead(response);
      this.#res.end();
    });
  }

  #writable(): Promise<void> {
    return new Promise((resolve) => {
      this.#abort.signal.addEventListener('abort', () => resolve(), { once: true });
      this.#res.onWritable(() => {
        resolve();
        return true;
      });
    });
  }

  #writeHead(response: HttpResponse): void {
    this.#res.writeStatus(`${response.status} ${STATUS_TEXT[response.status] ?? 'Status'}`);
    for (const [name, value] of Object.entries(response.headers ?? {})) this.#res.writeHeader(name, value);
  }

  #receive(): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      const chunks: Uint8Array[] = [];
      let size = 0;
      this.#abort.signal.addEventListener('abort', () =>
        reject(new DruidError('Client went away', { category: 'CANCELED' })),
      );
      this.#res.onData((chunk, isLast) => {
        size += chunk.byteLength;
        // The chunk is only valid during this call: copy it.
        if (size <= MAX_BODY_BYTES) chunks.push(new Uint8Array(chunk.slice(0)));
        if (!isLast) return;
        if (size > MAX_BODY_BYTES)
          reject(invalidInput(`Request body of [${size}] bytes exceeds the limit of [${MAX_BODY_BYTES}]`));
        else resolve(chunks.length === 1 ? chunks[0]! : new Uint8Array(Buffer.concat(chunks)));
      });
    });
  }

  async #decoded(): Promise<Uint8Array> {
    const bytes = await this.#received;
    if (this.#headers.get('content-encoding') !== 'gzip') return bytes;
    try {
      return await unzip(bytes, { maxOutputLength: MAX_BODY_BYTES });
    } catch (error) {
      throw new DruidError('Request body is not valid gzip, or too large', { category: 'INVALID_INPUT', cause: error });
    }
  }
}

const STATUS_TEXT: Readonly<Record<number, string>> = {
  200: 'OK',
  202: 'Accepted',
  204: 'No Content',
  304: 'Not Modified',
  307: 'Temporary Redirect',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  409: 'Conflict',
  415: 'Unsupported Media Type',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};
