import { ZSTDDecoder } from 'zstddec';

// Loads are synchronous, and the native binding decompresses only asynchronously: hence WebAssembly, at 0.5 to 0.7 GB/s.
const decoder = new ZSTDDecoder();
await decoder.init();

/** Decompresses one Zstandard frame of rawLength bytes. */
export function decompressZstd(frame: Uint8Array, rawLength: number): Uint8Array {
  return decoder.decode(frame, rawLength);
}
