import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import type { HttpResponse } from '../http-message.js';
import type { Router } from '../router.js';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
};
/** Everything comes from the own origin; the page never loads or sends anything elsewhere. The editor makes styles of its own. */
const SECURITY_HEADERS = {
  'content-security-policy':
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self' ws: wss:; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
};
/** The name of a built file has a hash of what is in it; the page has not. */
const CACHE_CONTROL = { page: 'no-cache', built: 'public, max-age=31536000, immutable' };

/** The build puts the page beside the bundle. Run from sources there is no page: browsers do not read TypeScript. */
const FOLDER = new URL('./console/', import.meta.url);

/** The page at `/` and its files. */
export function addConsoleRoutes(router: Router): void {
  router.add('GET', '/', () => file('index.html'));
  router.add('GET', '/unified-console.html', () => ({ status: 307, headers: { location: '/' } }));
  router.add('GET', '/console/:name', (request) => file(request.param('name')));
}

async function file(name: string): Promise<HttpResponse> {
  const type = TYPES[extname(name)];
  // Plain names only: no path leads out of the folder.
  if (type === undefined || !/^[\w.-]+$/.test(name)) return { status: 404 };
  try {
    const cacheControl = name === 'index.html' ? CACHE_CONTROL.page : CACHE_CONTROL.built;
    const body = await readFile(new URL(name, FOLDER));
    return { status: 200, headers: { 'content-type': type, 'cache-control': cacheControl, ...SECURITY_HEADERS }, body };
  } catch {
    return { status: 404 };
  }
}
