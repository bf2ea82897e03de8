import type { DeadLetter } from '../metadata/metadata-store.js';
import type { StreamRecord } from '../streams/stream-source.js';
import type { ParseError } from './task-messages.js';

const MAX_RECORD_BYTES = 64 * 1024;
/** More bad records than this between two flushes are counted only. */
const MAX_LETTERS = 500;
/** Newest bad records that the supervisor's status shows, also without maxSavedParseExceptions. */
const MIN_SHOWN = 10;
const MAX_INPUT_CHARS = 200;

/** Records that could not be read as rows: dead letters on their way to the store, and the newest for the status. */
export class BadRecords {
  readonly #maxExceptions: number;
  readonly #maxShown: number;
  #letters: DeadLetter[] = [];
  readonly #shown: ParseError[] = [];
  #count = 0;

  /** @param maxExceptions more than these end the task */
  constructor(maxExceptions: number, maxSaved: number) {
    this.#maxExceptions = maxExceptions;
    this.#maxShown = Math.max(MIN_SHOWN, maxSaved);
  }

  get tooMany(): boolean {
    return this.#count > this.#maxExceptions;
  }

  get count(): number {
    return this.#count;
  }

  /** The newest, newest last. */
  get shown(): readonly ParseError[] {
    return [...this.#shown];
  }

  /** A record of which nothing, or not every value, could be read. */
  add(record: StreamRecord, reason: string, nowMs: number): void {
    this.#count++;
    const value = record.value ?? new Uint8Array(0);
    this.#shown.push({ timestampMs: nowMs, input: Buffer.from(value.subarray(0, MAX_INPUT_CHARS)).toString(), reason });
    if (this.#shown.length > this.#maxShown) this.#shown.shift();
    if (this.#letters.length >= MAX_LETTERS) return;
    this.#letters.push({
      partition: record.partition,
      offset: record.offset,
      timestampMs: record.timestampMs,
      reason,
      // Its own bytes: the record's are a view of a whole fetch.
      record: new Uint8Array(value.subarray(0, MAX_RECORD_BYTES)),
    });
  }

  /** Dead letters since the last call. */
  takeLetters(): readonly DeadLetter[] {
    const letters = this.#letters;
    if (letters.length > 0) this.#letters = [];
    return letters;
  }
}
