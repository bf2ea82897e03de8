import type { DeadLetter } from '../../metadata/metadata-store.js';
import type { StreamRecord } from '../../streams/stream-source.js';
import type { TuningConfig } from '../spec/tuning-config.js';

/** As the supervisor's status shows it. */
export interface ParseError {
  readonly timestampMs: number;
  readonly input: string;
  readonly reason: string;
}

/** Larger records are not kept, only counted and named: no topic of Kafka has them by default. */
const MAX_RECORD_BYTES = 16 * 1024 * 1024;
/** From so many, or so much, on they are to be taken. */
const CROWD = 200;
const CROWD_BYTES = 8 * 1024 * 1024;
/** What a letter takes beside its record. */
const LETTER_BYTES = 512;
/** Newest bad records that the supervisor's status shows, also without maxSavedParseExceptions. */
const MIN_SHOWN = 10;
const MAX_INPUT_CHARS = 200;

/** Records that could not be read as rows: dead letters on their way to the store, and the newest for the status. */
export class BadRecords {
  readonly #maxExceptions: number;
  readonly #maxShown: number;
  readonly #log: ((record: StreamRecord, reason: string) => void) | undefined;
  #letters: DeadLetter[] = [];
  #letterBytes = 0;
  readonly #shown: ParseError[] = [];
  #count = 0;

  /** @param log told of each bad record when the spec wants them logged */
  constructor(config: TuningConfig, log: (record: StreamRecord, reason: string) => void) {
    this.#maxExceptions = config.maxParseExceptions;
    this.#maxShown = Math.max(MIN_SHOWN, config.maxSavedParseExceptions);
    this.#log = config.logParseExceptions ? log : undefined;
  }

  get tooMany(): boolean {
    return this.#count > this.#maxExceptions;
  }

  get count(): number {
    return this.#count;
  }

  /** There are many letters: they should be taken. */
  get isCrowded(): boolean {
    return this.#letters.length >= CROWD || this.#letterBytes >= CROWD_BYTES;
  }

  /** The newest, newest last. */
  get shown(): readonly ParseError[] {
    return [...this.#shown];
  }

  /**
   * A record of which nothing, or not every row or value, could be read.
   * @param numBad rows of it that are bad
   * @param done numbers of its rows that a replay must not make again
   */
  add(record: StreamRecord, reason: string, nowMs: number, numBad: number, done: readonly number[]): void {
    this.#count += numBad;
    const value = record.value ?? new Uint8Array(0);
    this.#log?.(record, reason);
    this.#shown.push({ timestampMs: nowMs, input: Buffer.from(value.subarray(0, MAX_INPUT_CHARS)).toString(), reason });
    if (this.#shown.length > this.#maxShown) this.#shown.shift();
    const isKept = value.length <= MAX_RECORD_BYTES;
    this.#letterBytes += LETTER_BYTES + (isKept ? value.length : 0);
    this.#letters.push({
      partition: record.partition,
      offset: record.offset,
      timestampMs: record.timestampMs,
      reason: isKept ? reason : `${reason} (the record of [${value.length}] bytes is too large to be kept)`,
      // Its own bytes: the record's are a view of a whole fetch.
      record: isKept ? new Uint8Array(value) : new Uint8Array(0),
      context: contextOf(record, isKept),
      ...(done.length > 0 && { done }),
    });
  }

  /** Dead letters since the last call, and what they take, roughly. */
  takeLetters(): { readonly letters: readonly DeadLetter[]; readonly bytes: number } {
    const taken = { letters: this.#letters, bytes: this.#letterBytes };
    this.#letters = [];
    this.#letterBytes = 0;
    return taken;
  }
}

/** What came with a record, as JSON; bytes as base64. */
export interface LetterContext {
  readonly key: string | null;
  readonly headers: Readonly<Record<string, readonly string[]>> | null;
  readonly topic: string | null;
  /** The record has no value. */
  readonly isTombstone?: true;
  /** The record was too large to be kept. */
  readonly isCut?: true;
}

function contextOf({ key, headers, topic, value }: StreamRecord, isKept: boolean): LetterContext {
  const base64 = (bytes: Uint8Array | string): string => Buffer.from(bytes as Uint8Array).toString('base64');
  const entries = Object.entries(headers ?? {}).map(([name, held]) => {
    const list = held === undefined ? [] : Array.isArray(held) ? held : [held];
    return [name, (list as readonly (Uint8Array | string)[]).map(base64)] as const;
  });
  return {
    key: key === null ? null : base64(key),
    headers: headers === undefined ? null : Object.fromEntries(entries),
    topic: topic ?? null,
    ...(value === null && { isTombstone: true as const }),
    ...(!isKept && { isCut: true as const }),
  };
}
