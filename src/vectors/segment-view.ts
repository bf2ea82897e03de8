import { assert } from '../common/assert.js';
import {
  BLOCK_ROWS,
  type BitmapIndexRef,
  type ColumnBlockRef,
  type DictionaryRef,
  type IdSpaceRef,
  type ZoneRef,
} from '../memory/block-ref.js';
import { SegmentRecords, type UnboundColumn } from '../memory/segment-records.js';
import {
  blockRows,
  dictionaryKey,
  type SegmentDefinition,
  type SegmentSlice,
  sliceBlock,
  sliceSize,
} from '../memory/segment-table.js';
import type { Block, ColumnVector, SegmentContext, StoredVector } from './block.js';
import { type ArenaMemory, openColumn } from './block-view.js';
import { storedVector } from './stored-vector.js';

/** A slice of a stored segment as an engine run takes it (engine/run.ts: RunSegment). */
export interface SliceView extends SegmentContext {
  readonly numBlocks: number;
  block(index: number): Block;
}

/** A column block with the versions of the records that it was read from. */
interface Bound {
  readonly version: number;
  readonly dictionaryVersion: number;
  readonly indexVersion: number;
  readonly ref: ColumnBlockRef;
}

/** What one thread has read of a segment's records. */
interface OpenedSegment {
  readonly records: SegmentRecords;
  readonly columns: ReadonlyMap<string, number>;
  readonly times: Float64Array;
  /** By column number * numBlocks + block. */
  readonly bound: Map<number, Bound>;
}

/** Goes with the definition, which a thread keeps while the segment is in use. */
const opened = new WeakMap<SegmentDefinition, OpenedSegment>();

/**
 * Opens what a query reads of a stored segment, from its records in shared memory: refs of a column block are decoded when it is first
 * asked for, and kept until it is loaded anew.
 */
export function openSegment(slice: SegmentSlice, memory: ArenaMemory): SliceView {
  const { definition } = slice;
  const segment = openedOf(definition);
  return {
    segmentId: definition.segmentId,
    dataSource: definition.dataSource,
    intervalStartMs: definition.intervalStartMs,
    intervalEndMs: definition.intervalEndMs,
    minTimeMs: definition.minTimeMs,
    maxTimeMs: definition.maxTimeMs,
    columnTypes: definition.columnTypes,
    ...spacesOf(slice, segment),
    numBlocks: sliceSize(slice),
    block: (index) => new SegmentBlock(definition, segment, sliceBlock(slice, index), memory),
  };
}

class SegmentBlock implements Block {
  readonly numRows: number;
  readonly firstRow: number;
  readonly minTimeMs: number;
  readonly maxTimeMs: number;
  readonly sortedByTime = true;
  readonly #definition: SegmentDefinition;
  readonly #segment: OpenedSegment;
  readonly #block: number;
  readonly #memory: ArenaMemory;
  readonly #vectors = new Map<string, ColumnVector>();
  readonly #stored = new Map<string, StoredVector>();

  constructor(definition: SegmentDefinition, segment: OpenedSegment, block: number, memory: ArenaMemory) {
    this.numRows = blockRows(definition, block);
    this.firstRow = block * BLOCK_ROWS;
    this.minTimeMs = segment.times[2 * block]!;
    this.maxTimeMs = segment.times[2 * block + 1]!;
    this.#definition = definition;
    this.#segment = segment;
    this.#block = block;
    this.#memory = memory;
  }

  column(name: string): ColumnVector | undefined {
    let vector = this.#vectors.get(name);
    if (vector !== undefined) return vector;
    const ref = this.#ref(name);
    if (ref === undefined) return undefined;
    vector = openColumn(ref, this.numRows, this.#memory);
    this.#vectors.set(name, vector);
    return vector;
  }

  stored(name: string): StoredVector | undefined {
    let vector = this.#stored.get(name);
    if (vector !== undefined) return vector;
    const ref = this.#ref(name);
    if (ref === undefined) return undefined;
    vector = storedVector(ref, this.#memory);
    this.#stored.set(name, vector);
    return vector;
  }

  zone(name: string): ZoneRef | undefined {
    const column = this.#segment.columns.get(name);
    return column === undefined ? undefined : this.#segment.records.zone(column, this.#block);
  }

  #ref(name: string): ColumnBlockRef | undefined {
    const { columns, records, bound } = this.#segment;
    const column = columns.get(name);
    if (column === undefined) return undefined;
    const version = records.columnVersion(column, this.#block);
    assert(
      version !== 0,
      `Column [${name}] of block [${this.#block}] of segment [${this.#definition.segmentId}] is not in memory`,
    );
    const dictionaryVersion = records.dictionaryVersion(column);
    const indexVersion = records.indexVersion(column);
    const place = column * this.#definition.numBlocks + this.#block;
    const known = bound.get(place);
    if (
      known !== undefined &&
      known.version === version &&
      known.dictionaryVersion === dictionaryVersion &&
      known.indexVersion === indexVersion
    ) {
      return known.ref;
    }
    const key = dictionaryKey(this.#definition, name);
    const dictionary = dictionaryVersion === 0 ? undefined : records.dictionary(column, key);
    const index = indexVersion === 0 ? undefined : records.index(column);
    const ref = bind(records.column(column, this.#block), dictionary, index);
    bound.set(place, { version, dictionaryVersion, indexVersion, ref });
    return ref;
  }
}

function bind(
  column: UnboundColumn,
  dictionary: DictionaryRef | undefined,
  index: BitmapIndexRef | undefined,
): ColumnBlockRef {
  switch (column.kind) {
    case 'string':
    case 'multiString':
      assert(dictionary !== undefined, 'A column of ids needs its dictionary');
      return { ...column, dictionary, ...(index !== undefined && { index }) };
    case 'array':
      return { ...column, elements: bind(column.elements, dictionary, undefined) };
    default:
      return column;
  }
}

function openedOf(definition: SegmentDefinition): OpenedSegment {
  let segment = opened.get(definition);
  if (segment === undefined) {
    const names = Object.keys(definition.columnTypes);
    segment = {
      records: new SegmentRecords(definition, names.length),
      columns: new Map(names.map((name, i) => [name, i])),
      times: new Float64Array(definition.blockTimes),
      bound: new Map(),
    };
    opened.set(definition, segment);
  }
  return segment;
}

/** Spaces as the query uses them, where the segment's ids have a place in them. */
function spacesOf({ spaces }: SegmentSlice, { records, columns }: OpenedSegment): Pick<SegmentContext, 'spaces'> {
  if (spaces === null) return {};
  const found: Record<string, IdSpaceRef> = {};
  for (const [name, { key, size }] of Object.entries(spaces)) {
    const column = columns.get(name);
    const place = column === undefined ? undefined : records.space(column);
    if (place?.key === key) found[name] = { key, size, remap: place.remap };
  }
  return { spaces: found };
}
