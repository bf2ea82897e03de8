// Builds dist/ from src/: JavaScript and declarations by tsc, the kernels by asc, everything else under src/console copied as it is.
// The new tree replaces the old one at the end, so a failed or interrupted build leaves the last good one in place.
//
//   node scripts/build.mjs              builds
//   node scripts/build.mjs --if-stale   builds unless dist/ is newer than all it is made of. npm runs this as `prepare`
//                                       after an install, and some versions at every `npx millrace` as well
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildKernels, kernelsAreFresh, modulePath } from './build-kernels.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const next = join(root, `.dist-${process.pid}`);
const old = join(root, `.dist-${process.pid}-old`);
const stamp = '.built';

const major = Number(process.versions.node.split('.')[0]);
if (major !== 20) {
  console.error(`Millrace needs Node 20; this is Node ${process.versions.node}. Install Node 20 and run npm ci again.`);
  process.exit(1);
}
if (process.argv.includes('--if-stale') && isFresh()) process.exit(0);

process.on('exit', () => {
  rmSync(next, { recursive: true, force: true });
  rmSync(old, { recursive: true, force: true });
});
// Taken first: a source that changes during the build makes it stale.
const startedAt = new Date();
compile();
copyAssets();
await addKernels();
const bin = join(next, 'cli/millrace.js');
if (existsSync(bin)) chmodSync(bin, 0o755);
writeFileSync(join(next, stamp), startedAt.toISOString());
swap();

function isFresh() {
  if (!existsSync(join(dist, stamp))) return false;
  const builtAtMs = Date.parse(readFileSync(join(dist, stamp), 'utf8'));
  return newestOf(['src', 'types', 'scripts', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json']) < builtAtMs;
}

/** Directories count too: their time changes when a file goes. */
function newestOf(paths) {
  let newestMs = 0;
  for (const path of paths) {
    const full = join(root, path);
    if (!existsSync(full)) continue;
    const stats = statSync(full);
    newestMs = Math.max(newestMs, stats.mtimeMs);
    if (stats.isDirectory()) newestMs = Math.max(newestMs, newestOf(readdirSync(full).map((name) => join(path, name))));
  }
  return newestMs;
}

function compile() {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const args = [tsc, '-p', 'tsconfig.build.json', '--outDir', next];
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

/** The kernels take much longer than tsc, so a module that is newer than its sources is kept. */
async function addKernels() {
  if (!kernelsAreFresh(dist)) {
    await buildKernels(next);
    return;
  }
  mkdirSync(dirname(modulePath(next)), { recursive: true });
  cpSync(modulePath(dist), modulePath(next), { preserveTimestamps: true });
}

function copyAssets() {
  const assets = join(root, 'src/console');
  if (!existsSync(assets)) return;
  cpSync(assets, join(next, 'console'), { recursive: true, filter: (path) => !/\.(ts|md)$/.test(path) });
}

/** Another build may put its own tree in place between the two renames: then that one is moved away too. */
function swap() {
  for (let tries = 0; ; tries++) {
    rmSync(old, { recursive: true, force: true });
    try {
      if (existsSync(dist)) renameSync(dist, old);
      renameSync(next, dist);
      return;
    } catch (error) {
      if (tries === 10 || !['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(error.code)) throw error;
    }
  }
}
