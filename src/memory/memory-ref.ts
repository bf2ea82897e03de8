/**
 * A range of bytes in a shared WebAssembly memory ("arena"), nameable across threads.
 * Arena ids are unique in the process and never reused while anyone may hold a ref.
 */
export interface MemoryRef {
  readonly arena: number;
  /** Byte offset in the arena, aligned to 64. */
  readonly offset: number;
  /** Length in bytes that holds data (the slot may be larger). */
  readonly length: number;
}

/** A shared memory as it is handed to a worker thread in a message. */
export interface ArenaHandle {
  readonly id: number;
  /** Shared: structured clone passes the same memory, nothing is copied. */
  readonly memory: WebAssembly.Memory;
  /** Page table of the arena's scratch (shared-scratch.ts); absent in arenas that have none, as those of real-time rows. */
  readonly scratch?: SharedArrayBuffer;
}
