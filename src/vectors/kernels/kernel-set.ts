/**
 * CONTRACT. The kernels of one arena as one thread calls them: every pointer is a byte offset in that arena's memory. Two
 * implementations give the same results: the WebAssembly module built from `assembly/`, and its TypeScript twins (`twins/`), the
 * test oracle. A lookup (`sum('bits', 'u16')`) is made once per block, the function it gives runs the loop.
 *
 * Values: integer elements stand for `base + element` (base is a safe integer as a double; 0 for 'i64'), and their states are i64 that
 * wrap; real elements have f64 states. No kernel knows nulls: the caller narrows the selection first (`selectNotNull`).
 * Selections: 'all' takes rows 0..n-1 (`selection` is ignored); 'bits' a bitset of n bits in 64-bit words, bits from n on are 0; 'rows' a list
 * of n ascending u16 row numbers. In every form columns and keys are indexed by ROW.
 * Alignment: columns, states, bitsets and scratch begin at multiples of 16; 'all' may start at any row, so elements are only naturally aligned.
 */
export type Pointer = number;
export type KeyWidth = 'u8' | 'u16' | 'u32';
export type IntType = 'u8' | 'i8' | 'u16' | 'i16' | 'u32' | 'i32' | 'i64';
export type RealType = 'f32' | 'f64';
export type ValueType = IntType | RealType;
export type SelectionForm = 'all' | 'bits' | 'rows';
/** The element type of states: what values of a type are accumulated in. */
export type StateType = 'i64' | 'f64';

/** Adds to (or keeps the extreme of) the one state at `out`. */
export type ReduceKernel = (values: Pointer, base: number, selection: Pointer, n: number, out: Pointer) => void;

/**
 * Group of a row: keys[row] + keyBase. With laneBytes > 0 there are four copies of the states that far apart, rows alternate between
 * them (few groups would otherwise wait for their own last store); the caller folds them. 0 = one copy.
 */
export type GroupCountKernel = (
  keys: Pointer,
  selection: Pointer,
  n: number,
  keyBase: number,
  counts: Pointer,
  laneBytes: number,
) => void;
export type GroupReduceKernel = (
  keys: Pointer,
  values: Pointer,
  base: number,
  selection: Pointer,
  n: number,
  keyBase: number,
  states: Pointer,
  laneBytes: number,
) => void;
export type GroupPairKernel = (
  keys: Pointer,
  values: Pointer,
  base: number,
  selection: Pointer,
  n: number,
  keyBase: number,
  first: Pointer,
  second: Pointer,
  laneBytes: number,
) => void;
/**
 * winners: u32 a group, row + 1 of its winner, or 0 (all of them before). picked: u32 with room for 1 + as many groups as get a winner: how many, then
 * which, in the order of their first rows. Returns how many.
 */
export type PickKernel = (
  keys: Pointer,
  times: Pointer,
  selection: Pointer,
  n: number,
  keyBase: number,
  winners: Pointer,
  picked: Pointer,
) => number;
/** Writes a bitset of n bits (whole words) and returns how many are set. */
type SelectResult = number;

export interface KernelSet {
  // --- one group -------------------------------------------------------------------------------------------------
  sum(form: SelectionForm, type: ValueType): ReduceKernel;
  /** Reals as Java's Math.min/max: NaN wins, -0 < 0. States start at the identity (i64 max/min, +-Infinity). */
  min(form: SelectionForm, type: ValueType): ReduceKernel;
  max(form: SelectionForm, type: ValueType): ReduceKernel;

  // --- dense groups: states indexed by group ------------------------------------------------------------------------
  /** counts: i64 per group. */
  groupCount(form: SelectionForm, key: KeyWidth): GroupCountKernel;
  /** seen: u8 per group, set to 1; laneBytes is ignored. */
  groupSeen(form: SelectionForm, key: KeyWidth): GroupCountKernel;
  groupSum(form: SelectionForm, key: KeyWidth, type: ValueType): GroupReduceKernel;
  groupMin(form: SelectionForm, key: KeyWidth, type: ValueType): GroupReduceKernel;
  groupMax(form: SelectionForm, key: KeyWidth, type: ValueType): GroupReduceKernel;
  /** first: counts, second: sums. */
  groupCountSum(form: SelectionForm, key: KeyWidth, type: ValueType): GroupPairKernel;
  /** first: mins, second: maxs. */
  groupMinMax(form: SelectionForm, key: KeyWidth, type: ValueType): GroupPairKernel;

  // --- one row a group ------------------------------------------------------------------------------------------------
  /** The first (last) selected row of each group; `times` is ignored. */
  pickFirst(form: SelectionForm, key: KeyWidth): PickKernel;
  pickLast(form: SelectionForm, key: KeyWidth): PickKernel;
  /** The row of the least (greatest) time; of several the first (last). */
  pickEarliest(form: SelectionForm, key: KeyWidth, time: IntType): PickKernel;
  pickLatest(form: SelectionForm, key: KeyWidth, time: IntType): PickKernel;

  // --- hashes of texts: MurmurHash3 128 x64, the seed in both halves --------------------------------------------------------
  /** out[i] (two u64) = hash of the bytes [offsets[i], offsets[i + 1]) from `bytes` on (offsets: u32[n + 1]). */
  hashUtf8(offsets: Pointer, bytes: Pointer, n: number, seed: number, out: Pointer): void;
  /** The same of their UTF-16LE units; the bytes are valid UTF-8. units: room for twice the bytes of the longest. */
  hashUtf16(offsets: Pointer, bytes: Pointer, n: number, seed: number, units: Pointer, out: Pointer): void;

  // --- merging states of n groups: dst[i] = dst[i] op src[i] --------------------------------------------------------------
  mergeSum(type: StateType): (dst: Pointer, src: Pointer, n: number) => void;
  mergeMin(type: StateType): (dst: Pointer, src: Pointer, n: number) => void;
  mergeMax(type: StateType): (dst: Pointer, src: Pointer, n: number) => void;
  /** u8 maximum: HLL registers, seen marks. */
  mergeMaxU8(dst: Pointer, src: Pointer, n: number): void;

  // --- keys (u32 per row out) ---------------------------------------------------------------------------------------
  /** out[i] = ids[i] * stride, or += when add is 1. */
  packIds(key: KeyWidth): (ids: Pointer, stride: number, n: number, out: Pointer, add: number) => void;
  /** out[i] = remap[ids[i]] * stride (remap: u32 per id), or +=. */
  packRemapped(
    key: KeyWidth,
  ): (ids: Pointer, remap: Pointer, stride: number, n: number, out: Pointer, add: number) => void;
  /** out[i] = (base + values[i] - from) * stride, or +=; the caller knows that it fits 32 bits. */
  packInts(
    type: IntType,
  ): (values: Pointer, base: number, from: number, stride: number, n: number, out: Pointer, add: number) => void;
  /**
   * out[i] = b * stride (or +=) for the last b with boundaries[b] <= base + times[i] (boundaries: f64, ascending, below 2^63, count of them; times before
   * the first get 0). Times may be in any order; ascending ones are fast.
   */
  packTimeBuckets(
    type: IntType,
  ): (
    times: Pointer,
    base: number,
    boundaries: Pointer,
    count: number,
    stride: number,
    n: number,
    out: Pointer,
    add: number,
  ) => void;

  // --- hash grouping -----------------------------------------------------------------------------------------------
  /**
   * groups[row] = dense number of the pair (high[row], low[row]) for the selected rows (u32 each; high 0 = no high word). `table` points at
   * a HashTable header of u32 words: [slotMask, size, maxSize, slots pointer, pairs pointer]; slots hold number + 1 (0 = free), pairs are (high, low) by
   * number. Stops early when size would pass maxSize: returns how many selected rows were done, so that the caller grows the table and goes on.
   */
  hashGroups(
    form: SelectionForm,
  ): (high: Pointer, low: Pointer, selection: Pointer, n: number, table: Pointer, groups: Pointer) => number;
  /** Fills the (zeroed) slots of a table from its pairs. */
  hashRebuild(table: Pointer): void;

  // --- filters -----------------------------------------------------------------------------------------------------
  /** Rows whose id has a 1 in table (u8 per id, tableSize of them; SIMD lookup for up to 16). */
  selectIds(
    key: KeyWidth,
  ): (ids: Pointer, table: Pointer, tableSize: number, n: number, outBits: Pointer) => SelectResult;
  /** Rows with low <= id <= high. */
  selectIdRange(key: KeyWidth): (ids: Pointer, low: number, high: number, n: number, outBits: Pointer) => SelectResult;
  /** Multi-value rows any of whose ids has a 1; a row without ids counts as id 0. offsets: u32[n + 1]. */
  selectMultiIds(
    key: KeyWidth,
  ): (ids: Pointer, offsets: Pointer, table: Pointer, n: number, outBits: Pointer) => SelectResult;
  /** Rows with low <= element <= high (elements, without base; bounds already clamped to the type). Not for i64. */
  selectIntRange(
    type: Exclude<IntType, 'i64'>,
  ): (values: Pointer, low: number, high: number, n: number, outBits: Pointer) => SelectResult;
  /** low and high: i64 at those pointers. */
  selectI64Range(values: Pointer, low: Pointer, high: Pointer, n: number, outBits: Pointer): SelectResult;
  /** In Java's Double.compare order (-0 < 0, NaN after all); flags: 1 low open, 2 high open, 4 NaN matches. */
  selectRealRange(
    type: RealType,
  ): (values: Pointer, low: number, high: number, flags: number, n: number, outBits: Pointer) => SelectResult;
  /** Rows whose null byte is 0. */
  selectNotNull(nulls: Pointer, n: number, outBits: Pointer): SelectResult;

  // --- bitsets of n bits --------------------------------------------------------------------------------------------
  bitsAnd(a: Pointer, b: Pointer, n: number, out: Pointer): number;
  bitsOr(a: Pointer, b: Pointer, n: number, out: Pointer): number;
  bitsNot(a: Pointer, n: number, out: Pointer): number;
  bitsCount(a: Pointer, n: number): number;
  /** Sets bits [from, to) and clears all others of n. */
  bitsRange(from: number, to: number, n: number, out: Pointer): void;
  /** Sets the bits of a u16 list, of a bitmap container (1,024 words) or of roaring runs (pairs start, length - 1); clears none. */
  bitsAddRows(rows: Pointer, count: number, out: Pointer): void;
  bitsAddBitmap(words: Pointer, out: Pointer): void;
  bitsAddRuns(runs: Pointer, count: number, out: Pointer): void;
  /** Row numbers of the set bits as u16; returns how many. */
  bitsToRows(bits: Pointer, n: number, outRows: Pointer): number;

  // --- arithmetic on whole columns (virtual columns); out may be an operand ---------------------------------------------------------
  /** out f64 = (base + element) / divisor; reals: element. */
  toF64(type: ValueType): (values: Pointer, base: number, divisor: number, n: number, out: Pointer) => void;
  /** out i64 = (base + element) * factor, wrapping. */
  toI64(type: IntType): (values: Pointer, base: number, factor: number, n: number, out: Pointer) => void;
  /** out i64 = ((aBase + a) * aFactor) * ((bBase + b) * bFactor); each of the two fits 32 bits with its sign. */
  multiplyInts(
    a: KeyWidth,
    b: KeyWidth,
  ): (
    a: Pointer,
    aBase: number,
    aFactor: number,
    b: Pointer,
    bBase: number,
    bFactor: number,
    n: number,
    out: Pointer,
  ) => void;
  /** out i64 = a * ((base + b) * factor), wrapping; a is i64, what it is multiplied by fits 32 bits with its sign. */
  multiplyByInts(b: KeyWidth): (a: Pointer, b: Pointer, base: number, factor: number, n: number, out: Pointer) => void;
  add(type: StateType): (a: Pointer, b: Pointer, n: number, out: Pointer) => void;
  subtract(type: StateType): (a: Pointer, b: Pointer, n: number, out: Pointer) => void;
  multiply(type: StateType): (a: Pointer, b: Pointer, n: number, out: Pointer) => void;
  /** out = scale * a + offset, the way `1 - x` and constants come (scale and offset exact in i64). */
  affine(type: StateType): (a: Pointer, scale: number, offset: number, n: number, out: Pointer) => void;

  // --- choosing groups ------------------------------------------------------------------------------------------------
  /**
   * Indexes (u32, ascending) of the groups that belong to the k greatest (descending 1) or smallest states, ties with the k-th included, among
   * those with counts[i] > 0 (i64; 0 = all). Returns how many, or -1 when more than `capacity`. NaN is above all.
   */
  topK(
    type: StateType,
  ): (
    states: Pointer,
    counts: Pointer,
    n: number,
    k: number,
    descending: number,
    out: Pointer,
    capacity: number,
  ) => number;
  /** Indexes (u32, ascending) of the groups with counts[i] > 0 (i64); returns how many. */
  nonEmpty(counts: Pointer, n: number, out: Pointer): number;

  // --- loading: file buffers into the in-memory form --------------------------------------------------------------------
  /** out = round(value * power) - base: DOUBLE blocks that are exactly n / 10^k. */
  narrowReals(
    from: RealType,
    to: KeyWidth,
  ): (values: Pointer, power: number, base: number, n: number, out: Pointer) => void;
  /** Unpacks an Arrow validity bitmap to null bytes (1 = null). */
  unpackNulls(validity: Pointer, n: number, out: Pointer): void;

  // --- JSON text of cells: a column at a time for n rows (a u16 list), the text of a row from its cursor on ---------------------------
  /**
   * lengths[i] += the length of the text of a row's id (u32 each; id v is bytes [offsets[v - 1], offsets[v]), 0 is null). Returns 1, or 0 when a text has to be
   * escaped or may be no UTF-16: the lengths then mean nothing.
   */
  measureIds(
    key: KeyWidth,
  ): (ids: Pointer, offsets: Pointer, bytes: Pointer, rows: Pointer, n: number, lengths: Pointer) => number;
  /** Puts what was measured at cursors[i] (u32 pointers) and moves them behind it. */
  writeIds(
    key: KeyWidth,
  ): (ids: Pointer, offsets: Pointer, bytes: Pointer, rows: Pointer, n: number, cursors: Pointer) => void;
  /**
   * The same of (base + element) / 10^scale (0 to 9) as Java prints doubles, or with scale -1 of longs; 0 when a double needs an exponent or has 16 digits.
   * nulls: u8 per row, or 0.
   */
  measureInts(
    type: IntType,
  ): (
    values: Pointer,
    base: number,
    scale: number,
    nulls: Pointer,
    rows: Pointer,
    n: number,
    lengths: Pointer,
  ) => number;
  writeInts(
    type: IntType,
  ): (values: Pointer, base: number, scale: number, nulls: Pointer, rows: Pointer, n: number, cursors: Pointer) => void;
  /** The same `length` bytes at every cursor. */
  writeBytes(source: Pointer, length: number, n: number, cursors: Pointer): void;
}
