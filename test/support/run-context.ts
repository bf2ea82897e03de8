import type { MemoryRef } from '../../src/memory/memory-ref.js';
import type { BlockRef, ColumnBlockRef, ZoneRef } from '../../src/memory/block-ref.js';
import type { Scratch } from '../../src/memory/scratch.js';
import type { RunContext, RunSegment } from '../../src/engine/run.js';
import { decimalScale } from '../../src/segments/column/decimal-scale.js';
import type { ColumnVector } from '../../src/vectors/block.js';
import { openBlock } from '../../src/vectors/block-view.js';
import type { KernelSet } from '../../src/vectors/kernels/kernel-set.js';
import { bindKernels, loadKernelModule } from '../../src/vectors/kernels/wasm-kernels.js';
import type { TestSegment } from './blocks.js';

const PAGE = 65_536;

/** An arena of shared memory that grows, with the kernels bound to it. What is taken is filled with rubbish first. */
export class TestArena implements Scratch {
  readonly arena: number;
  readonly memory = new WebAssembly.Memory({ initial: 16, maximum: PAGE, shared: true });
  readonly kernels: KernelSet;
  #end = 64;

  constructor(arena: number) {
    this.arena = arena;
    this.kernels = bindKernels(loadKernelModule(), this.memory);
  }

  allocate(bytes: number): number {
    const pointer = this.#end;
    this.#end = Math.ceil((pointer + bytes) / 64) * 64;
    const missing = this.#end - this.memory.buffer.byteLength;
    if (missing > 0) this.memory.grow(Math.ceil(missing / PAGE));
    new Uint8Array(this.memory.buffer, pointer, bytes).fill(0xa5);
    return pointer;
  }

  free(): void {}

  put(view: ArrayBufferView): MemoryRef {
    const offset = this.allocate(Math.max(1, view.byteLength));
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    new Uint8Array(this.memory.buffer, offset, bytes.length).set(bytes);
    return { arena: this.arena, offset, length: bytes.length };
  }
}

/** A run's context over arenas, the first of which is home. */
export function testContext(arenas: readonly TestArena[], segments: readonly RunSegment[] = []): RunContext {
  const arenaOf = (arena: number): TestArena => arenas.find((candidate) => candidate.arena === arena)!;
  return {
    segments,
    home: arenas[0]!.arena,
    kernels: (arena) => arenaOf(arena).kernels,
    scratch: (arena) => arenaOf(arena),
    buffer: (arena) => arenaOf(arena).memory.buffer,
    exchange: { take: () => undefined, offer: () => true },
    isComplete: () => false,
  };
}

export interface PlaceOptions {
  /** The arena of each column's values; the first one unless told. */
  readonly arenaOf?: (column: string) => TestArena;
  /** Decimal and constant blocks where values allow them, as stored segments have. */
  readonly narrow?: boolean;
  readonly zones?: boolean;
}

/** A segment of plain test blocks moved to arenas, as a run sees it. */
export function placeSegment(made: TestSegment, arenas: readonly TestArena[], options: PlaceOptions = {}): RunSegment {
  const memory = (arena: number): ArrayBufferLike => arenas.find((one) => one.arena === arena)!.memory.buffer;
  const moved = new Map<string, MemoryRef>();
  const refs = made.refs.map((ref, i): BlockRef => {
    const source = sourceOf(made, i);
    const columns: Record<string, ColumnBlockRef> = {};
    const zones: Record<string, ZoneRef> = {};
    for (const [name, column] of Object.entries(ref.columns)) {
      const arena = options.arenaOf?.(name) ?? arenas[0]!;
      const vector = made.blocks[i]!.column(name)!;
      const narrow = options.narrow === true ? narrowed(column, vector, ref.numRows, arena) : undefined;
      columns[name] = relocate(narrow ?? column, source, arena, moved) as ColumnBlockRef;
      const zone = zoneOf(vector, ref.numRows);
      if (zone !== undefined) zones[name] = zone;
    }
    return { ...ref, columns, ...(options.zones === true && { zones }) };
  });
  return { ...made.segment, numBlocks: refs.length, block: (index) => openBlock(refs[index]!, memory) };
}

/** The buffer that a test block's columns lie in. */
function sourceOf(made: TestSegment, block: number): ArrayBufferLike {
  const times = made.blocks[block]!.column('__time');
  if (times?.kind !== 'long') throw new Error('Test rows have no __time');
  return times.values.buffer;
}

function isRef(value: object): value is MemoryRef {
  return 'arena' in value && 'offset' in value && 'length' in value;
}

/** Copies what refs name to an arena; those that lie in an arena already (arena of a put) stay. */
function relocate(value: unknown, source: ArrayBufferLike, arena: TestArena, moved: Map<string, MemoryRef>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (!isRef(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, relocate(part, source, arena, moved)]));
  }
  if (value.arena !== 0) return value;
  const key = `${arena.arena}:${value.offset}:${value.length}`;
  const known = moved.get(key);
  if (known !== undefined) return known;
  const ref = arena.put(new Uint8Array(source, value.offset, value.length));
  moved.set(key, ref);
  return ref;
}

function narrowed(
  column: ColumnBlockRef,
  vector: ColumnVector,
  n: number,
  arena: TestArena,
): ColumnBlockRef | undefined {
  if (column.kind === 'string' && vector.kind === 'string') {
    const [first = 0] = vector.ids;
    return vector.ids.every((id) => id === first) ? { ...column, width: 'constant', constant: first } : undefined;
  }
  const none = { arena: arena.arena, offset: 0, length: 0 };
  if (column.kind === 'long' && vector.kind === 'long') {
    const found = present(vector, n).map((value) => vector.base + Number(value));
    const [first] = found;
    if (first === undefined || vector.values instanceof BigInt64Array || found.some((value) => value !== first)) return;
    return { ...column, base: first, width: 'constant', values: none };
  }
  if (column.kind !== 'double' || vector.kind !== 'double') return undefined;
  const scale = decimalScale(vector.values, vector.nulls, n);
  if (scale === undefined) return undefined;
  const whole = Array.from(vector.values, (value, i) =>
    vector.nulls?.[i] === 1 ? 0 : Math.round(value * 10 ** scale),
  );
  const used = whole.filter((_, i) => vector.nulls?.[i] !== 1);
  const base = used.reduce((least, value) => Math.min(least, value), used[0] ?? 0);
  const span = used.reduce((most, value) => Math.max(most, value - base), 0);
  const nulls = column.nulls === undefined ? {} : { nulls: column.nulls };
  if (span === 0) return { kind: 'decimal', base, scale, width: 'constant', values: none, ...nulls };
  const [width, type] =
    span < 2 ** 8 ? (['u8', Uint8Array] as const) : span < 2 ** 16 ? (['u16', Uint16Array] as const) : WIDE;
  if (span >= 2 ** 32) return undefined;
  const elements = type.from(whole.map((value, i) => (vector.nulls?.[i] === 1 ? 0 : value - base)));
  return { kind: 'decimal', base, scale, width, values: arena.put(elements), ...nulls };
}

const WIDE = ['u32', Uint32Array] as const;

function present(vector: Extract<ColumnVector, { readonly kind: 'long' | 'double' | 'float' }>, n: number) {
  const values = vector.values as ArrayLike<number | bigint>;
  return Array.from({ length: n }, (_, i) => values[i]!).filter((_, i) => vector.nulls?.[i] !== 1);
}

/** Exact bounds as descriptors give them, computed plainly. */
export function zoneOf(vector: ColumnVector, n: number): ZoneRef | undefined {
  switch (vector.kind) {
    case 'string': {
      const ids = Array.from(vector.ids).filter((id) => id > 0);
      const nullCount = n - ids.length;
      if (ids.length === 0) return { kind: 'null', nullCount };
      return { kind: 'ids', min: Math.min(...ids), max: Math.max(...ids), nullCount };
    }
    case 'long':
    case 'double':
    case 'float': {
      const found = present(vector, n);
      const nullCount = n - found.length;
      if (found.length === 0) return { kind: 'null', nullCount };
      if (vector.kind === 'long') {
        const longs = found.map((value) => BigInt(vector.base) + BigInt(value));
        const bound = (isBetter: (a: bigint, b: bigint) => boolean) => longs.reduce((a, b) => (isBetter(b, a) ? b : a));
        return { kind: 'long', min: bound((a, b) => a < b), max: bound((a, b) => a > b), nullCount };
      }
      const reals = found.map(Number);
      if (reals.some((value) => !Number.isFinite(value) || Object.is(value, -0))) return undefined;
      return { kind: 'double', min: Math.min(...reals), max: Math.max(...reals), nullCount };
    }
    default:
      return undefined;
  }
}
