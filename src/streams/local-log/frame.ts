/**
 * The frame of the local log: one append, whole or absent after a crash. Little-endian:
 *
 * | bytes | field |
 * |---|---|
 * | 4 | length of the body |
 * | 4 | CRC-32C of the body |
 * | 8 | body: offset of the first record |
 * | 8 | time of the append, epoch ms |
 * | 8 | sequence number of the producer, -1 without one |
 * | 4 | number of records |
 * | 4 | length of the producer id, then the id (UTF-8) |
 * | … | each record: key length (4, 0xffffffff = no key), value length (4), key, value |
 */
import { crc32c } from './crc32c.js';

export interface LogRecord {
  readonly key?: Uint8Array | null;
  readonly value: Uint8Array;
}

/** Who pushes, and the number of the push: a retry with the same pair has no effect. */
export interface Producer {
  readonly id: string;
  readonly sequenceNumber: number;
}

export interface Frame {
  readonly firstOffset: number;
  readonly timestampMs: number;
  readonly count: number;
  readonly producer: Producer | undefined;
  /** Record bytes, a view of the input. */
  readonly payload: Buffer;
  /** Bytes of the whole frame. */
  readonly sizeBytes: number;
}

export type FrameResult =
  | { readonly kind: 'frame'; readonly frame: Frame }
  /** More bytes are needed, `sizeBytes` in all (8 while the header is not there). */
  | { readonly kind: 'short'; readonly sizeBytes: number }
  | { readonly kind: 'corrupt'; readonly expected: number; readonly actual: number };

const HEADER_BYTES = 8;
const BODY_FIXED_BYTES = 32;
const NO_KEY = 0xffff_ffff;
/** A length beyond this is a torn or corrupt header, never an append. */
export const MAX_FRAME_BYTES = 64 * 1024 * 1024;

export function encodeFrame(
  firstOffset: number,
  timestampMs: number,
  records: readonly LogRecord[],
  producer: Producer | undefined,
): Buffer {
  const id = Buffer.from(producer?.id ?? '', 'utf8');
  let size = HEADER_BYTES + BODY_FIXED_BYTES + id.length;
  for (const record of records) size += 8 + (record.key?.length ?? 0) + record.value.length;
  const frame = Buffer.allocUnsafe(size);
  frame.writeUInt32LE(size - HEADER_BYTES, 0);
  frame.writeBigInt64LE(BigInt(firstOffset), 8);
  frame.writeBigInt64LE(BigInt(timestampMs), 16);
  frame.writeBigInt64LE(BigInt(producer?.sequenceNumber ?? -1), 24);
  frame.writeUInt32LE(records.length, 32);
  frame.writeUInt32LE(id.length, 36);
  frame.set(id, 40);
  let at = 40 + id.length;
  for (const { key, value } of records) {
    frame.writeUInt32LE(key ? key.length : NO_KEY, at);
    frame.writeUInt32LE(value.length, at + 4);
    at += 8;
    if (key) {
      frame.set(key, at);
      at += key.length;
    }
    frame.set(value, at);
    at += value.length;
  }
  frame.writeUInt32LE(crc32c(frame, HEADER_BYTES, size), 4);
  return frame;
}

/** Reads the frame at `at`; bytes before `end` are valid. */
export function decodeFrame(bytes: Buffer, at: number, end: number): FrameResult {
  if (end - at < HEADER_BYTES) return { kind: 'short', sizeBytes: HEADER_BYTES };
  const length = bytes.readUInt32LE(at);
  const expected = bytes.readUInt32LE(at + 4);
  if (length < BODY_FIXED_BYTES || length > MAX_FRAME_BYTES) return { kind: 'corrupt', expected, actual: 0 };
  const sizeBytes = HEADER_BYTES + length;
  if (end - at < sizeBytes) return { kind: 'short', sizeBytes };
  const actual = crc32c(bytes, at + HEADER_BYTES, at + sizeBytes);
  if (actual !== expected) return { kind: 'corrupt', expected, actual };
  const idLength = bytes.readUInt32LE(at + 36);
  const sequenceNumber = Number(bytes.readBigInt64LE(at + 24));
  const idEnd = at + 40 + idLength;
  return {
    kind: 'frame',
    frame: {
      firstOffset: Number(bytes.readBigInt64LE(at + 8)),
      timestampMs: Number(bytes.readBigInt64LE(at + 16)),
      count: bytes.readUInt32LE(at + 32),
      producer: sequenceNumber < 0 ? undefined : { id: bytes.toString('utf8', at + 40, idEnd), sequenceNumber },
      payload: bytes.subarray(idEnd, at + sizeBytes),
      sizeBytes,
    },
  };
}

/** The records of a frame in order, as views of its bytes. */
export function decodeRecords(frame: Frame): { readonly key: Buffer | null; readonly value: Buffer }[] {
  const { payload } = frame;
  const records: { key: Buffer | null; value: Buffer }[] = [];
  let at = 0;
  for (let i = 0; i < frame.count; i++) {
    const keyLength = payload.readUInt32LE(at);
    const valueLength = payload.readUInt32LE(at + 4);
    at += 8;
    const valueAt = keyLength === NO_KEY ? at : at + keyLength;
    records.push({
      key: keyLength === NO_KEY ? null : payload.subarray(at, valueAt),
      value: payload.subarray(valueAt, valueAt + valueLength),
    });
    at = valueAt + valueLength;
  }
  return records;
}
