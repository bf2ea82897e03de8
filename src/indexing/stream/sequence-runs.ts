import { relative } from 'node:path';
import { formatIso } from '../../common/iso-time.js';
import { formatSegmentId } from '../../common/segment-id.js';
import type { SegmentRow } from '../../metadata/metadata-store.js';
import { nodeFileSystem } from '../../platform/node-file-system.js';
import type { BuiltSegment } from '../publish/push.js';
import type { PublishServices, SequenceRun } from './sequence-publisher.js';
import type { ClosedSequence } from './task-messages.js';

/** How much of a task's rows lies in runs that queries read. */
export interface SpilledRows {
  readonly sequences: number;
  readonly rows: number;
  readonly bytes: number;
}

interface KeptRun {
  readonly directory: string;
  readonly rows: readonly SegmentRow[];
}

/** The runs of one task's sequences, by sequence, until nobody needs their rows. */
export class SequenceRuns {
  readonly #services: Pick<PublishServices, 'files' | 'forgetRun' | 'temporaryDirectory' | 'clock'>;
  readonly #dataSource: string;
  readonly #runs = new Map<number, KeptRun>();
  readonly #spilled = new Set<number>();

  constructor(
    services: Pick<PublishServices, 'files' | 'forgetRun' | 'temporaryDirectory' | 'clock'>,
    dataSource: string,
  ) {
    this.#services = services;
    this.#dataSource = dataSource;
  }

  add(closed: ClosedSequence, { directory, segments }: SequenceRun): void {
    const rows = segments.map((segment) => this.#rowOf(closed, segment));
    this.#runs.set(closed.sequence, { directory, rows });
  }

  /** Queries read it from now on. */
  spill(sequence: number): void {
    this.#spilled.add(sequence);
  }

  get spilled(): SpilledRows {
    let rows = 0;
    let bytes = 0;
    for (const { numRows, sizeBytes } of this.rowsOf([...this.#spilled])) {
      rows += numRows;
      bytes += sizeBytes;
    }
    return { sequences: this.#spilled.size, rows, bytes };
  }

  /** Segments of spilled sequences as a historical knows them; `path` is relative to the directory of all runs. */
  rowsOf(sequences: readonly number[]): SegmentRow[] {
    return sequences.flatMap((sequence) => this.#runs.get(sequence)?.rows ?? []);
  }

  has(segment: string): boolean {
    return [...this.#runs.values()].some(({ rows }) => rows.some(({ path }) => path === segment));
  }

  /** Nobody reads it any more. */
  async remove(sequence: number): Promise<void> {
    const { files = nodeFileSystem, forgetRun } = this.#services;
    const run = this.#runs.get(sequence);
    if (run === undefined) return;
    this.#runs.delete(sequence);
    if (this.#spilled.delete(sequence) && forgetRun !== undefined) {
      for (const { path } of run.rows) await forgetRun(path);
    }
    await files.remove(run.directory);
  }

  #rowOf(closed: ClosedSequence, segment: BuiltSegment): SegmentRow {
    const { directory, shardSpec: _, ...facts } = segment;
    const version = formatIso(closed.startedAtMs);
    const partitionNum = closed.sequence;
    const interval = { startMs: segment.intervalStartMs, endMs: segment.intervalEndMs };
    return {
      ...facts,
      id: formatSegmentId({ dataSource: this.#dataSource, interval, version, partitionNum }),
      dataSource: this.#dataSource,
      version,
      partitionNum,
      corePartitions: 0,
      path: relative(this.#services.temporaryDirectory, directory),
      usedFromS: 0,
      usedToS: null,
      createdAtMs: this.#services.clock.nowMs(),
    };
  }
}
