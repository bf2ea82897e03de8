import { imageAt } from '../../aggregators/images.js';
import { type ColumnType, TIME_COLUMN } from '../../common/column-type.js';
import type { Interval } from '../../common/interval.js';
import { metricInputs } from '../../segments/incremental/metric-inputs.js';
import { inputFromSegmentDirectory, type SegmentInput } from '../../segments/merge/segment-input.js';
import { valueAt } from '../../segments/merge/vector-values.js';
import type { ColumnVector } from '../../vectors/block.js';
import type { DataSchema } from '../spec/data-schema.js';

export type StoredRecord = Readonly<Record<string, unknown>> & { readonly __time: number };

/**
 * Rows of a stored segment as records, block by block; those outside of the interval are left out. What metrics read of COMPLEX columns are
 * the images of their sketches.
 */
export async function* storedRecords(
  directory: string,
  schema: DataSchema,
  interval: Interval,
): AsyncGenerator<StoredRecord[]> {
  const input = await inputFromSegmentDirectory(directory);
  try {
    const columns = await readColumns(input, schema);
    const isImage = (name: string): boolean => isSketch(input.columnTypes[name]!);
    for (const [block, numRows] of input.blockRows.entries()) {
      const records: StoredRecord[] = [];
      for (let row = 0; row < numRows; row++) {
        const record = Object.fromEntries(
          columns.map(([name, vectors]) => {
            const vector = vectors[block];
            if (vector === undefined) return [name, null];
            return [name, vector.kind === 'binary' && isImage(name) ? imageAt(vector, row) : valueAt(vector, row)];
          }),
        );
        const timeMs = Number(record[TIME_COLUMN]);
        if (interval.startMs <= timeMs && timeMs < interval.endMs) records.push({ ...record, __time: timeMs });
      }
      yield records;
    }
  } finally {
    await input.close();
  }
}

async function readColumns(
  input: SegmentInput,
  schema: DataSchema,
): Promise<(readonly [string, readonly (ColumnVector | undefined)[]])[]> {
  const read = new Set(metricInputs(schema.metricsSpec).map((metric) => metric.fieldName));
  const columns: (readonly [string, readonly (ColumnVector | undefined)[]])[] = [];
  for (const [name, type] of Object.entries(input.columnTypes)) {
    if (!isSketch(type) || read.has(name)) columns.push([name, await input.column(name)]);
  }
  return columns;
}

function isSketch(type: ColumnType): boolean {
  return type.startsWith('COMPLEX') && type !== 'COMPLEX<json>';
}
