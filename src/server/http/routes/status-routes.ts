import { json, text } from '../http-message.js';
import type { Router } from '../router.js';

export interface StatusRoutesOptions {
  /** Version of this program, told beside the version of Druid whose API it speaks. */
  readonly version: string;
  /** True once queries can be answered. */
  readonly ready: () => boolean;
  readonly properties: () => Readonly<Record<string, string>>;
  readonly metricsText: () => Promise<string>;
}

/** Clients decide by this which features they may use. */
const DRUID_VERSION = '33.0.0';

/** `/status` and its kin, and `/metrics`. @source Druid `server/http/StatusResource.java` */
export function addStatusRoutes(router: Router, options: StatusRoutesOptions): void {
  const discovered = (): boolean => options.ready();
  router.add('GET', '/status', () => json(status(options.version)));
  router.add('GET', '/status/health', () => json(discovered(), discovered() ? 200 : 503));
  router.add('GET', '/status/properties', () => json(options.properties()));
  router.add('GET', '/status/selfDiscovered', () => ({ status: discovered() ? 200 : 503 }));
  router.add('GET', '/status/selfDiscovered/status', () => json({ selfDiscovered: discovered() }));
  router.add('GET', '/druid/broker/v1/loadstatus', () => json({ inventoryInitialized: discovered() }));
  router.add('GET', '/druid/broker/v1/readiness', () => ({ status: discovered() ? 200 : 503 }));
  router.add('GET', '/druid/historical/v1/loadstatus', () => json({ cacheInitialized: discovered() }));
  router.add('GET', '/druid/historical/v1/readiness', () => ({ status: discovered() ? 200 : 503 }));
  router.add('GET', '/proxy/enabled', () => json({ enabled: true }));
  router.add('GET', '/metrics', async () => text(await options.metricsText()));
}

function status(version: string): unknown {
  const { heapTotal, heapUsed, external, rss } = process.memoryUsage();
  return {
    version: DRUID_VERSION,
    modules: [{ name: 'millrace', artifact: 'millrace', version }],
    memory: {
      maxMemory: rss,
      totalMemory: heapTotal,
      freeMemory: heapTotal - heapUsed,
      usedMemory: heapUsed,
      directMemory: external,
    },
  };
}
