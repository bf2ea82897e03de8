import { onTestFinished } from 'vitest';
import { HttpServer, type HttpServerOptions } from '../../../src/server/http/http-server.js';
import { Router } from '../../../src/server/http/router.js';

export interface Served {
  readonly port: number;
  readonly url: string;
  readonly server: HttpServer;
  /** Errors that handlers threw and that were no DruidError. */
  readonly bugs: readonly unknown[];
}

/** Serves the routes on a free loopback port until the test is over. */
export async function serve(
  addRoutes: (router: Router, server: HttpServer) => void,
  options: Partial<HttpServerOptions> = {},
): Promise<Served> {
  const served = await listen(addRoutes, options);
  onTestFinished(() => served.server.close());
  return served;
}

/** As `serve`, but closing is up to the caller. */
export async function listen(
  addRoutes: (router: Router, server: HttpServer) => void,
  options: Partial<HttpServerOptions> = {},
): Promise<Served> {
  const router = new Router();
  const bugs: unknown[] = [];
  const server = new HttpServer({ router, onBug: (error) => bugs.push(error), ...options });
  addRoutes(router, server);
  server.routesAreComplete();
  const port = await server.listen('127.0.0.1', 0);
  return { port, url: `http://127.0.0.1:${port}`, server, bugs };
}
