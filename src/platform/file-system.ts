/** The operations on files that the engine needs, with the durability that it relies on. Paths are absolute or of the process. */

export interface FileStat {
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  readonly isDirectory: boolean;
}

/** A file open for reading by position. */
export interface ReadHandle {
  readonly sizeBytes: number;
  /** Reads exactly `length` bytes at `position` into `target` (offset 0). @throws Error when the file is shorter */
  read(target: Uint8Array, position: number, length: number): Promise<void>;
  /** Reads up to `length` bytes, also those appended since it was opened. @returns how many; fewer only at the end of the file */
  readSome(target: Uint8Array, position: number, length: number): Promise<number>;
  close(): Promise<void>;
}

/** A file open for writing at its end. */
export interface AppendHandle {
  /** Size including everything appended. */
  readonly sizeBytes: number;
  append(bytes: Uint8Array): Promise<void>;
  /** Returns when everything appended is on the disk. */
  sync(): Promise<void>;
  /** Cuts the file, to drop a record that was written in part. */
  truncate(sizeBytes: number): Promise<void>;
  close(): Promise<void>;
}

export interface FileLock {
  release(): Promise<void>;
}

export interface FileSystem {
  /** undefined when there is no such file or directory. */
  stat(path: string): Promise<FileStat | undefined>;
  /** undefined when there is no such file. */
  readFile(path: string): Promise<Uint8Array | undefined>;
  openRead(path: string): Promise<ReadHandle>;
  /** The whole file or nothing, even after a power cut: temporary file, fsync, rename, fsync of the directory. */
  writeAtomic(path: string, bytes: Uint8Array | readonly Uint8Array[]): Promise<void>;
  /** Creates the file when it is absent; its name is durable when it returns. */
  openAppend(path: string): Promise<AppendHandle>;
  /** Replaces `to`, then makes the new name durable. */
  rename(from: string, to: string): Promise<void>;
  /** Names, sorted; empty when there is no such directory. */
  readdir(path: string): Promise<readonly string[]>;
  /** At once, in any order: a request to the thread pool and its promise cost several times what reading a small directory does. */
  readdirNow(path: string): readonly string[];
  /** With its parents; their names are durable when it returns. */
  mkdir(path: string): Promise<void>;
  /** Removes a file or a directory with all in it; absent is fine. After a power cut it may be there again. */
  remove(path: string): Promise<void>;
  /** Takes a lock file that names this process; one left by a dead process is taken over. undefined: another process holds it. */
  lock(path: string): Promise<FileLock | undefined>;
}
