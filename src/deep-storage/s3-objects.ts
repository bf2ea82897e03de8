import { GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import type { Readable } from 'node:stream';
import { connectS3, type S3Access } from './s3.js';

/** Objects of any bucket, to be read as input. */
export interface S3Objects {
  list(bucket: string, prefix: string): AsyncIterable<{ readonly key: string; readonly size: number }>;
  read(bucket: string, key: string): Promise<AsyncIterable<Uint8Array>>;
  close(): void;
}

/** @param access what the spec of an ingestion says of the server; the rest comes from the AWS SDK's own sources */
export async function openS3Objects(access: S3Access): Promise<S3Objects> {
  const client = await connectS3(access);
  return {
    async *list(bucket, prefix) {
      let token: string | undefined;
      do {
        const page = await client.send(
          new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ...(token && { ContinuationToken: token }) }),
        );
        for (const { Key, Size } of page.Contents ?? []) if (Key !== undefined) yield { key: Key, size: Size ?? 0 };
        token = page.NextContinuationToken;
      } while (token !== undefined);
    },
    read: async (bucket, key) => {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      return Body as Readable;
    },
    close: () => client.destroy(),
  };
}
