import { formatInterval } from '../common/iso-time.js';
import type { SegmentRow } from '../metadata/metadata-store.js';
import type { AnalyzeLeaf } from '../plan/leaf-plan.js';
import type { ColumnAnalysis, SegmentAnalysis, StoredAnalysis } from '../protocol/segment-analysis.js';
import type { SegmentDescriptor, StoredColumn } from '../segments/format/descriptor.js';
import { loadDictionary, planDictionary } from '../segments/format/loading.js';
import type { Table } from '../vectors/table.js';
import { combiningSpec } from './combining-spec.js';
import type { SegmentFile, SegmentFiles } from './segment-files.js';

export interface AnalyzedSegment {
  readonly row: SegmentRow;
  readonly descriptor: SegmentDescriptor;
}

/**
 * What segments are, from their descriptors; only the smallest and largest strings need a dictionary to be read.
 * @source Druid `query/metadata/SegmentAnalyzer.java`
 */
export async function analyzeSegments(
  plan: AnalyzeLeaf,
  segments: readonly AnalyzedSegment[],
  files: SegmentFiles,
  signal: AbortSignal,
): Promise<Table> {
  const texts: string[] = [];
  for (const segment of segments) {
    signal.throwIfAborted();
    texts.push(JSON.stringify(await analyze(plan, segment, files)));
  }
  return { numRows: texts.length, names: ['analysis'], columns: [{ type: 'JSON', texts }] };
}

async function analyze(plan: AnalyzeLeaf, segment: AnalyzedSegment, files: SegmentFiles): Promise<SegmentAnalysis> {
  const { row, descriptor } = segment;
  const asked = (type: AnalyzeLeaf['analysisTypes'][number]): boolean => plan.analysisTypes.includes(type);
  const columns: Record<string, ColumnAnalysis> = {};
  for (const column of descriptor.columns) {
    if (isIncluded(plan, column.name)) columns[column.name] = await analyzeColumn(plan, segment, column, files);
  }
  const { info } = descriptor;
  return {
    id: row.id,
    intervals: asked('interval') ? [formatInterval({ startMs: row.intervalStartMs, endMs: row.intervalEndMs })] : null,
    columns,
    size: asked('size') ? Object.values(columns).reduce((sum, column) => sum + column.size, 0) : 0,
    numRows: descriptor.numRows,
    aggregators: asked('aggregators') ? combining(info.metricsSpec) : null,
    timestampSpec: asked('timestampspec') ? (info.timestampSpec ?? null) : null,
    queryGranularity: asked('querygranularity') ? info.queryGranularity : null,
    rollup: asked('rollup') ? info.rollup : null,
  };
}

function isIncluded(plan: AnalyzeLeaf, name: string): boolean {
  const { toInclude } = plan;
  return toInclude.type === 'all' || (toInclude.type === 'list' && toInclude.columns.includes(name));
}

async function analyzeColumn(
  plan: AnalyzeLeaf,
  { row, descriptor }: AnalyzedSegment,
  column: StoredColumn,
  files: SegmentFiles,
): Promise<ColumnAnalysis> {
  const asked = new Set(plan.analysisTypes);
  const signature = column.type === 'COMPLEX<HLLSketchBuild>' ? 'COMPLEX<HLLSketch>' : column.type;
  const complex = /^COMPLEX<(.*)>$/.exec(signature)?.[1];
  // Of stored aggregates Druid does not know.
  const hasNulls = (complex !== undefined && complex !== 'json') || columnHasNulls(descriptor, column);
  const isString = column.type === 'STRING';
  const size = asked.has('size') ? flatSize(descriptor, column) : 0;
  const extremes = isString && asked.has('minmax') ? await stringExtremes(row, column, files) : undefined;
  const cardinality = asked.has('cardinality') ? (column.dictionary?.size ?? 0) + (hasNulls ? 1 : 0) : 0;
  return {
    typeSignature: signature,
    type: column.type.startsWith('ARRAY<') ? 'ARRAY' : (complex ?? column.type),
    hasMultipleValues: column.multiValue,
    hasNulls,
    size,
    cardinality: isString ? cardinality : null,
    // Null is the smallest of all strings.
    minValue: hasNulls ? null : (extremes?.min ?? null),
    maxValue: extremes?.max ?? null,
    errorMessage: null,
    ...(asked.has('encoding') ? { stored: storedAnalysis(descriptor, column) } : {}),
  };
}

function storedAnalysis(descriptor: SegmentDescriptor, column: StoredColumn): StoredAnalysis {
  const { physical, dictionary, index } = column;
  let valueBytes = 0;
  for (let block = 0; block < descriptor.numBlocks; block++) valueBytes += descriptor.block(column, block).length;
  return {
    layouts: [physical.list ? `list<${physical.leaf}>` : physical.leaf],
    valueBytes,
    dictionaryBytes: (dictionary?.offsetsLength ?? 0) + (dictionary?.bytesLength ?? 0),
    indexBytes: (index?.offsetsBytes ?? 0) + (index?.bitmapBytes ?? 0),
  };
}

function columnHasNulls(descriptor: SegmentDescriptor, column: StoredColumn): boolean {
  for (let block = 0; block < descriptor.numBlocks; block++) {
    const { nullCount, elementNulls } = descriptor.zone(column, block);
    if (nullCount > 0 || (column.type === 'STRING' && elementNulls > 0)) return true;
  }
  return false;
}

/** About the size of the values written out flat, which is what Druid reports. */
function flatSize(descriptor: SegmentDescriptor, column: StoredColumn): number {
  if (column.name === '__time') return descriptor.numRows * 10;
  if (column.dictionary === undefined) return /^(LONG|FLOAT|DOUBLE)$/.test(column.type) ? descriptor.numRows * 8 : 0;
  const mean = column.dictionary.size === 0 ? 0 : column.dictionary.rawBytes / column.dictionary.size;
  return Math.round(mean * descriptor.numRows);
}

async function stringExtremes(
  row: SegmentRow,
  column: StoredColumn,
  files: SegmentFiles,
): Promise<{ readonly min: string; readonly max: string } | undefined> {
  if (column.dictionary === undefined || column.dictionary.size === 0) return undefined;
  const plan = planDictionary(column);
  const slot = new Uint8Array(plan.memoryBytes);
  const ref = { arena: -1, offset: 0, length: slot.length };
  return files.read(row.path, plan.file as SegmentFile, plan, (bytes) => {
    const { offsets, bytes: values, size } = loadDictionary(column, bytes, slot, ref, '');
    const ends = new Uint32Array(slot.buffer, offsets.offset, size + 1);
    const value = (i: number): string =>
      new TextDecoder().decode(slot.subarray(values.offset + ends[i]!, values.offset + ends[i + 1]!));
    return { min: value(0), max: value(size - 1) };
  });
}

/** Aggregators by name, as far as the segment has any. */
function combining(metricsSpec: readonly unknown[]): Record<string, unknown> {
  const specs = metricsSpec.map((spec) => combiningSpec(spec as Readonly<Record<string, unknown>>));
  return Object.fromEntries(specs.map((spec) => [String(spec['name']), spec]));
}
