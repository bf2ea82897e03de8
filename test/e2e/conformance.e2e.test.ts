import { afterAll, beforeAll, expect, test } from 'vitest';
import { readDeviations } from '../conformance/deviations.js';
import { recordedGroups } from '../conformance/recorded-case.js';
import { startReferenceServer, type ReferenceServer } from '../conformance/reference-server.js';
import { details, summary } from '../conformance/report.js';
import { BAD, runGroup } from '../conformance/run-group.js';

const deviations = readDeviations();
let server: ReferenceServer;

beforeAll(async () => {
  server = await startReferenceServer(process.env['MILLRACE_TEST_PYTHON']);
  if (!server.hasLineitem && process.env['CI'] === 'true') throw new Error('CI needs tpchgen-cli beside its Python');
}, 600_000);

afterAll(async () => {
  await server.stop();
});

test.each(recordedGroups())('%s: every recorded answer is Druid’s, but for the listed deviations', async (group) => {
  const results = await runGroup(group, server, deviations);
  expect(results.length).toBeGreaterThan(0);
  const bad = results.filter(({ outcome }) => BAD.has(outcome));
  expect(
    bad.map(({ id }) => id),
    [summary(group, results), ...details(results, false)].join('\n'),
  ).toEqual([]);
});
