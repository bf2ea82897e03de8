import { join } from 'node:path';
import { assert } from '../../common/assert.js';
import type { ColumnType } from '../../common/column-type.js';
import type { FileSystem, ReadHandle } from '../../platform/file-system.js';
import { nodeFileSystem } from '../../platform/node-file-system.js';
import type { ColumnBlockRef, DictionaryRef } from '../../memory/block-ref.js';
import type { ColumnVector } from '../../vectors/block.js';
import { openBlock } from '../../vectors/block-view.js';
import { bindColumnBlock } from '../column/stored-column.js';
import { parseDescriptor, type SegmentDescriptor, type StoredColumn } from '../format/descriptor.js';
import { type LoadPlan, loadColumnBlock, loadDictionary, planColumnBlock, planDictionary } from '../format/loading.js';
import { DATA_FILE, DESCRIPTOR_FILE, type SegmentInfo } from '../format/segment-schema.js';
import { nextIndexKey } from '../incremental/index-key.js';
import type { MergeInput } from './merge-input.js';

/** A stored segment as an input. Holds a file open until `close`. */
export interface SegmentInput extends MergeInput {
  readonly info: SegmentInfo;
  readonly numRows: number;
  close(): Promise<void>;
}

/** Refs of these inputs lie in no arena: they are resolved here. */
const NO_ARENA = -1;

/**
 * Opens a segment in a local directory. A column is read, verified and unpacked when it is asked for, and not kept.
 * @throws SegmentCorruption when the bytes are not what was written
 */
export async function inputFromSegmentDirectory(
  directory: string,
  fileSystem: FileSystem = nodeFileSystem,
): Promise<SegmentInput> {
  const bytes = await fileSystem.readFile(join(directory, DESCRIPTOR_FILE));
  assert(bytes !== undefined, `Directory [${directory}] holds no segment`);
  const descriptor = parseDescriptor(bytes);
  const file = await fileSystem.openRead(join(directory, DATA_FILE));
  const columnTypes: Record<string, ColumnType> = {};
  for (const column of descriptor.columns) columnTypes[column.name] = column.type;
  return {
    columnTypes,
    blockRows: Array.from({ length: descriptor.numBlocks }, (_, block) => descriptor.blockRows(block)),
    info: descriptor.info,
    numRows: descriptor.numRows,
    column: (name) => readColumn(descriptor, file, name),
    close: () => file.close(),
  };
}

async function readColumn(
  descriptor: SegmentDescriptor,
  file: ReadHandle,
  name: string,
): Promise<readonly (ColumnVector | undefined)[]> {
  const column = descriptor.column(name);
  if (column === undefined) return [];
  const dictionary = column.dictionary && (await readDictionary(column, file));
  const vectors: (ColumnVector | undefined)[] = [];
  for (let block = 0; block < descriptor.numBlocks; block++) {
    const memory = new Slot(planColumnBlock(descriptor, column, block));
    const stored = loadColumnBlock(descriptor, column, block, await memory.read(file), memory.bytes, memory.ref);
    const ref = bindColumnBlock(stored, dictionary?.ref);
    vectors.push(openColumn(name, ref, descriptor.blockRows(block), memory, dictionary?.memory));
  }
  return vectors;
}

async function readDictionary(
  column: StoredColumn,
  file: ReadHandle,
): Promise<{ readonly ref: DictionaryRef; readonly memory: Slot }> {
  const memory = new Slot(planDictionary(column), NO_ARENA - 1);
  return { ref: loadDictionary(column, await memory.read(file), memory.bytes, memory.ref, nextIndexKey()), memory };
}

function openColumn(
  name: string,
  ref: ColumnBlockRef,
  numRows: number,
  block: Slot,
  dictionary: Slot | undefined,
): ColumnVector | undefined {
  const blockRef = { numRows, firstRow: 0, minTimeMs: 0, maxTimeMs: 0, sortedByTime: true, columns: { [name]: ref } };
  const memory = (arena: number): ArrayBufferLike => {
    const slot = arena === NO_ARENA ? block : dictionary;
    assert(slot !== undefined, `Arena [${arena}] is not known here`);
    return slot.bytes.buffer;
  };
  return openBlock(blockRef, memory).column(name);
}

/** Memory of one thing that is loaded. */
class Slot {
  readonly bytes: Uint8Array;
  readonly ref: { readonly arena: number; readonly offset: number; readonly length: number };
  readonly #plan: LoadPlan;

  constructor(plan: LoadPlan, arena = NO_ARENA) {
    this.#plan = plan;
    this.bytes = new Uint8Array(plan.memoryBytes);
    this.ref = { arena, offset: 0, length: plan.memoryBytes };
  }

  async read(file: ReadHandle): Promise<Uint8Array> {
    const { offset, length } = this.#plan;
    const stored = new Uint8Array(length);
    await file.read(stored, offset, length);
    return stored;
  }
}
