/**
 * Bytes of a stored segment are not what was written. Never retried on the same copy: quarantine it and fetch it again from
 * deep storage.
 */
export class SegmentCorruption extends Error {
  override readonly name = 'SegmentCorruption';
  /** Name within the segment's directory. */
  readonly file: string;
  /** Byte offset in the file where the range that failed begins. */
  readonly offset: number;
  /** What the descriptor states: a checksum as 16 hexadecimal digits, or a length, magic or version. */
  readonly expected: string;
  readonly actual: string;

  constructor(file: string, offset: number, expected: string, actual: string) {
    super(`Segment file [${file}] is corrupt at offset [${offset}]: expected [${expected}], found [${actual}]`);
    this.file = file;
    this.offset = offset;
    this.expected = expected;
    this.actual = actual;
  }
}
