import type { ByteRange } from './segment-files.js';

/** Ranges at most this far apart are one request: the bytes between cost less than another round trip. */
const MAX_GAP_BYTES = 128 * 1024;
const MAX_REQUEST_BYTES = 8 * 1024 ** 2;
const CONCURRENT_REQUESTS = 16;

interface FileRange extends ByteRange {
  readonly file: string;
}

interface Request extends FileRange {
  /** Ranges [first, last) of the list. */
  readonly first: number;
  readonly last: number;
}

/**
 * The bytes of ranges of one segment, in their order, in few requests. The buffers are the caller's to give away; neighbouring ranges share
 * one.
 * @param ranges ordered by file and offset
 */
export async function fetchRanges(
  ranges: readonly FileRange[],
  fetch: (file: string, range: ByteRange) => Promise<Uint8Array>,
): Promise<Uint8Array<ArrayBuffer>[]> {
  const found: Uint8Array<ArrayBuffer>[] = [];
  const queue = join(ranges)[Symbol.iterator]();
  const work = async (): Promise<void> => {
    for (let next = queue.next(); next.done !== true; next = queue.next()) {
      const { file, offset, length, first, last } = next.value;
      const bytes = whole(await fetch(file, { offset, length }));
      for (let i = first; i < last; i++) {
        const at = ranges[i]!.offset - offset;
        found[i] = bytes.subarray(at, at + ranges[i]!.length);
      }
    }
  };
  await Promise.all(Array.from({ length: CONCURRENT_REQUESTS }, work));
  return found;
}

function join(ranges: readonly FileRange[]): Request[] {
  const requests: Request[] = [];
  for (const [i, range] of ranges.entries()) {
    const open = requests.at(-1);
    const end = range.offset + range.length;
    const joins =
      open !== undefined &&
      open.file === range.file &&
      range.offset - (open.offset + open.length) <= MAX_GAP_BYTES &&
      end - open.offset <= MAX_REQUEST_BYTES;
    if (joins) {
      const length = Math.max(open.length, end - open.offset);
      requests[requests.length - 1] = { ...open, length, last: i + 1 };
    } else {
      requests.push({ file: range.file, offset: range.offset, length: range.length, first: i, last: i + 1 });
    }
  }
  return requests;
}

/** In a buffer of its own, which can be given away. */
function whole(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer } = bytes;
  if (buffer instanceof ArrayBuffer && buffer.byteLength === bytes.length) return new Uint8Array(buffer);
  return new Uint8Array(bytes);
}
