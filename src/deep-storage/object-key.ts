import { assert } from '../common/assert.js';

/** Keys are names joined by `/`: no empty names, no `.` or `..`, so that every storage can hold them. */
export function checkKey(key: string): string {
  const good = key.split('/').every((name) => name !== '' && name !== '.' && name !== '..' && !name.includes('\0'));
  assert(good, `Key [${key}] cannot be stored`);
  return key;
}

/** An object that ends before a range that its reader knows to exist: damaged or not what it was. */
export function shorterThanAsked(location: string, key: string, offset: number, length: number): Error {
  return new Error(`Object [${key}] in [${location}] is shorter than [${offset + length}] bytes`);
}
