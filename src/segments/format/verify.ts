import { join } from 'node:path';
import type { FileSystem, ReadHandle } from '../../platform/file-system.js';
import { nodeFileSystem } from '../../platform/node-file-system.js';
import { RunningXxhash64, formatChecksum } from '../codec/checksum.js';
import { INDEX_MAGIC, PAGE_BYTES } from './descriptor-layout.js';
import { type SegmentDescriptor, parseDescriptor } from './descriptor.js';
import { planDictionary, verify, verifyIndexPages } from './loading.js';
import { SegmentCorruption } from './segment-corruption.js';
import { DATA_FILE, DESCRIPTOR_FILE, INDEX_FILE } from './segment-schema.js';

const READ_BYTES = 1 << 20;

/**
 * Reads every byte of a segment directory and compares it with the descriptor: first the ranges that queries read, so that
 * the error names the place, then the whole of data.arrow.
 * @throws SegmentCorruption for the first byte range that is not what was written, or a file that is absent
 */
export async function verifySegment(
  directory: string,
  fileSystem: FileSystem = nodeFileSystem,
): Promise<SegmentDescriptor> {
  const bytes = await fileSystem.readFile(join(directory, DESCRIPTOR_FILE));
  if (bytes === undefined) throw new SegmentCorruption(DESCRIPTOR_FILE, 0, 'a file', 'none');
  const descriptor = parseDescriptor(bytes);
  await withFile(fileSystem, directory, DATA_FILE, descriptor.dataBytes, (file) => verifyData(descriptor, file));
  await withFile(fileSystem, directory, INDEX_FILE, descriptor.indexBytes, (file) => verifyIndex(descriptor, file));
  return descriptor;
}

async function withFile(
  fileSystem: FileSystem,
  directory: string,
  name: string,
  sizeBytes: number,
  check: (file: ReadHandle) => Promise<void>,
): Promise<void> {
  const path = join(directory, name);
  const stat = await fileSystem.stat(path);
  if (stat?.sizeBytes !== sizeBytes) {
    throw new SegmentCorruption(name, 0, `${sizeBytes} bytes`, stat === undefined ? 'none' : `${stat.sizeBytes} bytes`);
  }
  const file = await fileSystem.openRead(path);
  try {
    await check(file);
  } finally {
    await file.close();
  }
}

async function verifyData(descriptor: SegmentDescriptor, file: ReadHandle): Promise<void> {
  for (const column of descriptor.columns) {
    if (column.dictionary === undefined) continue;
    const { offset, length } = planDictionary(column);
    verify(DATA_FILE, offset, await read(file, offset, length), length, column.dictionary.checksum);
  }
  for (let block = 0; block < descriptor.numBlocks; block++) {
    for (const column of descriptor.columns) {
      const { offset, length, checksum } = descriptor.block(column, block);
      verify(DATA_FILE, offset, await read(file, offset, length), length, checksum);
    }
  }
  const whole = new RunningXxhash64();
  for (let at = 0; at < file.sizeBytes; at += READ_BYTES) {
    whole.update(await read(file, at, Math.min(READ_BYTES, file.sizeBytes - at)));
  }
  const [expected, actual] = [descriptor.dataChecksum, whole.digest()];
  if (expected !== actual) {
    throw new SegmentCorruption(DATA_FILE, 0, formatChecksum(expected), formatChecksum(actual));
  }
}

async function verifyIndex(descriptor: SegmentDescriptor, file: ReadHandle): Promise<void> {
  for (let at = 0; at < file.sizeBytes; at += PAGE_BYTES) {
    const length = Math.min(PAGE_BYTES, file.sizeBytes - at);
    const page = await read(file, at, length);
    verifyIndexPages(descriptor, at, page, length);
    if (at > 0) continue;
    const magic = Buffer.from(page.subarray(0, INDEX_MAGIC.length)).toString('latin1');
    if (magic !== INDEX_MAGIC) throw new SegmentCorruption(INDEX_FILE, 0, INDEX_MAGIC, JSON.stringify(magic));
  }
}

async function read(file: ReadHandle, offset: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  await file.read(bytes, offset, length);
  return bytes;
}
