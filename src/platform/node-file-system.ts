import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import {
  type FileHandle,
  link,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { AppendHandle, FileLock, FileStat, FileSystem, ReadHandle } from './file-system.js';
import { atKillPoint } from './kill-point.js';
import { type AtomicSteps, writeAtomicBy } from './write-atomic.js';

/** The machine's own file system. */
export const nodeFileSystem: FileSystem = {
  async stat(path) {
    const found = await absentAsUndefined(stat(path));
    return found && toStat(found.size, found.mtimeMs, found.isDirectory());
  },
  readFile: (path) => absentAsUndefined(readFile(path)),
  async openRead(path) {
    const handle = await open(path, 'r');
    return new NodeReadHandle(handle, (await handle.stat()).size);
  },
  writeAtomic: (path, bytes) => writeAtomicBy(atomicSteps, path, `${path}.${randomUUID()}.tmp`, bytes),
  async openAppend(path) {
    const handle = await open(path, 'a');
    try {
      // Also when it was there: whoever made it may have ended before this.
      await syncDirectory(dirname(path));
      return new NodeAppendHandle(handle, (await handle.stat()).size);
    } catch (error) {
      await handle.close();
      throw error;
    }
  },
  rename: renameDurably,
  async readdir(path) {
    return ((await absentAsUndefined(readdir(path))) ?? []).sort();
  },
  readdirNow(path) {
    try {
      return readdirSync(path);
    } catch (error) {
      if (hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR')) return [];
      throw error;
    }
  },
  async mkdir(path) {
    await makeDirectory(resolve(path));
  },
  async remove(path) {
    await rm(path, { recursive: true, force: true });
  },
  lock,
};

class NodeReadHandle implements ReadHandle {
  readonly #handle: FileHandle;
  readonly sizeBytes: number;

  constructor(handle: FileHandle, sizeBytes: number) {
    this.#handle = handle;
    this.sizeBytes = sizeBytes;
  }

  async read(target: Uint8Array, position: number, length: number): Promise<void> {
    const done = await this.readSome(target, position, length);
    if (done < length) throw new Error(`File ends at [${position + done}], wanted [${length}] bytes at [${position}]`);
  }

  async readSome(target: Uint8Array, position: number, length: number): Promise<number> {
    let done = 0;
    while (done < length) {
      const { bytesRead } = await this.#handle.read(target, done, length - done, position + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return done;
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

class NodeAppendHandle implements AppendHandle {
  readonly #handle: FileHandle;
  #sizeBytes: number;

  constructor(handle: FileHandle, sizeBytes: number) {
    this.#handle = handle;
    this.#sizeBytes = sizeBytes;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  async append(bytes: Uint8Array): Promise<void> {
    await this.#handle.appendFile(bytes);
    this.#sizeBytes += bytes.byteLength;
  }

  sync(): Promise<void> {
    return atKillPoint('fsync', () => this.#handle.datasync());
  }

  async truncate(sizeBytes: number): Promise<void> {
    await this.#handle.truncate(sizeBytes);
    this.#sizeBytes = sizeBytes;
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

const atomicSteps: AtomicSteps = {
  create: async (path) => new NodeAppendHandle(await open(path, 'wx'), 0),
  rename: renameDurably,
  remove: (path) => rm(path, { force: true }),
};

async function renameDurably(from: string, to: string): Promise<void> {
  await atKillPoint('rename', () => rename(from, to));
  await syncDirectory(dirname(to));
}

/**
 * From the top down, each name made durable before the next, since one that its parent does not hold takes everything below it along in a
 * power cut. So of those that are there already only the last can be one whose maker ended before it was durable.
 */
async function makeDirectory(path: string): Promise<void> {
  const parent = dirname(path);
  if ((await absentAsUndefined(stat(path)))?.isDirectory() === true) {
    await syncDirectory(parent).catch((error: unknown) => {
      // A parent that is not ours may not be opened; then it is not we who made this one.
      if (!hasCode(error, 'EACCES') && !hasCode(error, 'EPERM') && !hasCode(error, 'EROFS')) throw error;
    });
    return;
  }
  if (parent !== path) await makeDirectory(parent);
  await mkdir(path).catch((error: unknown) => {
    if (!hasCode(error, 'EEXIST')) throw error;
  });
  await syncDirectory(parent);
}

async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await atKillPoint('fsync', () => handle.sync());
  } finally {
    await handle.close();
  }
}

/** Attempts at a lock whose dead holders others remove at the same time. */
const LOCK_ATTEMPTS = 10;

async function lock(path: string): Promise<FileLock | undefined> {
  // The content must be there the moment the name is, hence a link and not an exclusive create.
  const mine = `${path}.${process.pid}.${randomUUID()}`;
  await writeFile(mine, `${process.pid} ${await processStart(process.pid)}`);
  try {
    for (let attempt = 0; attempt < LOCK_ATTEMPTS; attempt++) {
      if (await tryLink(mine, path)) return { release: () => rm(path, { force: true }) };
      const holder = await absentAsUndefined(readFile(path, 'utf8'));
      if (holder === undefined) continue;
      const [pid, start] = holder.split(' ');
      if (isAlive(Number(pid)) && (await processStart(Number(pid))) === start) return undefined;
      await absentAsUndefined(unlink(path));
    }
    return undefined;
  } finally {
    await rm(mine, { force: true });
  }
}

async function tryLink(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasCode(error, 'EPERM');
  }
}

/**
 * When a process started, in ticks since boot (Linux; elsewhere ''). A restarted container gives the same small process ids
 * to other processes, so an id alone does not name the holder.
 */
async function processStart(pid: number): Promise<string> {
  const line = await absentAsUndefined(readFile(`/proc/${pid}/stat`, 'utf8'));
  // The program's name is in parentheses and may hold spaces; the start is the 22nd field, the 20th after the name.
  return line?.slice(line.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

async function absentAsUndefined<T>(operation: Promise<T>): Promise<T | undefined> {
  try {
    return await operation;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

function toStat(sizeBytes: number, modifiedMs: number, isDirectory: boolean): FileStat {
  return { sizeBytes, modifiedMs, isDirectory };
}
