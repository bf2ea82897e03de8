/**
 * Compares this program's answers with those of a real Druid 33.0.0.
 *
 * usage: npm run test:conformance -- [--group PREFIX] [--verbose] [--base URL]
 *
 *   --group PREFIX  only groups whose name begins so
 *   --verbose       also what fails nothing: deviations, other words of errors, groups that are not yet served
 *   --base URL      ask a server that runs already (with data and lookups loaded) instead of starting one
 *
 * TPC-H's lineitem is generated and loaded if MILLRACE_TEST_PYTHON names a Python beside which tpchgen-cli is installed; without it
 * the cases about it are not run. Status 1 if a case failed or a listed deviation agrees, 2 if nothing was run.
 */
import { parseArgs } from 'node:util';
import { readDeviations } from './deviations.js';
import { recordedGroups } from './recorded-case.js';
import { startReferenceServer } from './reference-server.js';
import { details, deviationList, summary } from './report.js';
import { BAD, runGroup, type CaseResult, type Target } from './run-group.js';

const { values } = parseArgs({
  options: {
    group: { type: 'string', default: '' },
    verbose: { type: 'boolean', default: false },
    base: { type: 'string' },
  },
});

const groups = recordedGroups(values.group);
if (groups.length === 0) {
  console.error(`No group begins with [${values.group}]; there are ${recordedGroups().join(', ')}`);
  process.exit(2);
}

const deviations = readDeviations();
const own = values.base === undefined ? await startReferenceServer(process.env['MILLRACE_TEST_PYTHON']) : undefined;
const all: CaseResult[] = [];
try {
  const target = own ?? (await running(values.base!));
  for (const group of groups) {
    const results = await runGroup(group, target, deviations);
    all.push(...results);
    console.log([summary(group, results), ...details(results, values.verbose)].join('\n'));
  }
} finally {
  await own?.stop();
}
const listed = deviationList(all, deviations);
if (listed.length > 0) console.log(['deviations, with their reasons:', ...listed].join('\n'));
console.log(summary('conformance', all));
process.exitCode = all.some(({ outcome }) => BAD.has(outcome)) ? 1 : 0;

async function running(base: string): Promise<Target> {
  const url = base.replace(/\/$/, '');
  const names = (await (await fetch(`${url}/druid/coordinator/v1/datasources`)).json()) as readonly string[];
  return { url, node: new URL(url).host, hasLineitem: names.includes('lineitem') };
}
