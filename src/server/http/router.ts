import type { HttpHandler } from './http-message.js';

interface Route {
  readonly parts: readonly string[];
  readonly handler: HttpHandler;
}

export interface RouteMatch {
  readonly handler: HttpHandler;
  readonly params: Readonly<Record<string, string>>;
}

/** Routes by method and path; `:name` takes one path segment, a trailing `*` the rest. Earlier routes win. */
export class Router {
  readonly #routes = new Map<string, Route[]>();

  add(method: string, path: string, handler: HttpHandler): void {
    const routes = this.#routes.get(method) ?? [];
    routes.push({ parts: split(path), handler });
    this.#routes.set(method, routes);
  }

  match(method: string, path: string): RouteMatch | undefined {
    const parts = split(path);
    for (const route of this.#routes.get(method) ?? []) {
      const params = matchParts(route.parts, parts);
      if (params !== undefined) return { handler: route.handler, params };
    }
    return undefined;
  }

  /** Methods that some route accepts on this path, for 405. */
  methodsOf(path: string): string[] {
    return [...this.#routes.keys()].filter((method) => this.match(method, path) !== undefined);
  }
}

function split(path: string): string[] {
  return path.split('/').slice(1);
}

function matchParts(pattern: readonly string[], parts: readonly string[]): Record<string, string> | undefined {
  const params: Record<string, string> = {};
  for (const [i, want] of pattern.entries()) {
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
