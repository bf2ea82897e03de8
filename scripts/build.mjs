// Builds dist/ from src/: JavaScript bundled by esbuild (a start reads a few files instead of a thousand), declarations by tsc, the kernels
// by asc, the console by Vite. Modules that are shared by several entries become chunks beside them.
// The new tree replaces the old one at the end, so a failed or interrupted build leaves the last good one in place.
//
//   node scripts/build.mjs              builds
//   node scripts/build.mjs --if-stale   builds unless dist/ is newer than all it is made of. npm runs this as `prepare`
//                                       after an install, and some versions at every `npx millrace` as well
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
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
await Promise.all([bundleServer(), bundleClient(), declare()]);
await buildConsole();
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

/**
 * Every entry but the command lies at the root of dist/, where the chunks are too: so a module finds the files that belong to the
 * program (worker entries, kernels, console) beside `import.meta.url`, whichever chunk it is in.
 */
async function bundleServer() {
  const workers = readdirSync(join(root, 'src'), { recursive: true }).filter((path) => path.endsWith('.worker.ts'));
  const entries = workers.map((path) => [basename(path, '.ts'), join('src', path)]);
  await build({
    absWorkingDir: root,
    entryPoints: { 'cli/millrace': 'src/cli/millrace.ts', main: 'src/main.ts', ...Object.fromEntries(entries) },
    outdir: next,
    chunkNames: 'chunk-[hash]',
    bundle: true,
    splitting: true,
    packages: 'external',
    platform: 'node',
    target: 'node20',
    format: 'esm',
    sourcemap: true,
    logLevel: 'warning',
  });
}

/** Runs in browsers and in Node. */
async function bundleClient() {
  await build({
    absWorkingDir: root,
    entryPoints: { client: 'src/client/live-client.ts' },
    outdir: next,
    bundle: true,
    platform: 'browser',
    target: 'es2022',
    format: 'esm',
    minify: true,
    sourcemap: true,
    logLevel: 'warning',
  });
}

/**
 * The page and a chunk for each of its pages, all flat in one folder. It is built only here: a server's start does not need Vite. Last, because
 * it takes every core for itself.
 */
async function buildConsole() {
  const { build: buildPages } = await import('vite');
  await buildPages({
    root: join(root, 'src/console'),
    configFile: false,
    logLevel: 'warn',
    base: '/console/',
    oxc: { jsx: { runtime: 'automatic' } },
    build: {
      outDir: join(next, 'console'),
      emptyOutDir: false,
      assetsDir: '',
      target: 'es2022',
      sourcemap: false,
      // The page with the editor, which is loaded when it is opened.
      chunkSizeWarningLimit: 700,
      modulePreload: { polyfill: false },
      rolldownOptions: {
        // Libraries mark modules for React's server components, of which there are none here.
        onwarn: (warning, warn) => warning.code === 'MODULE_LEVEL_DIRECTIVE' || warn(warning),
      },
    },
  });
}

/** Declarations for programs that import the package. */
async function declare() {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const args = [tsc, '-p', 'tsconfig.build.json', '--outDir', join(next, 'types')];
  const child = spawn(process.execPath, args, { cwd: root, stdio: 'inherit' });
  const [status] = await once(child, 'exit');
  if (status !== 0) process.exit(status ?? 1);
}

/** The kernels take much longer than tsc, so a module that is newer than its sources is kept. */
async function addKernels() {
  if (!kernelsAreFresh(dist)) {
    await buildKernels(next);
    return;
  }
  cpSync(modulePath(dist), modulePath(next), { preserveTimestamps: true });
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
