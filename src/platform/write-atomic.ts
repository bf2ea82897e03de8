import type { AppendHandle } from './file-system.js';

/** What a whole file is made of: all that a file system has to say of itself. */
export interface AtomicSteps {
  /** A new, empty file. Its name need not be durable. */
  create(path: string): Promise<AppendHandle>;
  /** Replaces `to`, then makes the new name durable. */
  rename(from: string, to: string): Promise<void>;
  /** Absent is fine. */
  remove(path: string): Promise<void>;
}

/** `FileSystem.writeAtomic`: the bytes are on the disk before the name is there, so that after a power cut the file is whole or absent. */
export async function writeAtomicBy(
  steps: AtomicSteps,
  path: string,
  temporary: string,
  bytes: Uint8Array | readonly Uint8Array[],
): Promise<void> {
  try {
    const handle = await steps.create(temporary);
    try {
      for (const part of bytes instanceof Uint8Array ? [bytes] : bytes) await handle.append(part);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await steps.rename(temporary, path);
  } catch (error) {
    await steps.remove(temporary);
    throw error;
  }
}
