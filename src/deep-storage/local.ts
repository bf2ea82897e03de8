import { dirname, join, resolve } from 'node:path';
import type { FileSystem, ReadHandle } from '../platform/file-system.js';
import { type Randomness, systemRandomness } from '../platform/randomness.js';
import type { DeepStorage } from './deep-storage.js';
import { checkKey, shorterThanAsked } from './object-key.js';

const COPY_BYTES = 1 << 20;
/** Names of files that are being written; what a crash leaves of them is no object. */
const TEMPORARY = /\.[0-9a-f-]{36}\.tmp$/;

/** Deep storage in a directory, whose files are the objects. Each is written under a temporary name, synced and renamed. */
export class LocalDeepStorage implements DeepStorage {
  readonly location: string;
  readonly #files: FileSystem;
  readonly #randomness: Randomness;

  constructor(directory: string, files: FileSystem, randomness: Randomness = systemRandomness) {
    this.location = resolve(directory);
    this.#files = files;
    this.#randomness = randomness;
  }

  async putFile(key: string, localPath: string): Promise<void> {
    const target = this.#pathOf(key);
    await this.#files.mkdir(dirname(target));
    await this.#copy(localPath, target);
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    const target = this.#pathOf(key);
    await this.#files.mkdir(dirname(target));
    await this.#files.writeAtomic(target, bytes);
  }

  get(key: string): Promise<Uint8Array | undefined> {
    return this.#files.readFile(this.#pathOf(key));
  }

  async getRange(key: string, offset: number, length: number): Promise<Uint8Array | undefined> {
    const path = this.#pathOf(key);
    const stat = await this.#files.stat(path);
    if (stat === undefined) return undefined;
    if (offset + length > stat.sizeBytes) throw shorterThanAsked(this.location, key, offset, length);
    return withHandle(this.#files.openRead(path), async (handle) => {
      const bytes = new Uint8Array(length);
      await handle.read(bytes, offset, length);
      return bytes;
    });
  }

  async getFile(key: string, localPath: string): Promise<boolean> {
    const path = this.#pathOf(key);
    if ((await this.#files.stat(path)) === undefined) return false;
    await this.#copy(path, localPath);
    return true;
  }

  async size(key: string): Promise<number | undefined> {
    const stat = await this.#files.stat(this.#pathOf(key));
    return stat?.isDirectory === false ? stat.sizeBytes : undefined;
  }

  async *list(prefix: string): AsyncIterable<{ readonly key: string; readonly size: number }> {
    const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
    for await (const found of this.#walk(folder)) if (found.key.startsWith(prefix)) yield found;
  }

  async delete(key: string): Promise<void> {
    await this.#files.remove(this.#pathOf(key));
  }

  /** @param folder empty, or a key prefix that ends in `/` */
  async *#walk(folder: string): AsyncIterable<{ readonly key: string; readonly size: number }> {
    for (const name of await this.#files.readdir(join(this.location, folder))) {
      const key = folder + name;
      const stat = await this.#files.stat(join(this.location, key));
      if (stat?.isDirectory === true) yield* this.#walk(`${key}/`);
      else if (stat !== undefined && !TEMPORARY.test(name)) yield { key, size: stat.sizeBytes };
    }
  }

  async #copy(from: string, to: string): Promise<void> {
    const temporary = `${to}.${this.#randomness.uuid()}.tmp`;
    try {
      await withHandle(this.#files.openRead(from), async (source) => {
        await withHandle(this.#files.openAppend(temporary), async (target) => {
          for (let done = 0; done < source.sizeBytes; ) {
            const part = new Uint8Array(Math.min(COPY_BYTES, source.sizeBytes - done));
            await source.read(part, done, part.byteLength);
            await target.append(part);
            done += part.byteLength;
          }
          await target.sync();
        });
      });
      await this.#files.rename(temporary, to);
    } catch (error) {
      await this.#files.remove(temporary);
      throw error;
    }
  }

  #pathOf(key: string): string {
    return join(this.location, checkKey(key));
  }
}

async function withHandle<H extends Pick<ReadHandle, 'close'>, T>(
  opening: Promise<H>,
  use: (handle: H) => Promise<T>,
): Promise<T> {
  const handle = await opening;
  try {
    return await use(handle);
  } finally {
    await handle.close();
  }
}
