import { dirname } from 'node:path';
import type { AppendHandle, FileLock, FileStat, FileSystem, ReadHandle } from '../../src/platform/file-system.js';
import { type AtomicSteps, writeAtomicBy } from '../../src/platform/write-atomic.js';
import { SeededRandomness } from '../../src/platform/randomness.js';

const SECTOR = 512;

/** A file's content as the running system sees it, and as the disk surely has it. */
interface Inode {
  bytes: Buffer;
  synced: Buffer;
}

type Entry = Inode | 'directory';
/** A change of names that is not durable until its directory is synced. */
interface NameChange {
  readonly path: string;
  readonly entry: Entry | undefined;
}

export type DiskOperation = 'append' | 'sync' | 'truncate' | 'rename' | 'create' | 'mkdir' | 'syncDirectory' | 'remove';

/** Thrown at the kill point and by everything after it, until `crash`. */
export class PowerLoss extends Error {}

/**
 * A disk in memory that a power cut treats as badly as it may: unsynced writes are dropped, kept, torn at sectors or put in another order, and
 * names that no sync of their directory made durable come and go, each by itself. A process that is killed loses none of this.
 */
export class ModelFileSystem implements FileSystem {
  #now = new Map<string, Entry>([['/', 'directory']]);
  #durable = new Map<string, Entry>(this.#now);
  #pending: NameChange[] = [];
  #temporary = 0;
  readonly #steps: AtomicSteps = {
    create: async (path) => this.#create(path),
    rename: (from, to) => this.rename(from, to),
    // Without power nothing cleans up.
    remove: async (path) => {
      if (!this.#isOff) await this.remove(path);
    },
  };
  #isOff = false;
  #epoch = 0;
  /** Operations so far, by which kill points are numbered. */
  operations = 0;
  /** Called before each operation: throws what the disk is to answer (ENOSPC, EIO), or PowerLoss. */
  before: (operation: DiskOperation, path: string) => void = () => {};

  /** The machine is without power: what was not synced is partly lost, by the seed. Open handles are dead. */
  crash(seed: number): void {
    const random = new SeededRandomness(seed);
    for (const { path, entry } of this.#pending) {
      if (random.nextDouble() < 0.5) set(this.#durable, path, entry);
    }
    const kept = new Map<string, Entry>();
    for (const [path, entry] of this.#durable) if (this.#isReachable(path)) kept.set(path, entry);
    const files = new Set([...kept.values()].filter((entry) => entry !== 'directory'));
    for (const file of files) file.synced = file.bytes = torn(file, random);
    this.#restart(kept);
  }

  /** From here to the restart (`crash` or `kill`) nothing works. */
  cut(): void {
    this.#isOff = true;
  }

  /** The process is killed: the system has everything that it was given. */
  kill(): void {
    this.#restart(this.#now, this.#pending);
  }

  async stat(path: string): Promise<FileStat | undefined> {
    this.#alive();
    const entry = this.#now.get(path);
    if (entry === undefined) return undefined;
    const isDirectory = entry === 'directory';
    return { sizeBytes: isDirectory ? 0 : entry.bytes.length, modifiedMs: 0, isDirectory };
  }

  async readFile(path: string): Promise<Uint8Array | undefined> {
    this.#alive();
    const entry = this.#now.get(path);
    return entry === undefined || entry === 'directory' ? undefined : Uint8Array.from(entry.bytes);
  }

  async openRead(path: string): Promise<ReadHandle> {
    const file = this.#file(path);
    const readSome = async (target: Uint8Array, position: number, length: number): Promise<number> => {
      this.#alive();
      const part = file.bytes.subarray(position, position + length);
      target.set(part);
      return part.length;
    };
    return {
      sizeBytes: file.bytes.length,
      readSome,
      read: async (target, position, length) => {
        if ((await readSome(target, position, length)) < length) throw new Error(`File [${path}] is too short`);
      },
      close: async () => {},
    };
  }

  writeAtomic(path: string, bytes: Uint8Array | readonly Uint8Array[]): Promise<void> {
    return writeAtomicBy(this.#steps, path, `${path}.${this.#temporary++}.tmp`, bytes);
  }

  async openAppend(path: string): Promise<AppendHandle> {
    const handle = this.#create(path);
    this.#syncDirectory(dirname(path));
    return handle;
  }

  async rename(from: string, to: string): Promise<void> {
    const file = this.#file(from);
    this.#do('rename', to);
    this.#name(to, file);
    this.#name(from, undefined);
    this.#syncDirectory(dirname(to));
  }

  async readdir(path: string): Promise<readonly string[]> {
    return this.readdirNow(path);
  }

  readdirNow(path: string): readonly string[] {
    this.#alive();
    const prefix = path === '/' ? '/' : `${path}/`;
    const below = [...this.#now.keys()].filter((other) => other !== '/' && other.startsWith(prefix));
    return [...new Set(below.map((other) => other.slice(prefix.length).split('/')[0]!))].sort();
  }

  async mkdir(path: string): Promise<void> {
    if (path === '/') return;
    if (!this.#now.has(path)) {
      await this.mkdir(dirname(path));
      this.#do('mkdir', path);
      this.#name(path, 'directory');
    }
    this.#syncDirectory(dirname(path));
  }

  async remove(path: string): Promise<void> {
    this.#alive();
    const names = [...this.#now.keys()].filter((other) => other === path || other.startsWith(`${path}/`));
    if (names.length > 0) this.#do('remove', path);
    for (const name of names) this.#name(name, undefined);
  }

  async lock(): Promise<FileLock | undefined> {
    return { release: async () => {} };
  }

  #create(path: string): AppendHandle {
    this.#alive();
    if (!this.#now.has(path)) {
      this.#do('create', path);
      this.#needDirectory(dirname(path));
      this.#name(path, { bytes: Buffer.alloc(0), synced: Buffer.alloc(0) });
    }
    return this.#appendHandle(path, this.#file(path));
  }

  #appendHandle(path: string, file: Inode): AppendHandle {
    const epoch = this.#epoch;
    const run = (operation: DiskOperation, act: () => void, partly?: () => void): void => {
      if (epoch !== this.#epoch) throw new PowerLoss('The handle is of an earlier life');
      this.#do(operation, path, partly);
      act();
    };
    const append = (bytes: Uint8Array): void => {
      file.bytes = Buffer.concat([file.bytes, bytes]);
    };
    return {
      get sizeBytes() {
        return file.bytes.length;
      },
      // What a failing write had written already stays, as on a full disk.
      append: async (bytes) =>
        run(
          'append',
          () => append(bytes),
          () => append(bytes.subarray(0, bytes.length >> 1)),
        ),
      sync: async () => run('sync', () => (file.synced = file.bytes)),
      truncate: async (sizeBytes) => run('truncate', () => (file.bytes = file.bytes.subarray(0, sizeBytes))),
      close: async () => {},
    };
  }

  /** Counts the operation; what it throws comes after a part of the work, where there can be one. */
  #do(operation: DiskOperation, path: string, partly: () => void = () => {}): void {
    this.#alive();
    this.operations++;
    try {
      this.before(operation, path);
    } catch (error) {
      partly();
      if (error instanceof PowerLoss) this.#isOff = true;
      throw error;
    }
  }

  #alive(): void {
    if (this.#isOff) throw new PowerLoss('There is no power');
  }

  #name(path: string, entry: Entry | undefined): void {
    set(this.#now, path, entry);
    this.#pending.push({ path, entry });
  }

  #syncDirectory(directory: string): void {
    this.#do('syncDirectory', directory);
    this.#pending = this.#pending.filter((change) => {
      if (dirname(change.path) !== directory) return true;
      set(this.#durable, change.path, change.entry);
      return false;
    });
  }

  #file(path: string): Inode {
    this.#alive();
    const entry = this.#now.get(path);
    if (entry === undefined || entry === 'directory') throw errorOf('ENOENT', path);
    return entry;
  }

  #needDirectory(path: string): void {
    if (this.#now.get(path) !== 'directory') throw errorOf('ENOENT', path);
  }

  #isReachable(path: string): boolean {
    for (let at = path; at !== '/'; at = dirname(at)) if (!this.#durable.has(at)) return false;
    return true;
  }

  #restart(names: ReadonlyMap<string, Entry>, pending: NameChange[] = []): void {
    this.#now = new Map(names);
    if (pending.length === 0) this.#durable = new Map(names);
    this.#pending = pending;
    this.#isOff = false;
    this.#epoch++;
    this.before = () => {};
  }
}

function set(names: Map<string, Entry>, path: string, entry: Entry | undefined): void {
  if (entry === undefined) names.delete(path);
  else names.set(path, entry);
}

/** Each sector that changed since the last sync is old or new by itself, and so is the length. */
function torn({ bytes, synced }: Inode, random: SeededRandomness): Buffer {
  if (bytes.equals(synced)) return synced;
  const isLong = random.nextDouble() < 0.7;
  const result = Buffer.alloc(isLong ? bytes.length : Math.floor(random.nextDouble() * (bytes.length + 1)));
  // What was synced stays as long as nothing cut it.
  const length = Math.max(result.length, Math.min(synced.length, bytes.length));
  const whole = Buffer.alloc(length);
  synced.copy(whole);
  let at = commonPrefix(bytes, synced);
  for (; at < length; at = (Math.floor(at / SECTOR) + 1) * SECTOR) {
    const end = Math.min(length, (Math.floor(at / SECTOR) + 1) * SECTOR);
    if (random.nextDouble() < 0.6) bytes.copy(whole, at, at, end);
  }
  return whole;
}

function commonPrefix(a: Buffer, b: Buffer): number {
  const length = Math.min(a.length, b.length);
  let at = 0;
  while (at < length && a[at] === b[at]) at++;
  return at;
}

export function errorOf(code: 'ENOSPC' | 'EIO' | 'ENOENT', path: string): Error {
  return Object.assign(new Error(`${code}: [${path}]`), { code });
}
