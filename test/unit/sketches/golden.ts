import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** Reads one recorded file of `golden/`; its README says how each was made. */
export function golden(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`golden/${name}.json`, import.meta.url), 'utf8'));
}

export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(text, 'base64'));
}

export interface WikipediaUser {
  readonly user: string;
  readonly channel: string;
  readonly isRobot: boolean;
}

/** Distinct (user, channel, isRobot) of the wikipedia sample that ships with Druid, by first appearance. */
export function wikipediaUsers(): readonly WikipediaUser[] {
  const packed = readFileSync(new URL('golden/wikipedia-users.tsv.gz', import.meta.url));
  const lines = gunzipSync(packed).toString().trimEnd().split('\n');
  return lines.map((line) => {
    const [user = '', channel = '', robot] = line.split('\t');
    return { user, channel, isRobot: robot === '1' };
  });
}

/** Recorded bytes: whole when short, else their SHA-256. */
export interface RecordedBytes {
  readonly image?: string;
  readonly sha256?: string;
}

export function sameBytes(bytes: Uint8Array, expected: RecordedBytes): boolean {
  if (expected.image !== undefined) return base64(bytes) === expected.image;
  return createHash('sha256').update(bytes).digest('base64') === expected.sha256;
}

/** `java.util.Random#nextInt(bound)` of the given seed, for bounds that are powers of two. */
export function javaRandom(seed: number): (bound: number) => number {
  const multiplier = 0x5deece66dn;
  const mask = (1n << 48n) - 1n;
  let state = (BigInt(seed) ^ multiplier) & mask;
  return (bound) => {
    state = (state * multiplier + 11n) & mask;
    return Number((BigInt(bound) * (state >> 17n)) >> 31n);
  };
}
