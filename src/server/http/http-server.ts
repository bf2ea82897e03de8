import uWS from 'uWebSockets.js';
import { DruidError } from '../../common/druid-error.js';
import { errorResponse } from './errors.js';
import { Exchange } from './exchange.js';
import type { HttpHandler, HttpResponse } from './http-message.js';
import type { Router } from './router.js';

/** Not in the library's types: refuse a port that another process listens on, instead of sharing it silently. */
const LISTEN_EXCLUSIVE_PORT = 1;
const MAX_BODY_BYTES = 64 * 1024 * 1024;

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
  /** Largest body of a request, also when it is unpacked. */
  readonly maxBodyBytes?: number;
}

/** HTTP over uWebSockets.js. WebSocket routes are added to `app` before `listen`. */
export class HttpServer {
  readonly app = uWS.App();
  readonly #options: HttpServerOptions;
  readonly #maxBodyBytes: number;
  #socket: uWS.us_listen_socket | undefined;
  #isComplete = false;

  constructor(options: HttpServerOptions) {
    this.#options = options;
    this.#maxBodyBytes = options.maxBodyBytes ?? MAX_BODY_BYTES;
    this.app.any('/*', (res, req) => this.#serve(new Exchange(res, req, this.#maxBodyBytes)));
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
          return;
        }
        const message = `Port [${port}] on [${host}] cannot be listened on: it is taken by another process, or not permitted`;
        reject(new DruidError(message, { category: 'CONFLICT', persona: 'OPERATOR' }));
      });
    });
  }

  /** All routes were added: from now on a path without one is 404, not 503. */
  routesAreComplete(): void {
    this.#isComplete = true;
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

  #serve(exchange: Exchange): void {
    const { onBug, onResponse } = this.#options;
    const startedAt = onResponse === undefined ? 0 : performance.now();
    this.#answer(exchange)
      .then((status) => onResponse?.(exchange, status, performance.now() - startedAt))
      .catch(onBug);
  }

  /** Up to its first `await` in the turn of the request, as the body demands. */
  async #answer(exchange: Exchange): Promise<number> {
    const { router, onBug } = this.#options;
    const match = router.match(exchange.method, exchange.path);
    if (match === undefined) return exchange.send(this.#unmatched(exchange.method, exchange.path), onBug);
    if (!exchange.isTrusted) return exchange.send({ status: 403 }, onBug);
    exchange.accept(match.params);
    const response: HttpResponse = exchange.isReadable ? await this.#handled(match.handler, exchange) : { status: 415 };
    if (response.bug !== undefined) onBug(response.bug);
    return exchange.send(response, onBug);
  }

  #unmatched(method: string, path: string): HttpResponse {
    // As Druid, which refuses OPTIONS before it looks at the path.
    if (method === 'OPTIONS') return { status: 405 };
    const methods = this.#options.router.methodsOf(path);
    if (methods.length === 0) return this.#isComplete ? { status: 404 } : errorResponse(starting());
    return { status: 405, headers: { allow: [...methods, 'OPTIONS'].join(',') } };
  }

  async #handled(handler: HttpHandler, exchange: Exchange): Promise<HttpResponse> {
    try {
      return await handler(exchange);
    } catch (error) {
      return errorResponse(error);
    }
  }
}

function starting(): DruidError {
  return new DruidError('This process is starting and does not know this path yet', {
    category: 'SERVICE_UNAVAILABLE',
    persona: 'OPERATOR',
  });
}
