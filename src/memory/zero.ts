/**
 * Sets bytes that may lie in shared memory to 0. V8 fills shared memory element by element, so most of them go by eight.
 * @param bytes begin at a multiple of 8 in their buffer
 * @returns bytes
 */
export function zero<T extends Uint8Array>(bytes: T): T {
  const words = bytes.length >>> 3;
  new Float64Array(bytes.buffer, bytes.byteOffset, words).fill(0);
  bytes.fill(0, 8 * words);
  return bytes;
}
