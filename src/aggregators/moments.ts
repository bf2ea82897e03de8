import type { Block } from '../vectors/block.js';
import { rowList, type Selection } from '../vectors/selection.js';
import type { TableColumn } from '../vectors/table.js';
import { type GroupedAggregator, grown } from './grouped-aggregator.js';
import { imageAt, imageColumn } from './images.js';
import { NumericInput } from './numeric-input.js';

/** Number and sum of values and the sum of squared distances from their mean, as Druid's collectors keep them. */
abstract class MomentsAggregator implements GroupedAggregator {
  readonly stateNames = ['moments'];
  readonly stateTypes = ['BINARY'] as const;
  readonly #fieldName: string;
  readonly #input: NumericInput;
  protected numGroups = 0;
  protected counts = new Float64Array(0);
  protected sums = new Float64Array(0);
  protected squares = new Float64Array(0);

  constructor(fieldName: string) {
    this.#fieldName = fieldName;
    this.#input = new NumericInput(fieldName, { kind: 'double', unparsable: 0 });
  }

  ensure(numGroups: number): void {
    this.numGroups = Math.max(this.numGroups, numGroups);
    this.counts = grown(this.counts, numGroups);
    this.sums = grown(this.sums, numGroups);
    this.squares = grown(this.squares, numGroups);
  }

  aggregate(block: Block, selection: Selection, groups: Uint32Array | null): void {
    const vector = block.column(this.#fieldName);
    if (vector?.kind === 'binary') {
      const rows = rowList(selection);
      for (let i = 0; i < selection.count; i++) {
        const image = imageAt(vector, rows[i]!);
        if (image !== undefined && this.#isState(image)) this.#fold(image, groups === null ? 0 : groups[i]!);
      }
      return;
    }
    const input = this.#input;
    if (!input.readDoubles(block, selection, groups)) return;
    for (let i = 0; i < input.count; i++) this.add(input.groups === null ? 0 : input.groups[i]!, input.values[i]!);
  }

  exportState(): [TableColumn & { readonly type: 'BINARY' }] {
    const images = Array.from({ length: this.numGroups }, (_, group) =>
      this.counts[group] === 0 ? undefined : this.write(group),
    );
    return [imageColumn(images)];
  }

  mergeState(columns: readonly TableColumn[], groupOf: Uint32Array): void {
    const state = columns[0];
    if (state?.type !== 'BINARY') return;
    for (let i = 0; i < groupOf.length; i++) this.#fold(imageAt(state, i), groupOf[i]!);
  }

  unfinished(): TableColumn {
    return imageColumn(Array.from({ length: this.numGroups }, (_, group) => this.write(group)));
  }

  abstract finish(): TableColumn;

  protected add(group: number, value: number): void {
    const count = this.counts[group]! + 1;
    const sum = this.sums[group]! + value;
    this.counts[group] = count;
    this.sums[group] = sum;
    if (count > 1) this.squares[group] = this.squares[group]! + (count * value - sum) ** 2 / (count * (count - 1));
  }

  protected abstract write(group: number): Uint8Array;

  /** Big-endian, as Java writes. */
  /** Bytes of a state, and where in it the count lies: eight bytes, big-endian. */
  protected abstract readonly form: { readonly bytes: number; readonly countAt: number };

  protected abstract read(view: DataView): readonly [count: number, sum: number, squares: number];

  /** COMPLEX columns of other types, such as JSON text, have no count below 2^56 in its place. */
  #isState(image: Uint8Array): boolean {
    return image.length === this.form.bytes && image[this.form.countAt] === 0;
  }

  #fold(image: Uint8Array | undefined, group: number): void {
    if (image === undefined) return;
    const [count, sum, squares] = this.read(new DataView(image.buffer, image.byteOffset, image.byteLength));
    if (count === 0) return;
    const former = this.counts[group]!;
    if (former > 0) {
      const ratio = count / former;
      const distance = this.sums[group]! * ratio - sum;
      this.squares[group] =
        this.squares[group]! + squares + (distance * distance * former) / (count * (former + count));
    } else this.squares[group] = squares;
    this.counts[group] = former + count;
    this.sums[group] = this.sums[group]! + sum;
  }
}

/** The mean; 0 without any value. @source Druid `mean/DoubleMeanAggregatorFactory.java` */
export class MeanAggregator extends MomentsAggregator {
  finish(): TableColumn {
    const values = new Float64Array(this.numGroups);
    for (let group = 0; group < values.length; group++) {
      values[group] = this.counts[group] === 0 ? 0 : this.sums[group]! / this.counts[group]!;
    }
    return { type: 'DOUBLE', values, nulls: null };
  }

  protected write(group: number): Uint8Array {
    const image = new Uint8Array(16);
    const view = new DataView(image.buffer);
    view.setFloat64(0, this.sums[group]!);
    view.setBigInt64(8, BigInt(this.counts[group]!));
    return image;
  }

  protected readonly form = { bytes: 16, countAt: 8 };

  protected read(view: DataView): readonly [count: number, sum: number, squares: number] {
    return [Number(view.getBigInt64(8)), view.getFloat64(0), 0];
  }
}

/** Variance; null without any value. @source Druid `variance/VarianceAggregatorCollector.java` */
export class VarianceAggregator extends MomentsAggregator {
  readonly #isSample: boolean;

  constructor(fieldName: string, estimator: 'sample' | 'population') {
    super(fieldName);
    this.#isSample = estimator === 'sample';
  }

  finish(): TableColumn {
    const values = new Float64Array(this.numGroups);
    const nulls = new Uint8Array(this.numGroups);
    for (let group = 0; group < values.length; group++) {
      const count = this.counts[group]!;
      if (count === 0) nulls[group] = 1;
      else if (count > 1) values[group] = this.squares[group]! / (this.#isSample ? count - 1 : count);
    }
    return { type: 'DOUBLE', values, nulls: nulls.includes(1) ? nulls : null };
  }

  protected write(group: number): Uint8Array {
    const image = new Uint8Array(24);
    const view = new DataView(image.buffer);
    view.setBigInt64(0, BigInt(this.counts[group]!));
    view.setFloat64(8, this.sums[group]!);
    view.setFloat64(16, this.squares[group]!);
    return image;
  }

  protected readonly form = { bytes: 24, countAt: 0 };

  protected read(view: DataView): readonly [count: number, sum: number, squares: number] {
    return [Number(view.getBigInt64(0)), view.getFloat64(8), view.getFloat64(16)];
  }
}
