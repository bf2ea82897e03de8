import { DruidError, invalidInput } from '../common/druid-error.js';

/** Redirects of one request; each must be allowed too. */
const MAX_REDIRECTS = 5;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

export interface HttpRequestOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Requests that a spec may cause the server to make: only to addresses that its operator allowed. An entry of the list is a URL that is the
 * beginning of what may be read (`https://example.org/data/`), or `*`.
 */
export class HttpAccess {
  readonly #allowed: readonly (URL | '*')[];

  constructor(allowed: readonly string[]) {
    this.#allowed = allowed.map((entry) => (entry === '*' ? entry : new URL(entry)));
  }

  /** @throws DruidError FORBIDDEN for an address that is not allowed, INVALID_INPUT for none of http */
  check(address: string): URL {
    let url: URL;
    try {
      url = new URL(address);
    } catch {
      throw invalidInput(`Address [${address}] is not a URL`);
    }
    if (url.protocol !== 'http:' && url.protocol !== 'https:')
      throw invalidInput(`Only [http, https] protocols are allowed, not [${url.protocol.slice(0, -1)}]`);
    if (this.#allowed.some((entry) => entry === '*' || isBelow(url, entry))) return url;
    throw new DruidError(`Address [${url.origin}${url.pathname}] is not allowed: see the option --allow-http`, {
      category: 'FORBIDDEN',
    });
  }

  /** @throws DruidError as `check`; what fetch throws when the server cannot be reached */
  async get(address: string, { headers = {}, signal }: HttpRequestOptions = {}): Promise<Response> {
    let url = this.check(address);
    let sent = headers;
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      const response = await fetch(url, { headers: sent, redirect: 'manual', ...(signal && { signal }) });
      const location = response.headers.get('location');
      if (!REDIRECTS.has(response.status) || location === null) return response;
      await response.body?.cancel();
      const next = this.check(new URL(location, url).href);
      // Credentials are for the server that they were given for.
      if (next.origin !== url.origin) sent = {};
      url = next;
    }
    throw new DruidError(`Address [${address}] redirects more than [${MAX_REDIRECTS}] times`, {
      category: 'RUNTIME_FAILURE',
    });
  }
}

function isBelow(url: URL, entry: URL): boolean {
  if (url.protocol !== entry.protocol || url.host !== entry.host) return false;
  const path = entry.pathname;
  return url.pathname === path || url.pathname.startsWith(path.endsWith('/') ? path : `${path}/`);
}
