import { silenceAwsSdkNotice } from '../config/aws-sdk-notice.js';
import { invalidInput } from '../common/druid-error.js';
import { systemClock } from '../platform/clock.js';
import { nodeFileSystem } from '../platform/node-file-system.js';
import { systemRandomness } from '../platform/randomness.js';
import type { DeepStorage } from './deep-storage.js';
import { LocalDeepStorage } from './local.js';
import { RetryingDeepStorage } from './retrying.js';

const MAX_ATTEMPTS = 6;
const FIRST_DELAY_MS = 200;
/** Long enough for a segment of some GB at 10 MB/s. */
const DEADLINE_MS = 300_000;

/**
 * Opens deep storage; nothing is read or written yet. The AWS SDK is loaded only for `s3://`.
 *
 * @param uri `s3://bucket[/prefix]`, or the path of a directory
 * @throws DruidError INVALID_INPUT when the text names neither
 */
export async function openDeepStorage(uri: string): Promise<DeepStorage> {
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(uri)?.[1];
  if (scheme === undefined) return new LocalDeepStorage(uri, nodeFileSystem);
  const match = /^s3:\/\/([^/]+)(?:\/(.*?))?\/*$/.exec(uri);
  if (match === null) {
    throw invalidInput(`Deep storage [${uri}] is neither a directory nor s3://bucket/prefix`);
  }
  silenceAwsSdkNotice();
  const { isTransientS3Error, openS3 } = await import('./s3.js');
  return new RetryingDeepStorage(await openS3(match[1]!, match[2] ?? '', nodeFileSystem), {
    clock: systemClock,
    randomness: systemRandomness,
    maxAttempts: MAX_ATTEMPTS,
    firstDelayMs: FIRST_DELAY_MS,
    deadlineMs: DEADLINE_MS,
    isTransient: isTransientS3Error,
  });
}
