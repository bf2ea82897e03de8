/**
 * CONTRACT. Working memory of queries in an arena, beside its slots: group states, keys, selections. Any thread allocates and frees,
 * without the main thread.
 */
export interface Scratch {
  readonly arena: number;
  /**
   * A pointer aligned to 64 to bytes with undefined contents; grown in units of 64 KiB, so keep and reuse buffers for small needs.
   * @throws DruidError CAPACITY_EXCEEDED when the scratch budget is spent
   */
  allocate(bytes: number): number;
  /** Gives back what `allocate` gave, from any thread. */
  free(pointer: number): void;
}
