import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';

/** Identity and shape of one log, written once. */
export interface LogMeta {
  /** Changes when a log of the same name is created again. */
  readonly id: string;
  readonly stream: string;
  readonly partitions: number;
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
export async function listSegments(partitionDir: string): Promise<number[]> {
  const names = await readdir(partitionDir).catch(ifAbsent([] as string[]));
  const bases = names.flatMap((name) => {
    const match = SEGMENT.exec(name);
    return match === null ? [] : [Number(match[1])];
  });
  return bases.sort((a, b) => a - b);
}

export async function readMeta(logDir: string): Promise<LogMeta | undefined> {
  const text = await readFile(join(logDir, 'meta.json'), 'utf8').catch(ifAbsent(undefined));
  return text === undefined ? undefined : (JSON.parse(text) as LogMeta);
}

export async function createMeta(logDir: string, stream: string, partitions: number): Promise<LogMeta> {
  const meta: LogMeta = { id: randomUUID(), stream, partitions };
  for (let p = 0; p < partitions; p++) await mkdir(partitionDirectory(logDir, p), { recursive: true });
  await writeDurably(join(logDir, 'meta.json'), JSON.stringify(meta));
  await syncDirectory(logDir);
  return meta;
}

/** Writes a whole file so that after a crash it is the old one or the new one. */
export async function writeDurably(path: string, text: string): Promise<void> {
  const temporary = `${path}.tmp`;
  const file = await open(temporary, 'w');
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}

/** Makes names created in or removed from a directory durable. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** For `catch`: the value when the file does not exist; other errors go on. */
export function ifAbsent<T>(value: T): (error: unknown) => T {
  return (error) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return value;
    throw error;
  };
}
