/** Druid's answer shapes of a segmentMetadata query. @source Druid `query/metadata/metadata/SegmentAnalysis.java` */
export interface ColumnAnalysis {
  readonly typeSignature: string;
  readonly type: string;
  readonly hasMultipleValues: boolean;
  readonly hasNulls: boolean;
  readonly size: number;
  readonly cardinality: number | null;
  readonly minValue: string | null;
  readonly maxValue: string | null;
  readonly errorMessage: string | null;
  /** Only when the analysis type `encoding` was asked for, which is Millrace's own. */
  readonly stored?: StoredAnalysis;
}

/** How a column lies in the files of its segments. */
export interface StoredAnalysis {
  /** Layouts of its values, as docs/format names them; several where segments differ. */
  readonly layouts: readonly string[];
  /** Compressed bytes of the values of all blocks, of dictionaries, and of bitmap indexes. */
  readonly valueBytes: number;
  readonly dictionaryBytes: number;
  readonly indexBytes: number;
}

export interface SegmentAnalysis {
  readonly id: string;
  readonly intervals: readonly string[] | null;
  readonly columns: Readonly<Record<string, ColumnAnalysis>>;
  readonly size: number;
  readonly numRows: number;
  readonly aggregators: Readonly<Record<string, unknown>> | null;
  readonly timestampSpec: unknown;
  readonly queryGranularity: unknown;
  readonly rollup: boolean | null;
}
