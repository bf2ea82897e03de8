import { useMemo, useSyncExternalStore } from 'react';

/** Where the reader is: `#/explore?source=wikipedia` is page `explore` with one parameter. */
export interface Route {
  readonly page: string;
  readonly params: URLSearchParams;
}

export function useRoute(): Route {
  const hash = useSyncExternalStore(subscribe, () => location.hash);
  return useMemo(() => routeOf(hash), [hash]);
}

/** The page opens; what it shows goes into the address. */
export function navigate(page: string, params: Readonly<Record<string, string>> = {}): void {
  location.hash = hashOf(page, params);
}

/** The same page with other parameters, without a new step in the browser's history. */
export function replaceParams(page: string, params: Readonly<Record<string, string>>): void {
  history.replaceState(null, '', hashOf(page, params));
  window.dispatchEvent(new HashChangeEvent('hashchange'));
}

export function hashOf(page: string, params: Readonly<Record<string, string>> = {}): string {
  const query = new URLSearchParams(params).toString();
  return `#/${page}${query === '' ? '' : `?${query}`}`;
}

function routeOf(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?');
  return { page: path === '' ? 'home' : path, params: new URLSearchParams(query) };
}

function subscribe(listener: () => void): () => void {
  window.addEventListener('hashchange', listener);
  return () => window.removeEventListener('hashchange', listener);
}
