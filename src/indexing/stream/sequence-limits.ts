import type { Sequence } from './sequence.js';
import type { SequenceList } from './sequence-list.js';
import type { StreamTuningConfig } from '../spec/tuning-config.js';

/** Closed sequences that may wait to be merged before reading pauses; beyond so many unpublished ones, age alone closes none. */
const MAX_UNMERGED = 3;
/** Closed sequences that may wait to be published before reading pauses: each is a run that every query reads. */
const MAX_UNPUBLISHED = 64;
/** Memory that all sequences may take before reading pauses, in sequences of the largest size. */
const MAX_KEPT = 6;
/** Beyond this share of that memory, rows that are in runs on disk are read from there. */
const SPILL_SHARE = 0.5;

/** How large sequences become, and how many of them are kept where. */
export class SequenceLimits {
  readonly #tuning: Pick<StreamTuningConfig, 'maxRowsPerSegment' | 'maxTotalRows'>;
  readonly #sequences: SequenceList;
  readonly #maxSequenceBytes: number;
  readonly #spillBytes: number;

  /** @param options `spillBytes`: a share of what may be kept in memory when absent */
  constructor(options: {
    readonly tuningConfig: Pick<StreamTuningConfig, 'maxRowsPerSegment' | 'maxTotalRows'>;
    readonly sequences: SequenceList;
    readonly maxSequenceBytes: number;
    readonly spillBytes?: number;
  }) {
    const { tuningConfig, sequences, maxSequenceBytes, spillBytes } = options;
    this.#tuning = tuningConfig;
    this.#sequences = sequences;
    this.#maxSequenceBytes = maxSequenceBytes;
    this.#spillBytes = spillBytes ?? SPILL_SHARE * MAX_KEPT * maxSequenceBytes;
  }

  /** Whether a sequence is to be closed for its size. */
  reachedBy(sequence: Sequence): boolean {
    const { maxRowsPerSegment, maxTotalRows } = this.#tuning;
    return (
      sequence.largestIndexRows >= maxRowsPerSegment ||
      (maxTotalRows !== null && sequence.numRows >= maxTotalRows) ||
      sequence.arena.usedBytes >= this.#maxSequenceBytes
    );
  }

  /** Rows that a sequence surely takes before it is to be closed for their number, at least 1. */
  rowsLeft(sequence: Sequence): number {
    const { maxRowsPerSegment, maxTotalRows } = this.#tuning;
    const toTotal = (maxTotalRows ?? Number.POSITIVE_INFINITY) - sequence.numRows;
    return Math.max(1, Math.min(maxRowsPerSegment - sequence.largestIndexRows, toTotal));
  }

  publishesLate(numUnpublished: number): boolean {
    return numUnpublished >= MAX_UNMERGED;
  }

  publishesTooLate(numUnpublished: number): boolean {
    return this.#sequences.unmerged >= MAX_UNMERGED || numUnpublished >= MAX_UNPUBLISHED;
  }

  /** Published sequences that queries still need are kept, too. */
  keepsTooMuch(): boolean {
    return this.#sequences.usedBytes > MAX_KEPT * this.#maxSequenceBytes;
  }

  /** Takes sequences that are in runs, too, out of memory. @returns their numbers */
  spill(): readonly number[] {
    return this.#sequences.spill(this.#spillBytes);
  }
}
