import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { FileSystem } from '../../platform/file-system.js';

/** Identity and shape of one log, written once. */
export interface LogMeta {
  /** Changes when a log of the same name is created again. */
  readonly id: string;
  readonly stream: string;
  readonly partitions: number;
}

/** As committed with offsets of the log. */
export function logIncarnation({ id }: LogMeta): string {
  return `local:${id}`;
}

const SEGMENT = /^(\d{20})\.log$/;

/** Directory of a log: the stream's name, made safe as a file name. */
export function logDirectory(directory: string, stream: string): string {
  return join(directory, encodeURIComponent(stream).replaceAll('.', '%2E'));
}

export function partitionDirectory(logDir: string, partition: number): string {
  return join(logDir, String(partition));
}

export function segmentFile(partitionDir: string, baseOffset: number): string {
  return join(partitionDir, `${String(baseOffset).padStart(20, '0')}.log`);
}

export function producersFile(partitionDir: string, baseOffset: number): string {
  return join(partitionDir, `${String(baseOffset).padStart(20, '0')}.producers`);
}

/** Base offsets of the segment files, ascending; empty when there is no such directory. */
export async function listSegments(files: FileSystem, partitionDir: string): Promise<number[]> {
  const bases = (await files.readdir(partitionDir)).flatMap((name) => {
    const match = SEGMENT.exec(name);
    return match === null ? [] : [Number(match[1])];
  });
  return bases.sort((a, b) => a - b);
}

export async function readMeta(files: FileSystem, logDir: string): Promise<LogMeta | undefined> {
  const bytes = await files.readFile(join(logDir, 'meta.json'));
  return bytes === undefined ? undefined : (JSON.parse(Buffer.from(bytes).toString()) as LogMeta);
}

export async function createMeta(
  files: FileSystem,
  logDir: string,
  stream: string,
  partitions: number,
): Promise<LogMeta> {
  const meta: LogMeta = { id: randomUUID(), stream, partitions };
  for (let p = 0; p < partitions; p++) await files.mkdir(partitionDirectory(logDir, p));
  await files.writeAtomic(join(logDir, 'meta.json'), Buffer.from(JSON.stringify(meta)));
  return meta;
}
