import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock, Timer } from '../../platform/clock.js';
import type { OffsetVector } from '../../metadata/offset-vector.js';
import type { PauseReason } from '../../protocol/group-activity.js';
import type { RowParser } from '../parse/row-handler.js';
import type { StreamBatch, StreamSource } from '../../streams/stream-source.js';
import { BatchQueue } from './batch-queue.js';
import { RowIntake } from './row-intake.js';
import { RowMeters } from '../intake/row-meters.js';
import type { Sequence } from './sequence.js';
import { SequenceLimits } from './sequence-limits.js';
import type { SequenceList } from './sequence-list.js';
import { IdleWatch } from './idle-watch.js';
import { findPositions, newPartitions, otherStream } from './stream-positions.js';
import type { FromTask, TaskConfig, ToTask } from './task-messages.js';
import { WakeUp } from './wake-up.js';

/** Parsing gives way to messages (views) after this long. */
const SLICE_MS = 5;
const ROWS_BETWEEN_CLOCKS = 64;
const TICK_MS = 250;
const STATUS_MS = 1_000;
const BOUNDS_MS = 5_000;
const RETRY_MS = 500;
/** Of dead letters that are not stored yet. */
const MAX_LETTER_BYTES = 64 * 1024 * 1024;

export interface IndexingLoopOptions {
  readonly config: TaskConfig;
  readonly openSource: () => StreamSource;
  readonly sequences: SequenceList;
  readonly parser: RowParser;
  /** A sequence is closed beyond this many bytes of its arena, which has room for more. */
  readonly maxSequenceBytes: number;
  /** Memory beyond which merged sequences are spilled; half of what may be kept when absent. */
  readonly spillBytes?: number;
  readonly send: (message: FromTask) => void;
  readonly clock: Clock;
  /** Lets messages arrive; a turn of the event loop when absent. */
  readonly giveWay?: () => Promise<void>;
}

/**
 * What an indexing thread does: reads its partitions into the current sequence, closes sequences, answers views. It gives way to
 * messages every few milliseconds, and each view is exact at the vector that it names.
 */
export class IndexingLoop {
  readonly #options: IndexingLoopOptions;
  readonly #config: TaskConfig;
  readonly #clock: Clock;
  readonly #sequences: SequenceList;
  readonly #limits: SequenceLimits;
  readonly #meters: RowMeters;
  readonly #intake: RowIntake;
  readonly #woken = new WakeUp();
  readonly #queue = new BatchQueue(() => this.#woken.wake());
  /** Offset after the last record taken, by partition; up to date whenever a message can arrive. */
  #vector: Record<string, number> = {};
  #latest: Record<string, number> = {};
  #source: StreamSource;
  /** Of the stream that is read. */
  #incarnation = '';
  /** The stream was deleted and made again. */
  #isStreamLost = false;
  #current: Sequence | undefined;
  /** Monotonic; when the current sequence is closed for its age. */
  #deadlineMs = 0;
  /** The current sequence did not take a row. */
  #isFull = false;
  #startingOffsets: OffsetVector = {};
  #unpublished = 0;
  #phase: 'finding' | 'committing' | 'reading' | 'ending' | 'ended' = 'finding';
  #handoffWanted = false;
  readonly #idle: IdleWatch;
  /** New partitions: found and told, and those to read from now on. */
  #told: OffsetVector = {};
  #joining: OffsetVector | undefined;
  #trouble: string | undefined;
  #isDiskFull = false;
  #letterBytes = 0;
  #pausedFor: PauseReason | undefined;
  #nextStatusMs = 0;
  #nextBoundsMs = 0;
  #tick: Timer | undefined;

  constructor(options: IndexingLoopOptions) {
    this.#options = options;
    this.#config = options.config;
    this.#clock = options.clock;
    this.#sequences = options.sequences;
    const { tuningConfig } = options.config.spec;
    this.#limits = new SequenceLimits({ ...options, tuningConfig });
    this.#meters = new RowMeters(options.clock.monotonicMs());
    this.#intake = new RowIntake(
      options.config.spec,
      options.parser,
      this.#meters,
      () => options.clock.nowMs(),
      ({ partition, offset }, reason) =>
        options.send({
          kind: 'log',
          level: 'info',
          message: 'Record could not be parsed',
          fields: { partition, offset, reason },
        }),
    );
    this.#source = options.openSource();
    this.#idle = new IdleWatch(options.config.spec.ioConfig.idleConfig, options.clock.monotonicMs());
  }

  /** Runs until `end` was asked for and answered by `ended`. @throws what makes the task fail */
  async run(): Promise<void> {
    this.#startTick();
    try {
      if (await this.#begin()) await this.#read();
      await this.#finish();
    } finally {
      this.#clock.clearTimeout(this.#tick!);
      await this.#source.stop();
    }
  }

  receive(message: ToTask): void {
    switch (message.kind) {
      case 'view':
        this.#options.send({ kind: 'view', id: message.id, ...this.#view(message.from, message.columns) });
        return;
      case 'start':
        if (this.#phase === 'committing') this.#phase = 'reading';
        break;
      case 'handoff':
        this.#handoffWanted = true;
        break;
      case 'end':
        if (this.#phase !== 'ended') this.#phase = 'ending';
        break;
      case 'published':
        this.#unpublished--;
        break;
      case 'merged':
        this.#sequences.merged(message.sequence);
        this.#spill();
        break;
      case 'free':
        this.#sequences.free(message.sequence);
        break;
      case 'diskFull':
        this.#isDiskFull = message.isFull;
        break;
      case 'lettersStored':
        this.#letterBytes -= message.bytes;
        break;
      case 'lookups':
        this.#options.parser.useLookups?.(message.lookups);
        break;
      case 'drop':
        this.#sequences.drop(message.sequence);
        break;
      case 'addPartitions':
        this.#joining = message.from;
        break;
    }
    this.#woken.wake();
  }

  #startTick(): void {
    this.#tick = this.#clock.setTimeout(() => {
      this.#woken.wake();
      this.#startTick();
    }, TICK_MS);
  }

  #view(from: OffsetVector, columns: readonly string[] | null): ReturnType<SequenceList['view']> {
    if (this.#current === undefined) return { outcome: 'refused', reason: 'The task is starting' };
    const view = this.#sequences.view(from, columns, { ...this.#vector }, this.#clock.monotonicMs());
    // Others may know of the offsets that it begins at before it has heard that they are committed.
    const isStarting = this.#phase === 'finding' || this.#phase === 'committing';
    return isStarting && view.outcome === 'refused' ? { outcome: 'refused', reason: 'The task is starting' } : view;
  }

  /** Finds the stream and proposes where to begin; false when the task is to end instead. */
  async #begin(): Promise<boolean> {
    // What is committed is there for queries, whether or not the stream is.
    this.#vector = { ...this.#config.committed };
    this.#open();
    while (this.#phase === 'finding') {
      this.#report();
      try {
        const positions = await findPositions(this.#source, this.#config);
        if (this.#phase !== 'finding') return false;
        this.#setTrouble(undefined);
        if (positions.kind === 'otherStream') {
          this.#options.send({ kind: 'dataLoss', loss: positions.loss });
          await this.#woken.until(() => this.#phase === 'ending');
          return false;
        }
        this.#phase = 'committing';
        this.#startingOffsets = { ...positions.from };
        this.#incarnation = positions.incarnation;
        this.#options.send({ ...positions, stream: this.#source.stream });
      } catch (error) {
        this.#setTrouble(error);
        await this.#clock.sleep(RETRY_MS);
      }
    }
    await this.#woken.until(() => this.#phase !== 'committing');
    return this.#phase === 'reading';
  }

  async #read(): Promise<void> {
    this.#vector = { ...this.#startingOffsets };
    this.#sequences.removeEmpty();
    this.#open();
    await this.#startSource();
    while (this.#phase === 'reading') {
      await this.#periodic();
      const batch = this.#queue.shift();
      if (batch === undefined) await this.#woken.wait();
      else await this.#take(batch);
    }
  }

  async #finish(): Promise<void> {
    await this.#source.stop();
    this.#queue.clear();
    if (this.#current !== undefined && this.#advanced()) {
      this.#close();
      // Empty, at the end of what was read: views go on being answered from there.
      this.#open();
    }
    this.#report();
    this.#phase = 'ended';
    this.#options.send({ kind: 'ended' });
  }

  async #startSource(): Promise<void> {
    while (this.#phase === 'reading') {
      try {
        const found = await this.#source.incarnation();
        if (found !== this.#incarnation) {
          this.#loseStream(found);
          return;
        }
        await this.#source.start(new Map(Object.entries(this.#vector)), {
          onBatch: (batch) => this.#queue.push(batch),
          onDataLoss: (partition, wanted, bounds) =>
            this.#options.send({ kind: 'dataLoss', loss: { kind: 'outOfRange', partition, wanted, bounds } }),
          onOtherStream: (incarnation) => this.#loseStream(incarnation),
          onTrouble: (error) => this.#setTrouble(error),
        });
        return;
      } catch (error) {
        this.#setTrouble(error);
        await this.#clock.sleep(RETRY_MS);
        await this.#reopenSource();
      }
    }
  }

  /** The stream that was read is gone. What was read of it is published at once. */
  #loseStream(found: string): void {
    const { stream } = this.#source;
    this.#isStreamLost = true;
    this.#options.send({ kind: 'dataLoss', loss: otherStream(stream, this.#incarnation, stream, found) });
    this.#handoffWanted = true;
    this.#woken.wake();
  }

  async #reopenSource(): Promise<void> {
    await this.#source.stop();
    this.#queue.clear();
    this.#source = this.#options.openSource();
  }

  /** Takes a batch in slices; a task that is to end stops between two records. */
  async #take(batch: StreamBatch): Promise<void> {
    const { partition } = batch;
    this.#latest[partition] = batch.highOffset;
    await this.#prepare(batch);
    for (let at = 0; at < batch.records.length && this.#phase === 'reading'; ) {
      at = this.#slice(batch, at);
      const { bad } = this.#intake;
      if (bad.tooMany) throw new Error(`Number of bad records [${bad.count}] is larger than maxParseExceptions`);
      await (this.#options.giveWay ?? nextTurn)();
      await this.#periodic();
    }
    if (this.#phase !== 'reading') return;
    this.#vector[partition] = Math.max(batch.nextOffset, this.#vector[partition]!);
  }

  /** Waits for what parsing needs, such as schemas of a registry, as long as it takes. */
  async #prepare({ records }: StreamBatch): Promise<void> {
    while (this.#phase === 'reading') {
      try {
        const ready = this.#intake.prepare(records);
        if (ready === undefined) return;
        await ready;
        this.#setTrouble(undefined);
        return;
      } catch (error) {
        this.#setTrouble(error);
        await this.#clock.sleep(RETRY_MS);
        await this.#periodic();
      }
    }
  }

  /** Takes records from `start` on for a few milliseconds. @returns where to go on */
  #slice({ partition, records }: StreamBatch, start: number): number {
    const endMs = this.#clock.monotonicMs() + SLICE_MS;
    let next = this.#vector[partition]!;
    let at = start;
    for (; at < records.length; at++) {
      const record = records[at]!;
      // A source that was started again may repeat what was taken already.
      if (record.offset < next) continue;
      const together = this.#intake.takeMany(records, at, this.#limits.rowsLeft(this.#current!));
      if (together > 0) {
        at += together - 1;
        next = records[at]!.offset + 1;
        if (this.#clock.monotonicMs() < endMs && !this.#limits.reachedBy(this.#current!)) continue;
        at++;
        break;
      }
      const result = this.#intake.take(record);
      if (result === 'torn')
        throw new Error(`Record at offset [${record.offset}] of partition [${partition}] has no room in a sequence`);
      if (result === 'full') {
        this.#isFull = true;
        break;
      }
      next = record.offset + 1;
      if (
        (at - start) % ROWS_BETWEEN_CLOCKS === ROWS_BETWEEN_CLOCKS - 1 &&
        (this.#clock.monotonicMs() >= endMs || this.#limits.reachedBy(this.#current!))
      ) {
        at++;
        break;
      }
    }
    this.#vector[partition] = next;
    return at;
  }

  async #periodic(): Promise<void> {
    await this.#pauseWhile('disk', () => this.#isDiskFull);
    const nowMs = this.#clock.monotonicMs();
    if (this.#isFull || this.#limits.reachedBy(this.#current!)) {
      await this.#pauseWhile('publishing', () => this.#limits.publishesTooLate(this.#unpublished));
      await this.#pauseWhile('memory', () => this.#limits.keepsTooMuch());
      if (this.#phase === 'reading') this.#rotate();
    } else if (this.#handoffWanted || (nowMs >= this.#deadlineMs && !this.#limits.publishesLate(this.#unpublished))) {
      this.#handoffWanted = false;
      this.#rotate();
    }
    if (this.#idle.look(this.#vector, this.#latest, nowMs)) {
      // An idle stream keeps no rows of its own: what was read is handed over, and reading goes on.
      this.#rotate();
      this.#report();
    }
    if (this.#joining !== undefined) await this.#join(this.#joining);
    if (this.#intake.bad.isCrowded) this.#sendLetters();
    await this.#pauseWhile('deadLetters', () => this.#letterBytes > MAX_LETTER_BYTES);
    if (nowMs >= this.#nextStatusMs) this.#report();
    if (nowMs >= this.#nextBoundsMs) {
      this.#nextBoundsMs = nowMs + BOUNDS_MS;
      void this.#lookAtBounds();
    }
  }

  /** Backpressure: nothing is read as long as the condition holds. */
  async #pauseWhile(reason: PauseReason, holds: () => boolean): Promise<void> {
    if (this.#phase !== 'reading' || !holds()) return;
    this.#pausedFor = reason;
    this.#source.pause();
    this.#report();
    await this.#woken.until(() => this.#phase !== 'reading' || !holds());
    this.#pausedFor = undefined;
    this.#source.resume();
    this.#report();
  }

  /** Over the limit, what lies in runs on disk is read from there. */
  #spill(): void {
    for (const sequence of this.#limits.spill()) this.#options.send({ kind: 'spill', sequence });
  }

  #rotate(): void {
    if (this.#isFull && !this.#advanced()) throw new Error('A record has no room in an empty sequence');
    if (this.#advanced()) {
      this.#close();
      this.#open();
    } else {
      this.#startWindow();
    }
  }

  #advanced(): boolean {
    const from = this.#current?.from ?? {};
    return Object.entries(this.#vector).some(([partition, offset]) => from[partition] !== offset);
  }

  #open(): void {
    this.#current = this.#sequences.open({ ...this.#vector }, this.#clock.nowMs());
    this.#isFull = false;
    this.#startWindow();
  }

  #startWindow(): void {
    const { ioConfig, tuningConfig } = this.#config.spec;
    this.#deadlineMs =
      this.#clock.monotonicMs() + Math.min(ioConfig.taskDurationMs, tuningConfig.intermediateHandoffPeriodMs);
    this.#intake.startSequence(this.#current!, this.#clock.nowMs());
  }

  /** Closes the current sequence and sends it to be merged and published, unless nothing was read. */
  #close(): void {
    const current = this.#current;
    if (current === undefined || current.closedAt !== undefined || !this.#advanced()) return;
    const to = { ...this.#vector };
    current.close(to);
    this.#unpublished++;
    this.#sendLetters();
    const { blocks } = current.view(null, to, this.#clock.monotonicMs());
    this.#options.send({
      kind: 'closed',
      sequence: current.number,
      startedAtMs: current.startedAtMs,
      from: current.from,
      to,
      segments: blocks,
      arenas: blocks.length === 0 ? [] : [current.arena.handle],
      numInputRows: current.numInputRows,
    });
    this.#spill();
  }

  /** Goes on with more partitions, in a sequence of their own set. */
  async #join(from: OffsetVector): Promise<void> {
    this.#joining = undefined;
    await this.#reopenSource();
    if (this.#advanced()) this.#close();
    // One that nothing was read into is never published, and would keep all after it from being dropped.
    else this.#sequences.removeEmpty();
    this.#vector = { ...from, ...this.#vector };
    this.#open();
    await this.#startSource();
  }

  async #lookAtBounds(): Promise<void> {
    if (this.#isStreamLost) return;
    try {
      const bounds = await this.#source.bounds();
      for (const partition of Object.keys(this.#vector)) this.#latest[partition] = bounds.get(partition)?.latest ?? 0;
      const fresh = newPartitions(bounds, { ...this.#vector, ...this.#told }, this.#config);
      if (Object.keys(fresh).length === 0) return;
      this.#told = { ...this.#told, ...fresh };
      this.#options.send({ kind: 'newPartitions', fresh });
    } catch (error) {
      if (this.#phase === 'reading') this.#setTrouble(error);
    }
  }

  #setTrouble(error: unknown): void {
    const before = this.#trouble;
    this.#trouble = error === undefined ? undefined : error instanceof Error ? error.message : String(error);
    if (this.#trouble !== before) this.#report();
  }

  #report(): void {
    const nowMs = this.#clock.monotonicMs();
    this.#nextStatusMs = nowMs + STATUS_MS;
    this.#meters.tick(nowMs);
    this.#sendLetters();
    this.#options.send({
      kind: 'status',
      status: {
        remainingMs: this.#current === undefined ? 0 : Math.max(0, this.#deadlineMs - nowMs),
        startingOffsets: this.#startingOffsets,
        currentOffsets: { ...this.#vector },
        latestOffsets: { ...this.#latest },
        totals: this.#meters.totals,
        movingAverages: this.#meters.movingAverages,
        isIdle: this.#idle.isIdle,
        currentRows: this.#current?.numRows ?? 0,
        usedBytes: this.#sequences.usedBytes,
        pausedFor: this.#pausedFor,
        trouble: this.#trouble,
        parseErrors: this.#intake.bad.shown,
      },
    });
  }

  #sendLetters(): void {
    const { letters, bytes } = this.#intake.bad.takeLetters();
    if (letters.length === 0) return;
    this.#letterBytes += bytes;
    this.#options.send({ kind: 'deadLetters', letters, bytes });
  }
}
