import { statfs } from 'node:fs/promises';

/** Bytes that this process may still write to the file system of a path. */
export async function freeDiskBytes(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
}

/** Whether a write found no room; between threads only the text of an error is left. */
export function isDiskFull(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOSPC' || cause.message.includes('ENOSPC')) return true;
  }
  return false;
}
