import { fromBase64 } from '../images.js';
import type { PostAggregatorSpec } from '../../query/native-query.js';
import type { TableColumn } from '../../vectors/table.js';
import { imageColumn } from '../images.js';
import { imagesOf } from './column-values.js';

/** How a post-aggregator reads its fields, over some rows. */
export class FieldReader {
  readonly numRows: number;
  readonly #raw: (spec: PostAggregatorSpec) => TableColumn;

  /** @param raw values of a field that are not finalised */
  constructor(numRows: number, raw: (spec: PostAggregatorSpec) => TableColumn) {
    this.numRows = numRows;
    this.#raw = raw;
  }

  /** Images of sketches, one per row. @throws DruidError RUNTIME_FAILURE when the field is no sketch */
  images(spec: PostAggregatorSpec): Uint8Array[] {
    return imagesOf(this.#raw(spec), this.numRows, spec.name);
  }

  /** By row, the images of several fields. */
  imageRows(specs: readonly PostAggregatorSpec[]): Uint8Array[][] {
    const columns = specs.map((spec) => this.images(spec));
    return Array.from({ length: this.numRows }, (_, row) => columns.map((images) => images[row]!));
  }

  /** A base64 image in every row. */
  constantImage(base64: string): TableColumn {
    const image = fromBase64(base64);
    return imageColumn(Array.from({ length: this.numRows }, () => image));
  }
}
