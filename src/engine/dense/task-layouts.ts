import type { GroupedLeaf, SegmentCut } from '../../plan/leaf-plan.js';
import type { RunSegment } from '../run.js';
import { type GroupLayout, groupLayout, type NumberSpaces, type SegmentCodes, TaskSpaces } from './group-layout.js';
import type { LeafShape } from './leaf-shape.js';

const BLOCK_ROWS = 65_536;
/** Aggregators without kernels keep an object for each group that there may be. */
const MAX_DENSE_OTHERS = 65_536;
/** A segment with little more values than it may keep gains nothing from being cut. */
const WORTH_CUTTING = 2;

/** How the segments of a task group: the same in every thread, made when first asked for. */
export class TaskLayouts {
  readonly spaces: TaskSpaces;
  /** The plan's cut, where it can be made. */
  readonly cut: SegmentCut | null;
  readonly #shape: LeafShape;
  readonly #numBuckets: number;
  readonly #numRows: number;
  readonly #numSegments: number;
  readonly #layouts = new Map<string, GroupLayout>();
  readonly #codes = new Map<string, readonly SegmentCodes[]>();
  readonly #isLocal = new Map<number, boolean>();
  #values: number | undefined;

  constructor(
    plan: GroupedLeaf,
    shape: LeafShape,
    numBuckets: number,
    segments: readonly RunSegment[],
    numbers: NumberSpaces,
  ) {
    this.spaces = new TaskSpaces(segments, shape.dimensions, numbers);
    this.cut = shape.dimensions.length === 1 ? plan.segmentCut : null;
    this.#shape = shape;
    this.#numBuckets = numBuckets;
    this.#numRows = segments.reduce((rows, segment) => rows + segment.numBlocks * BLOCK_ROWS, 0);
    this.#numSegments = segments.length;
  }

  /** True when the segment's groups are kept apart until its best ones are known. */
  isLocal(segment: number): boolean {
    let isLocal = this.#isLocal.get(segment);
    if (isLocal === undefined) {
      isLocal = this.#wantsCut(segment);
      this.#isLocal.set(segment, isLocal);
    }
    return isLocal;
  }

  /** @param isLocal by the segment's own ids, else in the spaces that it shares */
  of(segment: number, isLocal: boolean): GroupLayout {
    const key = `${segment} ${isLocal}`;
    let layout = this.#layouts.get(key);
    if (layout === undefined) {
      const spaces = this.#shape.dimensions.map((_, i) =>
        isLocal ? this.spaces.own(segment, i) : this.spaces.shared(segment, i),
      );
      layout = groupLayout(spaces, {
        numBuckets: this.#numBuckets,
        numRows: this.#numRows,
        maxDense: this.#shape.others.length > 0 ? MAX_DENSE_OTHERS : Number.POSITIVE_INFINITY,
        numArrays: this.#shape.filters.length + 5 * this.#shape.feeds.length,
      });
      this.#layouts.set(key, layout);
    }
    return layout;
  }

  /** How the ids of each dimension become codes. */
  codes(segment: number, isLocal: boolean): readonly SegmentCodes[] {
    const key = `${segment} ${isLocal}`;
    let codes = this.#codes.get(key);
    if (codes === undefined) {
      codes = this.#shape.dimensions.map((_, i) => this.spaces.codes(segment, i, isLocal));
      this.#codes.set(key, codes);
    }
    return codes;
  }

  #wantsCut(segment: number): boolean {
    if (this.cut === null || this.#numSegments === 1) return false;
    if (this.cut.by !== 'dimension') return this.#numValues > this.cut.limit;
    const own = this.spaces.own(segment, 0);
    if (own === null || own.size < WORTH_CUTTING * this.cut.limit) return false;
    return this.of(segment, true).denseGroups !== null;
  }

  /** Most values that the dimension can have in all segments together: while they are no more than the cut, nothing is cut. */
  get #numValues(): number {
    if (this.#values === undefined) {
      const sizes = new Map<string, number>();
      for (let segment = 0; segment < this.#numSegments; segment++) {
        const space = this.spaces.shared(segment, 0);
        if (space !== null) sizes.set(space.key, space.size);
      }
      this.#values = [...sizes.values()].reduce((sum, size) => sum + size, 1);
    }
    return this.#values;
  }
}
