import { join } from 'node:path';
import { DruidError, invalidInput } from '../../common/druid-error.js';
import { silenceAwsSdkNotice } from '../../config/aws-sdk-notice.js';
import { HttpAccess } from '../http-access.js';
import type { InputAccess } from '../input-access.js';
import type { EntityFields } from '../parse/entity-fields.js';
import type { CombiningSource, DataSource, FileSource, S3Source } from '../spec/input-source.js';
import { findInputFiles } from './input-files.js';
import { objectGlob } from './object-glob.js';
import { readChunks, unpacked } from './unpacked-chunks.js';

/** One file, object or text to be read. */
export interface InputEntity {
  /** For people, and for what its name tells of its compression. */
  readonly name: string;
  /** Unpacked. May be called more than once. */
  chunks(): AsyncIterable<Uint8Array>;
  /** The real path where it is a plain file of this machine already. */
  readonly path?: string;
  /** Those that its source asks for. */
  readonly fields?: EntityFields;
}

const S3_ATTEMPTS = 5;

/**
 * The entities of a source, in its order.
 * @throws DruidError FORBIDDEN for what is not allowed, INVALID_INPUT when nothing is there, RUNTIME_FAILURE when a server refuses
 */
export async function* inputEntities(
  source: DataSource | CombiningSource,
  access: InputAccess,
): AsyncGenerator<InputEntity> {
  switch (source.type) {
    case 'inline': {
      const data = Buffer.from(source.data, 'utf8');
      yield { name: 'inline', chunks: () => once(data) };
      return;
    }
    case 'local':
      for (const path of await findInputFiles(source, access.allowLocal))
        yield {
          name: path,
          path,
          chunks: () => readChunks(path),
          fields: asked(source, { __file_uri: `file:${path}`, __file_path: path }),
        };
      return;
    case 'http': {
      const http = new HttpAccess(access.allowHttp);
      for (const uri of source.uris) {
        http.check(uri);
        const name = new URL(uri).pathname;
        const fields = asked(source, { __file_uri: uri, __file_path: name });
        yield { name, chunks: () => unpacked(uri, download(http, uri, source.headers)), fields };
      }
      return;
    }
    case 's3':
      yield* s3Entities(source, access);
      return;
    case 'combining':
      for (const delegate of source.delegates) yield* inputEntities(delegate, access);
  }
}

/** Where a download of an entity is put that must be a file. */
export function downloadPath(directory: string, number: number): string {
  return join(directory, `input-${number}`);
}

function asked({ systemFields }: FileSource, found: EntityFields): EntityFields {
  return Object.fromEntries(systemFields.map((name) => [name, found[name] ?? null]));
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function* download(
  http: HttpAccess,
  uri: string,
  headers: Readonly<Record<string, string>>,
): AsyncGenerator<Uint8Array> {
  const response = await http.get(uri, { headers });
  if (!response.ok) {
    await response.body?.cancel();
    throw new DruidError(`Address [${uri}] answers with status [${response.status}]`, { category: 'RUNTIME_FAILURE' });
  }
  if (response.body !== null) yield* response.body as unknown as AsyncIterable<Uint8Array>;
}

async function* s3Entities(source: FileSource & S3Source, access: InputAccess): AsyncGenerator<InputEntity> {
  const { endpoint, region, credentials } = source;
  // The server's own endpoint is its operator's choice, another one must be allowed.
  if (endpoint !== undefined) new HttpAccess(access.allowHttp).check(endpoint);
  silenceAwsSdkNotice();
  const { openS3Objects } = await import('../../deep-storage/s3-objects.js');
  const s3 = await openS3Objects({
    maxAttempts: S3_ATTEMPTS,
    ...(endpoint !== undefined && { endpoint }),
    ...(region !== undefined && { region }),
    ...(credentials !== undefined && { credentials }),
  });
  const wanted = source.objectGlob === null ? undefined : objectGlob(source.objectGlob);
  const entity = (bucket: string, key: string): InputEntity => ({
    name: `s3://${bucket}/${key}`,
    chunks: () => unpacked(key, chunksOf(s3.read(bucket, key), `s3://${bucket}/${key}`)),
    fields: asked(source, { __file_uri: `s3://${bucket}/${key}`, __file_bucket: bucket, __file_path: key }),
  });
  try {
    for (const { bucket, key } of source.objects) yield entity(bucket, key);
    let found = 0;
    for (const prefix of source.prefixes) {
      for await (const { key, size } of s3.list(prefix.bucket, prefix.key)) {
        if (size === 0 || key.endsWith('/') || wanted?.test(key) === false) continue;
        found++;
        yield entity(prefix.bucket, key);
      }
    }
    if (source.prefixes.length > 0 && found === 0) throw invalidInput('No object of inputSource [s3] was found');
  } finally {
    s3.close();
  }
}

async function* chunksOf(body: Promise<AsyncIterable<Uint8Array>>, name: string): AsyncGenerator<Uint8Array> {
  let chunks: AsyncIterable<Uint8Array>;
  try {
    chunks = await body;
  } catch (error) {
    const { name: code, message } = error as Error;
    throw new DruidError(`Object [${name}] cannot be read: ${code} ${message}`, {
      category: 'RUNTIME_FAILURE',
      cause: error,
    });
  }
  yield* chunks;
}
