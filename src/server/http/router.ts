import type { HttpHandler } from './http-message.js';

interface Route {
  readonly parts: readonly string[];
  readonly handler: HttpHandler;
}

export interface RouteMatch {
  readonly handler: HttpHandler;
  readonly params: Readonly<Record<string, string>>;
}

/** Druid's router hands on what follows to the service named; here one port answers for all. */
const PROXIES = ['/proxy/coordinator/', '/proxy/overlord/'];

const NO_PARAMS: Readonly<Record<string, string>> = {};

/**
 * Routes by method and path; `:name` takes one path segment, a trailing `*` the rest. A route without these wins over one with them,
 * then an earlier one over a later one. GET routes answer HEAD too, and every path is there behind the prefixes of a proxy.
 */
export class Router {
  readonly #fixed = new Map<string, Map<string, RouteMatch>>();
  readonly #patterns = new Map<string, Route[]>();

  add(method: string, path: string, handler: HttpHandler): void {
    if (!path.includes('/:') && !path.endsWith('*')) {
      const fixed = this.#fixed.get(method) ?? new Map<string, RouteMatch>();
      if (!fixed.has(path)) fixed.set(path, { handler, params: NO_PARAMS });
      this.#fixed.set(method, fixed);
      return;
    }
    const patterns = this.#patterns.get(method) ?? [];
    patterns.push({ parts: split(path), handler });
    this.#patterns.set(method, patterns);
  }

  match(method: string, path: string): RouteMatch | undefined {
    if (method === 'HEAD') return this.match('GET', path);
    const proxy = PROXIES.find((prefix) => path.startsWith(prefix));
    if (proxy !== undefined) return this.match(method, path.slice(proxy.length - 1));
    const fixed = this.#fixed.get(method)?.get(path);
    if (fixed !== undefined) return fixed;
    const parts = split(path);
    for (const route of this.#patterns.get(method) ?? []) {
      const params = matchParts(route.parts, parts);
      if (params !== undefined) return { handler: route.handler, params };
    }
    return undefined;
  }

  /** Methods that some route accepts on this path, for 405. */
  methodsOf(path: string): string[] {
    const methods = new Set([...this.#fixed.keys(), ...this.#patterns.keys()]);
    const found = [...methods].filter((method) => this.match(method, path) !== undefined);
    return found.includes('GET') ? [...found, 'HEAD'] : found;
  }
}

function split(path: string): string[] {
  return path.split('/').slice(1);
}

function matchParts(pattern: readonly string[], parts: readonly string[]): Record<string, string> | undefined {
  const params: Record<string, string> = {};
  for (let i = 0; i < pattern.length; i++) {
    const want = pattern[i]!;
    if (want === '*') {
      params['*'] = parts.slice(i).join('/');
      return params;
    }
    const got = parts[i];
    if (got === undefined) return undefined;
    if (!want.startsWith(':')) {
      if (want !== got) return undefined;
      continue;
    }
    if (got === '') return undefined;
    try {
      params[want.slice(1)] = decodeURIComponent(got);
    } catch {
      return undefined;
    }
  }
  return parts.length === pattern.length ? params : undefined;
}
