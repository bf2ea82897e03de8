// Builds dist/ from src/: JavaScript and declarations by tsc, everything else under src/console copied as it is.
// The new tree replaces the old one at the end, so a failed or interrupted build leaves the last good one in place.
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const next = join(root, `.dist-${process.pid}`);
const old = join(root, `.dist-${process.pid}-old`);

const major = Number(process.versions.node.split('.')[0]);
if (major !== 20) {
  console.error(`Millrace needs Node 20; this is Node ${process.versions.node}. Install Node 20 and run npm ci again.`);
  process.exit(1);
}

process.on('exit', () => {
  rmSync(next, { recursive: true, force: true });
  rmSync(old, { recursive: true, force: true });
});

const tsc = spawnSync(
  process.execPath,
  [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json', '--outDir', next],
  { cwd: root, stdio: 'inherit' },
);
if (tsc.status !== 0) process.exit(tsc.status ?? 1);

const assets = join(root, 'src/console');
if (existsSync(assets)) {
  cpSync(assets, join(next, 'console'), { recursive: true, filter: (path) => !/\.(ts|md)$/.test(path) });
}
const bin = join(next, 'cli/millrace.js');
if (existsSync(bin)) chmodSync(bin, 0o755);

if (existsSync(dist)) renameSync(dist, old);
renameSync(next, dist);
