/**
 * Deep storage: immutable objects by key (`/`-separated), an S3 bucket prefix or a directory. S3 is the truth, nodes are caches.
 * Absent objects are return values; other failures throw after the retries of a named wrapper.
 */
export interface DeepStorage {
  /** Where it is, for people: `s3://bucket/prefix` or a directory. */
  readonly location: string;
  /** Uploads a local file; visible whole or not at all. */
  putFile(key: string, localPath: string): Promise<void>;
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** Whole object, or undefined when absent. */
  get(key: string): Promise<Uint8Array | undefined>;
  /** Bytes [offset, offset + length), exactly; undefined when the object is absent. @throws when it is shorter */
  getRange(key: string, offset: number, length: number): Promise<Uint8Array | undefined>;
  /** Downloads to a local file (temp name, fsync, rename by the caller's choice of path). False when absent. */
  getFile(key: string, localPath: string): Promise<boolean>;
  size(key: string): Promise<number | undefined>;
  list(prefix: string): AsyncIterable<{ readonly key: string; readonly size: number }>;
  delete(key: string): Promise<void>;
}
