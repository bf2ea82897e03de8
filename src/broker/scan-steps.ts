import { DruidError } from '../common/druid-error.js';
import { BLOCK_ROWS } from '../memory/block-ref.js';
import type { VisibleSegment } from '../metadata/metadata-view.js';
import type { ScanLeaf } from '../plan/leaf-plan.js';
import { takeRows } from '../vectors/take-rows.js';
import type { Table } from '../vectors/table.js';
import type { QueryControl } from './query-control.js';
import { inWholeBatches } from './scan-rows.js';
import type { Gathered, LeafCall, Scatter } from './scatter.js';

/** Stored segments that one step of a short scan asks for; doubled with each step, since they gave too few rows. */
const FIRST_STEP_SEGMENTS = 1;
const LARGEST_STEP_SEGMENTS = 16;

/** Rows that one step of a long scan looks at: at first and where most of them are given, and where few are. */
const STEP_ROWS = 2 * BLOCK_ROWS;
const LARGEST_STEP_ROWS = 16 * BLOCK_ROWS;
/** One row of so many is few. */
const FEW = 4;

/** The part of a scan's rows that is still to come: kept by whoever takes the rows, read before each step. */
export interface Rest {
  skip: number;
  /** Rows after those to skip. */
  left: number;
}

/** Asks for the rows of stored segments, a part at a time. */
export class ScanSteps {
  readonly #call: LeafCall;
  readonly #leaf: ScanLeaf;
  readonly #batchSize: number;
  readonly #scatter: Scatter;
  readonly #control: QueryControl;
  readonly #rest: Rest;
  #stepRows = STEP_ROWS;

  constructor(call: LeafCall, batchSize: number, scatter: Scatter, control: QueryControl, rest: Rest) {
    this.#call = call;
    this.#leaf = call.plan as ScanLeaf;
    this.#batchSize = batchSize;
    this.#scatter = scatter;
    this.#control = control;
    this.#rest = rest;
  }

  /** Rows of segments in their order; of what is to be skipped as much is left out as nobody had to look at. */
  async *segments(dataSource: string, segments: readonly VisibleSegment[]): AsyncGenerator<Table, void> {
    const rest = this.#rest;
    let step = FIRST_STEP_SEGMENTS;
    for (let from = 0; from < segments.length; ) {
      const whole = this.#wholeRows(segments[from]!);
      if (whole <= rest.skip) {
        rest.skip -= whole;
        from++;
        continue;
      }
      if (this.areWorthIt(segments[from]!)) {
        yield* inWholeBatches(eachOf(this.blocks(dataSource, segments[from]!, false)), this.#batchSize);
        from++;
        continue;
      }
      const next = this.#isLong ? this.#small(segments, from) : segments.slice(from, from + step);
      const part = rest.skip > 0 ? next.slice(0, this.#scatter.numOnOneNode(next)) : next;
      const found = await this.whole(dataSource, part);
      yield* inOrder(part, found);
      from += part.length;
      step = Math.min(step * 2, LARGEST_STEP_SEGMENTS);
    }
  }

  /** Whether a segment is read a few blocks at a time: it has more rows than one step should, and they may all be wanted. */
  areWorthIt({ row }: VisibleSegment): boolean {
    return this.#isLong && row.numRows > STEP_ROWS;
  }

  /** The rows of a segment, some blocks a step. */
  async *blocks(
    dataSource: string,
    segment: VisibleSegment,
    isBackwards: boolean,
  ): AsyncGenerator<readonly Table[], void> {
    const numBlocks = Math.ceil(segment.row.numRows / BLOCK_ROWS);
    const isWhole = Number.isFinite(this.#wholeRows(segment));
    for (let done = 0; done < numBlocks; ) {
      const count = Math.min(numBlocks - done, this.#stepRows / BLOCK_ROWS);
      const from = isBackwards ? numBlocks - done - count : done;
      const rows = Math.min(segment.row.numRows, (from + count) * BLOCK_ROWS) - from * BLOCK_ROWS;
      done += count;
      if (isWhole && rows <= this.#rest.skip && this.#leaf.order === 'none') {
        this.#rest.skip -= rows;
        continue;
      }
      yield await this.#ask(dataSource, [segment], { ...this.#leaf, blocks: { from, to: from + count } }, rows);
    }
  }

  /** All rows of segments that the rest of the scan may need. */
  whole(dataSource: string, segments: readonly VisibleSegment[]): Promise<readonly Table[]> {
    const rows = segments.reduce((sum, { row }) => sum + row.numRows, 0);
    return this.#ask(dataSource, segments, this.#leaf, rows);
  }

  get #isLong(): boolean {
    return this.#rest.left > STEP_ROWS;
  }

  /** Segments from one on that have no more rows together than a step should; one at least. */
  #small(segments: readonly VisibleSegment[], from: number): readonly VisibleSegment[] {
    let to = from;
    let rows = 0;
    while (to < segments.length && !this.areWorthIt(segments[to]!)) {
      rows += segments[to]!.row.numRows;
      if (to > from && rows > this.#stepRows) break;
      to++;
    }
    return segments.slice(from, to);
  }

  /** @param numRows that are looked at, if no limit comes before */
  async #ask(
    dataSource: string,
    segments: readonly VisibleSegment[],
    leaf: ScanLeaf,
    numRows: number,
  ): Promise<readonly Table[]> {
    const { skip, left } = this.#rest;
    const maxRows = Number.isFinite(left) ? skip + left : null;
    const plan: ScanLeaf = {
      ...leaf,
      maxRows,
      ...(maxRows !== null && leaf.order === 'none' && { skipRows: skip }),
    };
    const found = await complete(
      this.#scatter.segments({ ...this.#call, plan }, dataSource, segments, this.#control.signal),
    );
    this.#rest.skip -= found.rowsSkipped;
    const given = found.tables.reduce((sum, table) => sum + table.numRows, 0);
    this.#stepRows = given * FEW < numRows ? Math.min(2 * this.#stepRows, LARGEST_STEP_ROWS) : STEP_ROWS;
    return found.tables;
  }

  /** How many rows a segment gives, where that is known without a look at them; else Infinity. */
  #wholeRows({ row, clip }: VisibleSegment): number {
    const { filter, intervals, order } = this.#leaf;
    const isWhole = intervals.some(({ startMs, endMs }) => startMs <= row.minTimeMs && row.maxTimeMs < endMs);
    return order === 'none' && filter === null && clip === null && isWhole ? row.numRows : Number.POSITIVE_INFINITY;
  }
}

async function* eachOf(lists: AsyncIterable<readonly Table[]>): AsyncGenerator<Table, void> {
  for await (const tables of lists) yield* tables;
}

/** Historicals answer in any order, each of segments that need not lie beside each other: rows go out segment by segment, as asked. */
function inOrder(segments: readonly VisibleSegment[], found: readonly Table[]): readonly Table[] {
  if (found.length < 2) return found;
  const place = new Map(segments.map((segment, i) => [segment.row.id, i]));
  const parts = found.flatMap((table) => bySegment(table));
  return parts.sort((a, b) => (place.get(a.segmentId) ?? 0) - (place.get(b.segmentId) ?? 0)).map(({ rows }) => rows);
}

function bySegment(table: Table): { readonly segmentId: string; readonly rows: Table }[] {
  const column = table.columns.at(-1);
  if (column?.type !== 'STRING') return [];
  const { ids, dictionary } = column;
  const parts = [];
  for (let from = 0, to = 0; from < table.numRows; from = to) {
    while (to < table.numRows && ids[to] === ids[from]) to++;
    const length = to - from;
    const start = from;
    const rows = takeRows(
      table,
      Uint32Array.from({ length }, (_, i) => start + i),
    );
    parts.push({ segmentId: dictionary[ids[from]!]!, rows });
  }
  return parts;
}

async function complete(gathering: Promise<Gathered>): Promise<Gathered & { kind: 'complete' }> {
  const gathered = await gathering;
  if (gathered.kind === 'complete') return gathered;
  throw new DruidError(`Scan cannot be completed: ${gathered.reason}`, {
    category: 'SERVICE_UNAVAILABLE',
    persona: 'OPERATOR',
    errorCode: 'stateUnavailable',
  });
}
