import { expect, test } from 'vitest';
import type { HttpHandler } from '../../../../src/server/http/http-message.js';
import { Router } from '../../../../src/server/http/router.js';

/** A router whose handlers are recognised by the path that they were added for. */
function routerOf(...routes: readonly string[]): (method: string, path: string) => unknown {
  const router = new Router();
  const names = new Map<HttpHandler, string>();
  for (const route of routes) {
    const [method, path] = route.split(' ') as [string, string];
    const handler: HttpHandler = () => ({ status: 200 });
    names.set(handler, path);
    router.add(method, path, handler);
  }
  return (method, path) => {
    const match = router.match(method, path);
    return match && { route: names.get(match.handler), params: match.params };
  };
}

test('parameters are decoded path segments, never empty', () => {
  const match = routerOf('GET /ds/:name/segments');
  expect(match('GET', '/ds/a%2Fb%20%C3%A9/segments')).toEqual({
    route: '/ds/:name/segments',
    params: { name: 'a/b é' },
  });
  expect(match('GET', '/ds//segments')).toBeUndefined();
  expect(match('GET', '/ds/a/segments/')).toBeUndefined();
  expect(match('GET', '/ds/a')).toBeUndefined();
});

test('a path is the same behind the prefixes of the proxy, and only behind these', () => {
  const match = routerOf('GET /druid/x/:id');
  expect(match('GET', '/proxy/coordinator/druid/x/1')).toEqual({ route: '/druid/x/:id', params: { id: '1' } });
  expect(match('HEAD', '/proxy/overlord/druid/x/1')).toEqual({ route: '/druid/x/:id', params: { id: '1' } });
  expect(match('GET', '/proxy/broker/druid/x/1')).toBeUndefined();
});

test('what cannot be decoded matches nothing', () => {
  expect(routerOf('GET /ds/:name')('GET', '/ds/%E0%A4%A')).toBeUndefined();
});

test('a fixed path wins over a parameter, then the earlier route', () => {
  const match = routerOf('GET /s/:id', 'GET /s/history', 'GET /s/:other');
  expect(match('GET', '/s/history')).toEqual({ route: '/s/history', params: {} });
  expect(match('GET', '/s/x')).toEqual({ route: '/s/:id', params: { id: 'x' } });
});

test('a star takes the rest', () => {
  expect(routerOf('GET /proxy/*')('GET', '/proxy/a/b')).toEqual({ route: '/proxy/*', params: { '*': 'a/b' } });
});

test('names of object members are no parameters', () => {
  const match = routerOf('GET /s/:id');
  expect(match('GET', '/s/__proto__')).toEqual({ route: '/s/:id', params: { id: '__proto__' } });
  expect(match('GET', '/constructor')).toBeUndefined();
});

test('HEAD is answered by GET routes, and 405 knows the methods', () => {
  const router = new Router();
  router.add('GET', '/a', () => ({ status: 200 }));
  router.add('POST', '/:b', () => ({ status: 200 }));
  expect(router.match('HEAD', '/a')).toBeDefined();
  expect(router.methodsOf('/a')).toEqual(['GET', 'POST', 'HEAD']);
  expect(router.methodsOf('/x')).toEqual(['POST']);
  expect(router.methodsOf('/')).toEqual([]);
});
