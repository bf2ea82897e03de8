import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { DruidError } from '../common/druid-error.js';
import type { FileSystem } from '../platform/file-system.js';
import { atKillPoint } from '../platform/kill-point.js';
import type { DeepStorage } from './deep-storage.js';
import { checkKey, shorterThanAsked } from './object-key.js';

/** Smaller files go up in one request; S3's own minimum for a part is 5 MiB. */
const PART_BYTES = 16 * 1024 * 1024;
const PARTS_AT_ONCE = 4;
const CHUNK_BYTES = 1024 * 1024;
const CONNECT_TIMEOUT_MS = 5_000;
/** Without a byte moving. */
const IDLE_TIMEOUT_MS = 30_000;
const MAX_SOCKETS = 64;
const DEFAULT_REGION = 'us-east-1';

/**
 * Deep storage in an S3 bucket. Endpoint, region and credentials come from the AWS SDK's own sources (`AWS_ENDPOINT_URL_S3`,
 * `AWS_REGION`, `AWS_ACCESS_KEY_ID`, …). The SDK does not retry: `RetryingDeepStorage` does.
 */
export async function openS3(bucket: string, prefix: string, files: FileSystem): Promise<DeepStorage> {
  return new S3DeepStorage(await connectS3({}), bucket, prefix, files);
}

/** Whether an S3 request failed for a reason that may pass: network, timeout, throttling, a server's own error. */
export function isTransientS3Error(error: unknown): boolean {
  if (error instanceof DruidError) return false;
  const status = httpStatus(error);
  if (status !== undefined) return status >= 500 || status === 408 || status === 429;
  const code = error instanceof Error ? `${error.name} ${'code' in error ? String(error.code) : ''}` : '';
  return /Timeout|ECONN|EPIPE|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|NetworkingError|ERR_STREAM_PREMATURE_CLOSE/.test(
    code,
  );
}

/** What is known of a server beyond the SDK's own sources. */
export interface S3Access {
  readonly endpoint?: string;
  readonly region?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** Of one request; deep storage has its own. */
  readonly maxAttempts?: number;
}

export async function connectS3({ maxAttempts = 1, ...access }: S3Access): Promise<S3Client> {
  const config: S3ClientConfig = {
    ...access,
    maxAttempts,
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      socketTimeout: IDLE_TIMEOUT_MS,
      httpAgent: { keepAlive: true, maxSockets: MAX_SOCKETS },
      httpsAgent: { keepAlive: true, maxSockets: MAX_SOCKETS },
    },
  };
  const client = pathStyleForCustomEndpoint(config);
  try {
    await client.config.region();
    return client;
  } catch {
    // No region is set anywhere: servers other than AWS do not care.
    client.destroy();
    return pathStyleForCustomEndpoint({ ...config, region: DEFAULT_REGION });
  }
}

/**
 * Whoever sets an endpoint rarely has a DNS name for each bucket. The SDK finds out at the first request whether one is set, so
 * the answer is given where it asks how to address the bucket.
 */
function pathStyleForCustomEndpoint(config: S3ClientConfig): S3Client {
  const client = new S3Client(config);
  const { endpointProvider } = client.config;
  client.config.endpointProvider = (parameters, context) =>
    endpointProvider({ ...parameters, ForcePathStyle: parameters.Endpoint !== undefined }, context);
  return client;
}

class S3DeepStorage implements DeepStorage {
  readonly location: string;
  readonly #client: S3Client;
  readonly #bucket: string;
  /** Empty, or ends in `/`. */
  readonly #prefix: string;
  readonly #files: FileSystem;

  constructor(client: S3Client, bucket: string, prefix: string, files: FileSystem) {
    this.#client = client;
    this.#files = files;
    this.#bucket = bucket;
    this.#prefix = prefix === '' ? '' : `${prefix}/`;
    this.location = `s3://${bucket}${prefix === '' ? '' : `/${prefix}`}`;
  }

  async putFile(key: string, localPath: string): Promise<void> {
    const stat = await this.#files.stat(localPath);
    if (stat === undefined) throw new Error(`File [${localPath}] does not exist`);
    if (stat.sizeBytes <= PART_BYTES) {
      await this.put(key, (await this.#files.readFile(localPath))!);
      return;
    }
    const { Upload } = await import('@aws-sdk/lib-storage');
    const upload = new Upload({
      client: this.#client,
      params: { ...this.#object(key), Body: Readable.from(chunksOf(this.#files, localPath), { objectMode: false }) },
      partSize: PART_BYTES,
      queueSize: PARTS_AT_ONCE,
    });
    await atKillPoint('put', () => this.#answer(key, upload.done()));
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    const command = new PutObjectCommand({ ...this.#object(key), Body: bytes, ContentLength: bytes.byteLength });
    await atKillPoint('put', () => this.#answer(key, this.#client.send(command)));
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    const response = await this.#read(key, undefined);
    return response && this.#answer(key, bytesOf(response));
  }

  async getRange(key: string, offset: number, length: number): Promise<Uint8Array | undefined> {
    if (length === 0) {
      const size = await this.size(key);
      if (size !== undefined && size < offset) throw shorterThanAsked(this.location, key, offset, length);
      return size === undefined ? undefined : new Uint8Array(0);
    }
    const response = await this.#read(key, `bytes=${offset}-${offset + length - 1}`).catch((error: unknown) => {
      throw isOutsideObject(error) ? shorterThanAsked(this.location, key, offset, length) : error;
    });
    if (response === undefined) return undefined;
    const bytes = await this.#answer(key, bytesOf(response));
    if (bytes.byteLength !== length) throw shorterThanAsked(this.location, key, offset, length);
    return bytes;
  }

  async getFile(key: string, localPath: string): Promise<boolean> {
    const response = await this.#read(key, undefined);
    if (response === undefined) return false;
    const temporary = `${localPath}.${randomUUID()}.tmp`;
    try {
      await this.#answer(key, this.#write(response.Body as Readable, temporary));
      await this.#files.rename(temporary, localPath);
    } catch (error) {
      await this.#files.remove(temporary);
      throw error;
    }
    return true;
  }

  async size(key: string): Promise<number | undefined> {
    const head = this.#client.send(new HeadObjectCommand(this.#object(key)));
    const response = await this.#answer(key, head.catch(absentAsUndefined));
    return response?.ContentLength;
  }

  async *list(prefix: string): AsyncIterable<{ readonly key: string; readonly size: number }> {
    let token: string | undefined;
    do {
      const command = new ListObjectsV2Command({
        Bucket: this.#bucket,
        Prefix: this.#prefix + prefix,
        ...(token !== undefined && { ContinuationToken: token }),
      });
      const page = await this.#answer(prefix, this.#client.send(command));
      for (const { Key, Size } of page.Contents ?? []) {
        if (Key !== undefined) yield { key: Key.slice(this.#prefix.length), size: Size ?? 0 };
      }
      token = page.NextContinuationToken;
    } while (token !== undefined);
  }

  async delete(key: string): Promise<void> {
    const command = new DeleteObjectCommand(this.#object(key));
    await this.#answer(key, this.#client.send(command).catch(absentAsUndefined));
  }

  async #write(body: Readable, path: string): Promise<void> {
    const target = await this.#files.openAppend(path);
    try {
      for await (const chunk of body) await target.append(chunk as Uint8Array);
      await target.sync();
    } finally {
      await target.close();
    }
  }

  #read(key: string, range: string | undefined): Promise<GetObjectCommandOutput | undefined> {
    const command = new GetObjectCommand({ ...this.#object(key), ...(range !== undefined && { Range: range }) });
    return this.#answer(key, this.#client.send(command).catch(absentAsUndefined));
  }

  #object(key: string): { readonly Bucket: string; readonly Key: string } {
    return { Bucket: this.#bucket, Key: this.#prefix + checkKey(key) };
  }

  /** A refusal in words that an operator can act on; passing failures go to the retrying wrapper as they are. */
  async #answer<T>(key: string, request: Promise<T>): Promise<T> {
    try {
      return await request;
    } catch (error) {
      if (httpStatus(error) === undefined || isTransientS3Error(error) || isOutsideObject(error)) throw error;
      const { name, message } = error as Error;
      throw new DruidError(`Deep storage [${this.location}] refuses a request for [${key}]: ${name} ${message}`, {
        persona: 'OPERATOR',
        category: 'RUNTIME_FAILURE',
        cause: error,
      });
    }
  }
}

async function* chunksOf(files: FileSystem, path: string): AsyncGenerator<Uint8Array> {
  const file = await files.openRead(path);
  try {
    for (let at = 0; at < file.sizeBytes; at += CHUNK_BYTES) {
      const chunk = new Uint8Array(Math.min(CHUNK_BYTES, file.sizeBytes - at));
      await file.read(chunk, at, chunk.byteLength);
      yield chunk;
    }
  } finally {
    await file.close();
  }
}

async function bytesOf(response: GetObjectCommandOutput): Promise<Uint8Array> {
  return (await response.Body?.transformToByteArray()) ?? new Uint8Array(0);
}

function absentAsUndefined(error: unknown): undefined {
  const name = error instanceof Error ? error.name : '';
  if (httpStatus(error) === 404 && (name === 'NoSuchKey' || name === 'NotFound')) return undefined;
  throw error;
}

function isOutsideObject(error: unknown): boolean {
  return httpStatus(error) === 416;
}

function httpStatus(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('$metadata' in error)) return undefined;
  return (error.$metadata as { readonly httpStatusCode?: number }).httpStatusCode;
}
