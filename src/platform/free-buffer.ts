import { MessageChannel } from 'node:worker_threads';

const { port1: nowhere, port2 } = new MessageChannel();
port2.close();
nowhere.unref();

/**
 * Gives back the memory of bytes that have a buffer of their own, at once; others are left to the collector. V8 counts such memory as a
 * reason to collect the whole heap, and a server that sends a megabyte of text for each of many queries would do little else.
 */
export function freeBytes(bytes: Uint8Array): void {
  const { buffer } = bytes;
  // Node 20 has no `ArrayBuffer.prototype.transfer`: what is posted to a closed port is detached, and dropped.
  if (buffer instanceof ArrayBuffer && bytes.byteLength === buffer.byteLength) nowhere.postMessage(null, [buffer]);
}
