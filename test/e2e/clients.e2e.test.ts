import { execFile } from 'node:child_process';
import { copyFile, cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectedAnswers, readEdits } from '../clients/wikipedia-events.js';
import { type ReferenceServer, startReferenceServer } from '../conformance/reference-server.js';

const run = promisify(execFile);
const python = process.env['MILLRACE_TEST_PYTHON'];
const PYDRUID = ['pydruid==0.6.9', 'requests==2.34.2'];
// The backend loads those of all others, which need what its extra `druid` does not name.
const IBIS = ['ibis-framework[druid]==12.0.0', 'sqlglot==30.30.0', 'packaging==26.3', 'pandas==3.1.1', 'rich==15.0.0'];
const NODE_PACKAGES = ['plywood@0.33.3', 'plywood-druid-requester@3.0.2'];
const CLIENTS = join(import.meta.dirname, '../clients');

let server: ReferenceServer;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-clients-'));
  server = await startReferenceServer(undefined);
}, 600_000);

afterAll(async () => {
  await server.stop();
  await rm(directory, { recursive: true, force: true });
});

test.skipIf(python === undefined && process.env['CI'] !== 'true').each([
  ['pydruid', 'pydruid_queries.py', 19, PYDRUID],
  ['SQLAlchemy', 'sqlalchemy_queries.py', 15, [...PYDRUID, 'SQLAlchemy==2.1.9']],
  ['Ibis', 'ibis_queries.py', 17, [...PYDRUID, ...IBIS]],
] as const)(
  '%s gets right answers',
  async (name, script, number, distributions) => {
    const packages = join(directory, name);
    await run(python!, ['-m', 'pip', 'install', '--quiet', '--target', packages, ...distributions]);
    const { stdout } = await run(python!, [join(CLIENTS, script), server.url], {
      env: { ...process.env, PYTHONPATH: packages },
    });
    expectAnswers(stdout, number);
  },
  600_000,
);

test('plywood gets right answers', async () => {
  await writeFile(join(directory, 'package.json'), '{"private":true}');
  await run('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', ...NODE_PACKAGES], { cwd: directory });
  await copyFile(join(CLIENTS, 'plywood_queries.cjs'), join(directory, 'plywood_queries.cjs'));
  const { stdout } = await run(process.execPath, ['plywood_queries.cjs', server.url], { cwd: directory });
  const { columns, ...answers } = JSON.parse(stdout) as Readonly<Record<string, unknown>>;
  expect(columns).toContain('channel');
  expectAnswers(JSON.stringify(answers), 17);
}, 600_000);

/** Maven is asked for where it is: always in CI. */
const hasMaven =
  process.env['CI'] === 'true' ||
  (await run('mvn', ['--version']).then(
    () => true,
    () => false,
  ));

test.skipIf(!hasMaven)(
  'druidry gets right answers',
  async () => {
    const project = join(directory, 'druidry');
    await cp(join(CLIENTS, 'druidry'), project, { recursive: true });
    await run('mvn', ['-q', '-B', 'compile'], { cwd: project });
    const { stdout } = await run('mvn', ['-q', '-B', 'exec:java', `-Dexec.args=${server.url}`], { cwd: project });
    // Its logger and Maven print lines around the answers.
    expectAnswers(stdout.split('\n').find((line) => line.startsWith('{'))!, 15);
  },
  600_000,
);

function expectAnswers(text: string, number: number): void {
  const answers = JSON.parse(text) as Readonly<Record<string, unknown>>;
  const all = expectedAnswers(readEdits());
  const names = Object.keys(answers);
  expect(names).toHaveLength(number);
  expect(answers).toEqual(Object.fromEntries(names.map((name) => [name, all[name]])));
}
