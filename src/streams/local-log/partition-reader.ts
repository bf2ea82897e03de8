import type { FileSystem, ReadHandle } from '../../platform/file-system.js';
import type { StreamRecord } from '../stream-source.js';
import { decodeFrame, decodeRecords, type Frame } from './frame.js';
import { listSegments, segmentFile } from './log-files.js';

/** Records that are read at once, about; a larger frame is read whole. */
const CHUNK_BYTES = 1024 * 1024;

export type ReadResult =
  | { readonly kind: 'records'; readonly records: readonly StreamRecord[]; readonly nextOffset: number }
  /** The position lies before the first segment file that is left. */
  | { readonly kind: 'gone' };

/** Reads one partition's segment files in order, while their writer appends. */
export class PartitionReader {
  readonly #files: FileSystem;
  readonly #directory: string;
  readonly #partition: string;
  #position: number;
  #file: ReadHandle | undefined;
  #path = '';
  /** Offset of the frame at `#filePosition`. */
  #frameOffset = 0;
  #filePosition = 0;

  constructor(files: FileSystem, directory: string, partition: string, position: number) {
    this.#files = files;
    this.#directory = directory;
    this.#partition = partition;
    this.#position = position;
  }

  /**
   * Reads a chunk of records in [position, end).
   * @param end offset after the last durable record; more than the position
   * @throws Error when a frame's checksum differs
   */
  async read(end: number): Promise<ReadResult> {
    for (;;) {
      if (this.#file === undefined && !(await this.#openSegment())) return { kind: 'gone' };
      const frames = await this.#readFrames(end);
      if (frames.length === 0) {
        await this.#nextFile();
        continue;
      }
      const records: StreamRecord[] = [];
      for (const frame of frames) this.#collect(frame, records);
      this.#position = this.#frameOffset;
      if (records.length > 0) return { kind: 'records', records, nextOffset: this.#position };
    }
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }

  /** The writer went on to its next file, which begins at the position. */
  async #nextFile(): Promise<void> {
    const finished = this.#path;
    await this.close();
    if ((await this.#openSegment()) && this.#path === finished) {
      throw new Error(`Local log file [${finished}] ends before its offset [${this.#position}]`);
    }
  }

  async #openSegment(): Promise<boolean> {
    for (;;) {
      const base = (await listSegments(this.#files, this.#directory)).findLast(
        (candidate) => candidate <= this.#position,
      );
      if (base === undefined) return false;
      this.#path = segmentFile(this.#directory, base);
      if ((await this.#files.stat(this.#path)) === undefined) continue;
      this.#file = await this.#files.openRead(this.#path);
      this.#filePosition = 0;
      this.#frameOffset = base;
      return true;
    }
  }

  /** Frames from the file position on, about a chunk of them; none at the end of the file. */
  async #readFrames(end: number): Promise<Frame[]> {
    const frames: Frame[] = [];
    let wanted = CHUNK_BYTES;
    for (;;) {
      const bytes = Buffer.allocUnsafe(wanted);
      const bytesRead = await this.#file!.readSome(bytes, this.#filePosition, wanted);
      let at = 0;
      let short = 0;
      while (at < bytesRead && this.#frameOffset < end) {
        const result = decodeFrame(bytes, at, bytesRead);
        if (result.kind === 'short') {
          short = result.sizeBytes;
          break;
        }
        if (result.kind === 'corrupt') throw this.#corruption(at, result.expected, result.actual);
        frames.push(result.frame);
        at += result.frame.sizeBytes;
        this.#frameOffset = result.frame.firstOffset + result.frame.count;
      }
      this.#filePosition += at;
      if (frames.length > 0 || short <= wanted) return frames;
      wanted = short;
    }
  }

  #collect(frame: Frame, records: StreamRecord[]): void {
    if (frame.firstOffset + frame.count <= this.#position) return;
    let offset = frame.firstOffset;
    for (const { key, value } of decodeRecords(frame)) {
      if (offset >= this.#position)
        records.push({ partition: this.#partition, offset, timestampMs: frame.timestampMs, key, value });
      offset++;
    }
  }

  #corruption(at: number, expected: number, actual: number): Error {
    const sums = `expected checksum [${expected.toString(16)}], found [${actual.toString(16)}]`;
    return new Error(`Local log file [${this.#path}] is corrupt at byte [${this.#filePosition + at}]: ${sums}`);
  }
}
