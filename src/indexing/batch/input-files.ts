import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { DruidError, invalidInput } from '../../common/druid-error.js';
import type { DataSource } from '../spec/input-source.js';

type LocalSource = DataSource & { readonly type: 'local' };

/** More files than this in one task are refused: the list would not end. */
const MAX_FILES = 100_000;

/**
 * The files of a local input source, sorted. A relative path is taken in the first allowed root that has it.
 * @returns real paths: what was checked is what is read
 * @throws DruidError FORBIDDEN for a path outside of the allowed roots, INVALID_INPUT when nothing is there
 */
export async function findInputFiles(source: LocalSource, allowedRoots: readonly string[]): Promise<readonly string[]> {
  const roots = await realRoots(allowedRoots);
  if ('files' in source) {
    const files: string[] = [];
    for (const path of source.files) files.push(await locate(path, roots));
    return files;
  }
  const directory = await locate(source.baseDir, roots);
  const files: string[] = [];
  await collect(directory, globPattern(source.filter), roots, files);
  if (files.length === 0) throw invalidInput(`No file of [${source.baseDir}] matches [${source.filter}]`);
  return files.sort();
}

/** The real path of one file. @throws DruidError as `findInputFiles` */
export async function locateFile(path: string, allowedRoots: readonly string[]): Promise<string> {
  return locate(path, await realRoots(allowedRoots));
}

/** Roots that exist, without symbolic links. */
async function realRoots(allowedRoots: readonly string[]): Promise<readonly string[]> {
  const roots: string[] = [];
  for (const root of allowedRoots) {
    const real = await realPathOf(root);
    if (real !== undefined) roots.push(real);
  }
  return roots;
}

async function locate(path: string, roots: readonly string[]): Promise<string> {
  const candidates = isAbsolute(path) ? [resolve(path)] : roots.map((root) => resolve(root, path));
  let outside = false;
  for (const candidate of candidates) {
    // A path that leads out is not even looked for, so that answers tell nothing of what is there.
    if (!roots.some((root) => isWithin(root, candidate))) {
      outside = true;
      continue;
    }
    const real = await realPathOf(candidate);
    if (real === undefined) continue;
    if (roots.some((root) => isWithin(root, real))) return real;
    outside = true;
  }
  if (outside || roots.length === 0) throw forbidden(path);
  throw invalidInput(`Path [${path}] does not exist in any allowed directory`);
}

/** Files of the tree whose name matches; links that lead out of the roots are refused, directories behind links are not entered. */
async function collect(directory: string, name: RegExp, roots: readonly string[], files: string[]): Promise<void> {
  const entries: Dirent[] = await readdir(directory, { withFileTypes: true });
  for (const entry of entries) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) await collect(path, name, roots, files);
    else if (name.test(entry.name)) {
      const real = entry.isSymbolicLink() ? await realPathOf(path) : path;
      if (real === undefined || !(await stat(real)).isFile()) continue;
      if (!roots.some((root) => isWithin(root, real))) throw forbidden(path);
      if (files.push(real) > MAX_FILES) throw invalidInput(`More than [${MAX_FILES}] files match`);
    }
  }
}

async function realPathOf(path: string): Promise<string | undefined> {
  try {
    return await realpath(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP') return undefined;
    throw error;
  }
}

function isWithin(root: string, path: string): boolean {
  const way = relative(root, path);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}

function forbidden(path: string): DruidError {
  return new DruidError(`Path [${path}] is not within an allowed directory: see the option --allow-local`, {
    category: 'FORBIDDEN',
  });
}

/** `*` and `?` as in Druid's filter (a file name pattern). */
function globPattern(filter: string): RegExp {
  const escaped = filter.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's');
}
