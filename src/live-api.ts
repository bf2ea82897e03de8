/** Composition of live queries: what a broker answers again and again. */
import type { Broker } from './broker/broker.js';
import type { Core } from './core.js';
import { LiveHub } from './live/live-hub.js';
import { Watermarks } from './live/watermarks.js';
import { systemClock } from './platform/clock.js';
import { systemRandomness } from './platform/randomness.js';
import { parseNativeQuery } from './query/parse-native-query.js';
import { wholeText } from './server/http/encode/answer-body.js';
import { asDruidError, errorBody } from './server/http/errors.js';
import { addLiveRoutes } from './server/http/routes/live-routes.js';
import { addLiveSocket } from './server/live/live-socket.js';
import type { LiveSources } from './server/live/subscription-request.js';
import type { SqlService } from './server/sql/sql-service.js';

export function addLiveApi(core: Core, broker: Broker, sql: SqlService): void {
  const { router, server, metrics, closers, log } = core;
  const clock = systemClock;
  const hub = new LiveHub({
    describeError: (error) => errorBody(asDruidError(error)),
    clock,
    instance: systemRandomness.uuid(),
  });
  closers.add('live queries', () => hub.stop());
  metrics.gauge('millrace_live_queries', () => [{ labels: {}, value: hub.evaluations }]);
  metrics.gauge('millrace_live_clients', () => [{ labels: {}, value: hub.clients }]);
  const sources: LiveSources = {
    sql,
    clock,
    watermarks: new Watermarks(clock, (dataSource) => newestEventMs(broker, dataSource)),
    answer: async (query, signal) => {
      const { body, state } = await broker.run(query, signal);
      return { text: await wholeText(body), state };
    },
  };
  addLiveSocket(server.app, {
    hub,
    sources,
    onBug: (err) => log.error('live query failed unexpectedly', { err }),
  });
  addLiveRoutes(router, { hub, sources, clock });
}

async function newestEventMs(broker: Broker, dataSource: string): Promise<number | null> {
  const query = parseNativeQuery({ queryType: 'dataSourceMetadata', dataSource }, () => systemRandomness.uuid());
  const { body } = await broker.run(query);
  return body.kind === 'dataSourceMetadata' ? body.maxIngestedEventTimeMs : null;
}
