import { BLOCK_ROWS } from '../../memory/block-ref.js';
import type { BitmapIndex, StoredContainer, StoredVector, UnsignedIds } from '../../vectors/block.js';
import { selectIdsRows, selectIntsRows, selectMultiIds } from '../../vectors/kernels/select.js';
import type { KeyWidth, Pointer } from '../../vectors/kernels/kernel-set.js';
import { CALL_NS, CONTAINER_NS, containerCost, isListBetter, lookupCost, scanCost } from './costs.js';
import type { Verdict } from '../filter/filter-verdict.js';
import { type IdMatches, MAX_LISTED } from './id-matches.js';
import { decided, NOT_NULL, type RowTest } from './row-test.js';
import type { BlockScope, Found } from './selector-node.js';
import type { Workspace } from './workspace.js';

type IdsVector = Extract<StoredVector, { readonly kind: 'ids' | 'multiIds' }>;

/** Rows with lists cost about so many times more. */
const MULTI_FACTOR = 4;
const BYTES: Readonly<Record<KeyWidth, number>> = { u8: 1, u16: 2, u32: 4 };
const LARGEST: Readonly<Record<KeyWidth, number>> = { u8: 0xff, u16: 0xffff, u32: 0xffff_ffff };

/** A comparison with a dictionary column: by the ids that match, or from the bitmap index where that is cheaper. */
export function idsTest(
  vector: IdsVector,
  matches: IdMatches,
  scope: BlockScope,
  column: string,
  depth: number,
  workspace: Workspace,
): RowTest {
  const verdict = verdictOf(vector, matches, scope, column);
  if (verdict !== 'some' || vector.width === null) return decided(verdict);
  const scan =
    vector.kind === 'ids'
      ? singleScan(vector, vector.width, matches, scope, workspace)
      : multiScan(vector, matches, scope, workspace);
  const { index } = vector;
  if (index === undefined || matches.count > MAX_LISTED || matches.count * CONTAINER_NS > scan.cost) return scan;
  const containers = containersOf(index, matches.listed, scope.number);
  if (containers === undefined) return scan;
  if (containers.length === 0) return decided('none');
  let cost = CALL_NS;
  let count = 0;
  for (const container of containers) {
    cost += containerCost(container);
    count += container.count;
  }
  const share = Math.min(1, count / scope.numRows);
  if (cost >= scan.cost) return { ...scan, share };
  const isSingle = vector.kind === 'ids';
  return { ...fromIndex(containers, isSingle, count, scope.numRows, depth, workspace), cost, share, keep: scan.keep };
}

function verdictOf(vector: IdsVector, matches: IdMatches, scope: BlockScope, column: string): Verdict {
  if (vector.width === null) return matches.has(vector.constant) ? 'all' : 'none';
  if (matches.count === 0) return 'none';
  if (matches.count === matches.size + 1) return 'all';
  const zone = vector.kind === 'ids' ? scope.zoneOf(column) : undefined;
  if (zone?.kind !== 'ids') return 'some';
  const ofValues = matches.verdict(zone.min, zone.max);
  return zone.nullCount === 0 || ofValues === (matches.has(0) ? 'all' : 'none') ? ofValues : 'some';
}

function singleScan(
  vector: Extract<IdsVector, { kind: 'ids' }>,
  width: KeyWidth,
  matches: IdMatches,
  { numRows }: BlockScope,
  workspace: Workspace,
): RowTest {
  const { kernels } = workspace;
  return {
    verdict: 'some',
    cost: matches.isRange ? scanCost(width, numRows) : lookupCost(width, numRows),
    bits(out) {
      const ids = workspace.local('values', vector.arena, vector.ids, numRows * BYTES[width]);
      if (!matches.isRange) return kernels.selectIds(width)(ids, matches.table, matches.size + 1, numRows, out);
      return kernels.selectIdRange(width)(ids, matches.low, Math.min(matches.high, LARGEST[width]), numRows, out);
    },
    keep(rows, n) {
      const ids = idsView(vector.arena, vector.ids, width, numRows, workspace);
      if (!matches.isRange) return selectIdsRows(ids)(ids, matches.marks, rows, n, rows);
      return selectIntsRows(ids)(ids, matches.low, matches.high, NOT_NULL, 0, rows, n, rows);
    },
  };
}

function multiScan(
  vector: Extract<IdsVector, { kind: 'multiIds' }>,
  matches: IdMatches,
  { numRows }: BlockScope,
  workspace: Workspace,
): RowTest {
  const { arena, width } = vector;
  const offsetsOf = (): Uint32Array =>
    new Uint32Array(workspace.buffer(arena, vector.offsets + 4 * numRows + 4), vector.offsets, numRows + 1);
  return {
    verdict: 'some',
    cost: MULTI_FACTOR * lookupCost('u32', numRows),
    bits(out) {
      const offsets = workspace.local('offsets', arena, vector.offsets, 4 * (numRows + 1));
      const ids = workspace.local('values', arena, vector.ids, offsetsOf()[numRows]! * BYTES[width]);
      return workspace.kernels.selectMultiIds(width)(ids, offsets, matches.table, numRows, out);
    },
    keep(rows, n) {
      const offsets = offsetsOf();
      const ids = idsView(arena, vector.ids, width, offsets[numRows]!, workspace);
      return selectMultiIds(ids)(ids, offsets, matches.marks, rows, n, rows);
    },
  };
}

export function idsView(arena: number, at: Pointer, width: KeyWidth, n: number, workspace: Workspace): UnsignedIds {
  const buffer = workspace.buffer(arena, at + n * BYTES[width]);
  switch (width) {
    case 'u8':
      return new Uint8Array(buffer, at, n);
    case 'u16':
      return new Uint16Array(buffer, at, n);
    case 'u32':
      return new Uint32Array(buffer, at, n);
  }
}

/** The containers of ids in a block; undefined when the index does not lie in an arena. */
function containersOf(index: BitmapIndex, ids: readonly number[], number: number): StoredContainer[] | undefined {
  if (index.container === undefined) return undefined;
  const found: StoredContainer[] = [];
  for (const id of ids) {
    const container = index.container(id, number);
    if (container !== undefined) found.push(container);
  }
  return found;
}

/** @param isSingle whether no row is in two containers */
function fromIndex(
  containers: readonly StoredContainer[],
  isSingle: boolean,
  count: number,
  numRows: number,
  depth: number,
  workspace: Workspace,
): Pick<RowTest, 'verdict' | 'bits' | 'find'> {
  const { kernels } = workspace;
  const bits = (out: Pointer): number => {
    // A bitmap container has all words, whatever the block's number of rows.
    kernels.bitsRange(0, 0, BLOCK_ROWS, out);
    for (const container of containers) addContainer(container, out, workspace);
    return isSingle ? count : kernels.bitsCount(out, numRows);
  };
  const [only] = containers;
  const find = (out: Pointer): Found => {
    if (containers.length > 1 || only?.form !== 'rows' || !isListBetter(count, numRows)) {
      return { rows: 0, count: bits(out) };
    }
    const { pointer } = workspace.rows(depth);
    const source = new Uint8Array(workspace.buffer(only.arena, only.pointer + 2 * count), only.pointer, 2 * count);
    workspace.bytes(pointer, 2 * count).set(source);
    return { rows: pointer, count };
  };
  return { verdict: 'some', bits, find };
}

function addContainer({ arena, form, pointer, length }: StoredContainer, out: Pointer, workspace: Workspace): void {
  const { kernels } = workspace;
  const bytes = form === 'bitmap' ? 8 * length : form === 'rows' ? 2 * length : 4 * length;
  // Kernels want their element's alignment, which the file format does not give.
  const isUsable = arena === workspace.home && pointer % 16 === 0;
  const at = isUsable ? pointer : workspace.copy('container', arena, pointer, bytes);
  if (form === 'bitmap') kernels.bitsAddBitmap(at, out);
  else if (form === 'rows') kernels.bitsAddRows(at, length, out);
  else kernels.bitsAddRuns(at, length, out);
}
