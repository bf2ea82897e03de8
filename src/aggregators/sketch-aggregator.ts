import { checkStop } from '../common/stop-check.js';
import type { Block, StringVector } from '../vectors/block.js';
import type { Selection } from '../vectors/selection.js';
import { rowList } from '../vectors/selection.js';
import type { TableColumn } from '../vectors/table.js';
import type { GroupedAggregator } from './grouped-aggregator.js';
import { base64Column, fromBase64, imageAt, imageColumn } from './images.js';

/** In place of a block number: the image is the state of other blocks. */
export const PARTIAL = -1;

/** What one kind of sketch does; `Sketch` is the state of one group. */
export interface SketchKind<Sketch> {
  create(): Sketch;
  /** Adds the selected rows of a block whose column holds raw values; `sketchOf` makes a group's sketch on first use. */
  addValues(
    block: Block,
    selection: Selection,
    groups: Uint32Array | null,
    sketchOf: (group: number) => Sketch,
    blockNumber: number,
    numGroups: number,
  ): void;
  /** Adds what `addValues` has put off, before states are merged or read. */
  flush?(sketchOf: (group: number) => Sketch): void;
  /** Merges an image: of a row of the block with this number, or a whole partial state when it is `PARTIAL`. */
  merge(sketch: Sketch, image: Uint8Array, blockNumber: number): void;
  write(sketch: Sketch): Uint8Array;
  /** Final values; undefined is a group that saw nothing. */
  finish(sketches: readonly (Sketch | undefined)[]): TableColumn;
}

/** Groups of sketches: raw values are added, stored images (COMPLEX columns) and partial states merged. State: one image per group. */
export class SketchAggregator<Sketch> implements GroupedAggregator {
  readonly stateNames = ['sketch'];
  readonly stateTypes = ['BINARY'] as const;
  readonly #kind: SketchKind<Sketch>;
  /** The column whose stored sketches are merged; null when it never holds any. */
  readonly #imageColumn: string | null;
  readonly #shouldFinalize: boolean;
  readonly #hasTextImages: boolean;
  readonly #sketches: (Sketch | undefined)[] = [];
  #numBlocks = 0;

  /** @param hasTextImages strings of the column are images in base64, as a record has them, not values */
  constructor(
    kind: SketchKind<Sketch>,
    imageColumnName: string | null,
    shouldFinalize: boolean,
    hasTextImages = false,
  ) {
    this.#kind = kind;
    this.#imageColumn = imageColumnName;
    this.#shouldFinalize = shouldFinalize;
    this.#hasTextImages = hasTextImages;
  }

  ensure(numGroups: number): void {
    while (this.#sketches.length < numGroups) this.#sketches.push(undefined);
  }

  aggregate(block: Block, selection: Selection, groups: Uint32Array | null): void {
    const number = this.#numBlocks++;
    const vector = this.#imageColumn === null ? undefined : block.column(this.#imageColumn);
    if (this.#hasTextImages && vector?.kind === 'string') {
      this.#mergeTexts(vector, selection, groups, number);
      return;
    }
    if (vector?.kind !== 'binary') {
      this.#kind.addValues(
        block,
        selection,
        groups,
        (group) => this.#sketchOf(group),
        number,
        groups === null ? 1 : this.#sketches.length,
      );
      return;
    }
    const rows = rowList(selection);
    for (let i = 0; i < selection.count; i++) {
      this.#merge(imageAt(vector, rows[i]!), groups === null ? 0 : groups[i]!, number);
    }
  }

  exportState(): [TableColumn & { readonly type: 'BINARY' }] {
    this.#flush();
    const images = this.#sketches.map((sketch) => {
      checkStop();
      return sketch === undefined ? undefined : this.#kind.write(sketch);
    });
    return [imageColumn(images)];
  }

  mergeState(columns: readonly TableColumn[], groupOf: Uint32Array): void {
    const state = columns[0];
    if (state?.type !== 'BINARY') return;
    this.#flush();
    for (let i = 0; i < groupOf.length; i++) this.#merge(imageAt(state, i), groupOf[i]!, PARTIAL);
  }

  finish(): TableColumn {
    this.#flush();
    return this.#shouldFinalize ? this.#kind.finish(this.#sketches) : base64Column(this.unfinished());
  }

  /** Images; of an empty sketch where a group saw nothing. */
  unfinished(): TableColumn & { readonly type: 'BINARY' } {
    this.#flush();
    return imageColumn(this.#sketches.map((sketch) => this.#kind.write(sketch ?? this.#kind.create())));
  }

  #flush(): void {
    this.#kind.flush?.((group) => this.#sketchOf(group));
  }

  #mergeTexts(vector: StringVector, selection: Selection, groups: Uint32Array | null, blockNumber: number): void {
    const rows = rowList(selection);
    for (let i = 0; i < selection.count; i++) {
      const id = vector.ids[rows[i]!]!;
      if (id !== 0) this.#merge(fromBase64(vector.dictionary.value(id)), groups === null ? 0 : groups[i]!, blockNumber);
    }
  }

  #merge(image: Uint8Array | undefined, group: number, blockNumber: number): void {
    if (image !== undefined) this.#kind.merge(this.#sketchOf(group), image, blockNumber);
  }

  #sketchOf(group: number): Sketch {
    checkStop();
    let sketch = this.#sketches[group];
    if (sketch === undefined) {
      sketch = this.#kind.create();
      this.#sketches[group] = sketch;
    }
    return sketch;
  }
}

/** Estimates as DOUBLE, or rounded to LONG. */
export function estimateColumn(estimates: Float64Array, round: boolean): TableColumn {
  if (!round) return { type: 'DOUBLE', values: estimates, nulls: null };
  return { type: 'LONG', values: BigInt64Array.from(estimates, (value) => BigInt(Math.round(value))), nulls: null };
}
