/** What DataSketches prints of a sketch, as a broker of Druid has it: read from bytes, or made by a set operation. */
import { doubleToString, formatFloat } from '../common/java-number.js';
import type { HllSketch } from './hll-sketch.js';
import type { KllSketch } from './kll-sketch.js';
import type { QuantilesDoublesSketch } from './quantiles-doubles.js';
import { MAX_THETA, type ThetaSketch } from './theta-sketch.js';
import type { TupleSketch } from './tuple-sketch.js';

const SEED_HASH = '93cc | 37836';
const TWO_TO_63 = 2 ** 63;
/** Labels are padded to this width, by family. */
const THETA_LABEL = 24;
const HLL_LABEL = 15;
const QUANTILES_LABEL = 29;
const KLL_LABEL = 23;

/** @source Apache DataSketches `theta/Sketch.java#toString` */
export function thetaText(sketch: ThetaSketch, isComputed: boolean): string {
  const count = sketch.hashes.length;
  const kind = sketch.isEmpty ? 'EmptyCompact' : count === 1 && sketch.theta === MAX_THETA ? 'SingleItem' : null;
  const name = `${kind ?? (isComputed ? 'HeapCompact' : 'DirectCompact')}Sketch`;
  const lines = table('   ', THETA_LABEL, [
    ['Estimate', doubleToString(sketch.estimate())],
    ['Upper Bound, 95% conf', doubleToString(sketch.upperBound(2))],
    ['Lower Bound, 95% conf', doubleToString(sketch.lowerBound(2))],
    ['Theta (double)', doubleToString(Number(sketch.theta) / TWO_TO_63)],
    ['Theta (long)', sketch.theta],
    ['Theta (long) hex', sketch.theta.toString(16).padStart(16, '0')],
    ['EstMode?', sketch.isEstimationMode],
    ['Empty?', sketch.isEmpty],
    ['Ordered?', true],
    ['Retained Entries', count],
    ['Seed Hash', sketch.isEmpty ? '0 | 0' : SEED_HASH],
  ]);
  return `\n### ${name} SUMMARY: \n${lines}### END SKETCH SUMMARY\n`;
}

/** @source Apache DataSketches `tuple/arrayofdoubles/ArrayOfDoublesSketch.java#toString` */
export function tupleText(sketch: TupleSketch, isComputed: boolean): string {
  const lines = table('   ', THETA_LABEL, [
    ['Estimate', doubleToString(sketch.estimate())],
    ['Upper Bound, 95% conf', doubleToString(sketch.upperBound(2))],
    ['Lower Bound, 95% conf', doubleToString(sketch.lowerBound(2))],
    ['Theta (double)', doubleToString(sketch.theta)],
    ['Theta (long)', sketch.thetaLong],
    ['EstMode?', sketch.isEstimationMode],
    ['Empty?', sketch.isEmpty],
    ['Retained Entries', sketch.count],
    ['Seed Hash', SEED_HASH],
  ]);
  const name = `${isComputed ? 'Heap' : 'Direct'}ArrayOfDoublesCompactSketch`;
  return `### ${name} SUMMARY: \n${lines}### END SKETCH SUMMARY\n`;
}

/** @source Apache DataSketches `hll/HllSketch.java#toString` */
export function hllText(sketch: HllSketch): string {
  const summary = sketch.summary();
  const lines: [string, unknown][] = [
    ['Log Config K', summary.lgK],
    ['Hll Target', summary.type],
    ['Current Mode', summary.mode],
    ['Memory', false],
    ['LB', doubleToString(sketch.lowerBound(1))],
    ['Estimate', doubleToString(sketch.estimate())],
    ['UB', doubleToString(sketch.upperBound(1))],
    ['OutOfOrder Flag', summary.isOutOfOrder],
  ];
  if (summary.mode !== 'HLL') lines.push(['Coupon Count', summary.couponCount]);
  else {
    lines.push(
      ['CurMin', summary.minimum],
      ['NumAtCurMin', summary.atMinimum],
      ['HipAccum', doubleToString(summary.hip)],
      ['KxQ0', doubleToString(summary.kxq0)],
      ['KxQ1', doubleToString(summary.kxq1)],
      ['Rebuild KxQ Flg', false],
    );
  }
  return `### HLL SKETCH SUMMARY: \n${table('  ', HLL_LABEL, lines)}`;
}

/** @source Apache DataSketches `quantiles/DoublesUtil.java#getSummary` */
export function quantilesText(sketch: QuantilesDoublesSketch): string {
  const { k, n, retained } = sketch;
  const isEmpty = n === 0;
  const pattern = Math.floor(n / (2 * k));
  const numLevels = pattern === 0 ? 0 : pattern.toString(2).length;
  const bytes = isEmpty ? 8 : 32 + 8 * retained;
  const lines = table('   ', QUANTILES_LABEL, [
    ['Empty', isEmpty],
    ['Memory, Capacity bytes', `true, ${bytes}`],
    ['Estimation Mode', pattern > 0],
    ['K', grouped(k)],
    ['N', grouped(n)],
    ['Levels (Needed, Total, Valid)', `${numLevels}, ${numLevels}, ${pattern.toString(2).replaceAll('0', '').length}`],
    ['Level Bit Pattern', pattern.toString(2)],
    ['BaseBufferCount', n % (2 * k)],
    ['Combined Buffer Capacity', isEmpty ? -3 : grouped(retained)],
    ['Retained Items', grouped(retained)],
    ['Compact Storage Bytes', grouped(bytes)],
    ['Updatable Storage Bytes', grouped(isEmpty ? 8 : 32 + 8 * updatableItems(k, n, numLevels))],
    ['Normalized Rank Error', percent(1.576 / k ** 0.9726)],
    ['Normalized Rank Error (PMF)', percent(1.854 / k ** 0.9657)],
    ['Min Item', scientific(sketch.min)],
    ['Max Item', scientific(sketch.max)],
  ]);
  return `\n### Quantiles DirectCompactDoublesSketch SUMMARY: \n${lines}### END SKETCH SUMMARY\n`;
}

/** @source Apache DataSketches `kll/KllHelper.java#toStringImpl` */
export function kllText(sketch: KllSketch): string {
  const { type, k, minK, n, levels, items, isLevelZeroSorted } = sketch.state;
  const isDoubles = type === 'doubles';
  const width = isDoubles ? 8 : 4;
  const shown = isDoubles ? doubleToString : (value: number) => (Number.isNaN(value) ? 'NaN' : formatFloat(value));
  const lines = table('   ', KLL_LABEL, [
    ['K', k],
    ['Dynamic min K', minK],
    ['M', 8],
    ['N', n],
    ['Epsilon', percent(2.296 / minK ** 0.9723)],
    ['Epsilon PMF', percent(2.446 / minK ** 0.9433)],
    ['Empty', n === 0],
    ['Estimation Mode', levels.length > 2],
    ['Levels', levels.length - 1],
    ['Level 0 Sorted', isLevelZeroSorted],
    ['Capacity Items', items.length],
    ['Retained Items', items.length - levels[0]!],
    ['Empty/Garbage Items', levels[0]],
    ['ReadOnly', 'true(Format)'],
    ['Updatable Storage Bytes', 20 + 4 * levels.length + width * (2 + items.length)],
    ['Compact Storage Bytes', sketch.toBytes().length],
    ['Min Item', shown(sketch.min)],
    ['Max Item', shown(sketch.max)],
  ]);
  return `\n### KllDirectCompact${isDoubles ? 'Doubles' : 'Floats'}Sketch Summary:\n${lines}### End sketch summary\n`;
}

function table(indent: string, width: number, lines: readonly (readonly [string, unknown])[]): string {
  return lines.map(([label, value]) => `${indent}${label.padEnd(width)}: ${String(value)}\n`).join('');
}

/** Items that the form with room to grow has. */
function updatableItems(k: number, n: number, numLevels: number): number {
  if (numLevels > 0) return (2 + numLevels) * k;
  return Math.max(Math.min(2 * k, 4), 2 ** Math.ceil(Math.log2(n)));
}

/** `1,000`, as `%,d` */
function grouped(value: number): string {
  return String(value).replaceAll(/\B(?=(\d{3})+$)/g, ',');
}

/** `%.3f%%` */
function percent(fraction: number): string {
  return `${(fraction * 100).toFixed(3)}%`;
}

/** `%12.6e` */
function scientific(value: number): string {
  if (!Number.isFinite(value)) return String(value).padStart(12);
  return value.toExponential(6).replace(/e([+-])(\d)$/, 'e$10$2');
}
