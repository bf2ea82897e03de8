import { nodeFileSystem } from '../platform/node-file-system.js';
import type { FileSystem } from '../platform/file-system.js';
import type { DeepStorage } from './deep-storage.js';
import { checkKey, shorterThanAsked } from './object-key.js';

/** Deep storage that lives as long as the process: for tests and simulation. Keeps and gives out copies. */
export class MemoryDeepStorage implements DeepStorage {
  readonly location = 'memory';
  readonly #files: FileSystem;
  readonly #objects = new Map<string, Uint8Array>();

  constructor(files: FileSystem = nodeFileSystem) {
    this.#files = files;
  }

  async putFile(key: string, localPath: string): Promise<void> {
    const bytes = await this.#files.readFile(localPath);
    if (bytes === undefined) throw new Error(`File [${localPath}] does not exist`);
    await this.put(key, bytes);
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    this.#objects.set(checkKey(key), Uint8Array.from(bytes));
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    return this.#objects.get(key)?.slice();
  }

  async getRange(key: string, offset: number, length: number): Promise<Uint8Array | undefined> {
    const bytes = this.#objects.get(key);
    if (bytes !== undefined && offset + length > bytes.byteLength) {
      throw shorterThanAsked(this.location, key, offset, length);
    }
    return bytes?.slice(offset, offset + length);
  }

  async getFile(key: string, localPath: string): Promise<boolean> {
    const bytes = this.#objects.get(key);
    if (bytes === undefined) return false;
    await this.#files.writeAtomic(localPath, bytes);
    return true;
  }

  async size(key: string): Promise<number | undefined> {
    return this.#objects.get(key)?.byteLength;
  }

  async *list(prefix: string): AsyncIterable<{ readonly key: string; readonly size: number }> {
    const keys = [...this.#objects.keys()].filter((key) => key.startsWith(prefix)).sort();
    for (const key of keys) {
      const size = this.#objects.get(key)?.byteLength;
      if (size !== undefined) yield { key, size };
    }
  }

  async delete(key: string): Promise<void> {
    this.#objects.delete(key);
  }
}
