// Runs every static check and reports all that fail: node scripts/check.mjs [types|lint|format|layers|dead ...]
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

const checks = [
  { name: 'types', command: ['tsc', '--noEmit'] },
  { name: 'types', command: ['tsc', '--noEmit', '-p', 'tsconfig.console.json'], needs: ['src/console', 'src/client'] },
  { name: 'lint', command: ['oxlint', '--type-aware', '--quiet'] },
  { name: 'format', command: ['biome', 'format', '.'] },
  { name: 'layers', command: ['depcruise', '--config', '.dependency-cruiser.cjs', 'src'] },
  { name: 'dead', command: ['knip', '--no-config-hints'] },
];

/** tsc fails on a project without files: the browser's project is checked once one of its folders has code. */
const hasTypeScript = (folder) =>
  existsSync(`${root}${folder}`) && readdirSync(`${root}${folder}`, { recursive: true }).some((f) => f.endsWith('.ts'));

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !checks.some((check) => check.name === name));
if (unknown.length > 0) {
  console.error(
    `Check [${unknown.join(', ')}] is unknown; known: ${[...new Set(checks.map((c) => c.name))].join(', ')}`,
  );
  process.exit(2);
}

const failed = new Set();
for (const { name, command, needs } of checks) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  if (needs !== undefined && !needs.some(hasTypeScript)) continue;
  const [tool, ...args] = command;
  const startMs = Date.now();
  const { status } = spawnSync(`${root}node_modules/.bin/${tool}`, args, { cwd: root, stdio: 'inherit' });
  const seconds = ((Date.now() - startMs) / 1000).toFixed(1);
  console.log(`${status === 0 ? 'ok  ' : 'FAIL'} ${name} (${tool}, ${seconds} s)`);
  if (status !== 0) failed.add(name);
}
if (failed.size > 0) {
  console.error(`Checks failed: ${[...failed].join(', ')}`);
  process.exit(1);
}
